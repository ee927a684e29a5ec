package otptest_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

func TestRecorder(t *testing.T) {
	definite := &otp.SendError{Class: otp.ClassBalance}
	r := &otptest.Recorder{Fail: []error{definite, nil, &otp.SendError{}}}
	assert.Equal(t, otp.Message{}.ID, r.Last().ID)
	send := func(id string) error {
		_, err := r.Send(t.Context(), otp.Message{ID: id})
		return err
	}
	assert.ErrorIs(t, send("1"), definite)
	assert.NoError(t, send("2"))
	assert.Error(t, send("3"))
	assert.NoError(t, send("4"))
	var ids []string
	for _, m := range r.Messages() {
		ids = append(ids, m.ID)
	}
	assert.Equal(t, []string{"2", "3", "4"}, ids,
		"what failed for sure was not sent, what failed ambiguously may have been")
	assert.Equal(t, "4", r.Last().ID)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.Send(ctx, otp.Message{ID: "5"})
	assert.ErrorIs(t, err, context.Canceled)
	assert.Len(t, r.Messages(), 3)
}

func TestClockAndRand(t *testing.T) {
	c := &otptest.Clock{}
	before := c.Now()
	assert.Equal(t, before, c.Now(), "it stands still")
	c.Advance(time.Minute)
	assert.Equal(t, time.Minute, c.Now().Sub(before))

	read := func(seed uint64) string {
		b := make([]byte, 40)
		_, err := io.ReadFull(otptest.Rand(seed), b)
		require.NoError(t, err)
		return string(b)
	}
	assert.Equal(t, read(1), read(1))
	assert.NotEqual(t, read(1), read(2))
	assert.NotEqual(t, read(1), read(1<<32))
}

func TestConfig(t *testing.T) {
	for _, clock := range []*otptest.Clock{nil, {}} {
		g, err := otp.New(otptest.Config(&otptest.Recorder{}, clock))
		require.NoError(t, err)
		require.NoError(t, g.Ready(t.Context()))
	}
}
