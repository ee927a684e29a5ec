package router_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms/router"
)

func TestWeights(t *testing.T) {
	r, all, _ := fleet(t, 3, func(c *router.Config) { c.Providers[0].Weight, c.Providers[1].Weight = 3, 1 })
	for n := range 4000 {
		_, err := r.Send(t.Context(), message(n, 1))
		require.NoError(t, err)
	}
	// 4000 draws of probability 1/4 have a standard deviation of 27.
	assert.InDelta(t, 3000, all[0].count(), 135)
	assert.InDelta(t, 1000, all[1].count(), 135)
	assert.Zero(t, all[2].count(), "without weight only after the others")

	all[0].do, all[1].do = fails(otp.ClassRejected), fails(otp.ClassRejected)
	s, err := r.Send(t.Context(), message(0, 1))
	require.NoError(t, err)
	assert.Equal(t, "c", s.Provider)

	other, again, _ := fleet(t, 3, func(c *router.Config) {
		c.Providers[0].Weight, c.Providers[1].Weight = 3,
			1
	})
	for n := range 4000 {
		_, err := other.Send(t.Context(), message(n, 1))
		require.NoError(t, err)
	}
	// Before the failures above, every process draws the same provider.
	assert.Equal(t, again[1].count(), len(all[1].got)-1)
}

func TestRotation(t *testing.T) {
	via := func(t *testing.T, r *router.Router, send int) string {
		s, err := r.Send(t.Context(), message(1, send))
		require.NoError(t, err)
		return s.Provider
	}
	t.Run("each resend another provider, then again", func(t *testing.T) {
		r, _, _ := fleet(t, 3, nil)
		assert.Equal(t, "a b c a b", strings.Join(
			[]string{via(t, r, 1), via(t, r, 2), via(t, r, 3), via(t, r, 4), via(t, r, 5)}, " "))
	})
	t.Run("who took it after a failure counts", func(t *testing.T) {
		r, all, _ := fleet(t, 3, nil)
		all[0].do = fails(otp.ClassRejected)
		assert.Equal(t, "b", via(t, r, 1))
		all[0].do = nil
		assert.Equal(t, "a", via(t, r, 2), "a has not had it")
		assert.Equal(t, "c", via(t, r, 3))
	})
	t.Run("who may have sent it counts", func(t *testing.T) {
		r, all, _ := fleet(t, 3, nil)
		all[0].do = fails(otp.ClassAmbiguous)
		assert.Equal(t, "b", via(t, r, 1))
		all[0].do = nil
		assert.Equal(t, "c", via(t, r, 2))
	})
	t.Run("not remembered: as the order would have it", func(t *testing.T) {
		r, _, _ := fleet(t, 3, nil)
		assert.Equal(t, "b", via(t, r, 2))
		r, _, _ = fleet(t, 3, nil)
		assert.Equal(t, "c", via(t, r, 3))
		r, _, _ = fleet(t, 3, nil)
		assert.Equal(t, "a", via(t, r, 4))
	})
	t.Run("only one provider", func(t *testing.T) {
		r, _, _ := fleet(t, 1, nil)
		assert.Equal(t, "a a", via(t, r, 1)+" "+via(t, r, 2))
	})
	t.Run("absurd counts", func(t *testing.T) {
		r, _, _ := fleet(t, 2, nil)
		via(t, r, -1)
		via(t, r, 1<<30)
	})
}

func TestChannels(t *testing.T) {
	r, all, _ := fleet(t, 3, func(c *router.Config) {
		c.Providers[0].Sender = &otptest.Recorder{} // tells nothing of itself: SMS, no receipts
		c.Providers[1].Sender.(*fake).can.Channels = []otp.Channel{otp.SMS, otp.Voice}
	})
	m := message(1, 1)
	m.Channel = otp.Voice
	s, err := r.Send(t.Context(), m)
	require.NoError(t, err)
	assert.Equal(t, "b", s.Provider)
	m.Channel = otp.List
	_, err = r.Send(t.Context(), m)
	assert.Equal(t, otp.ClassRejected, otp.ClassOf(err))
	assert.Equal(t, otp.Capabilities{Channels: []otp.Channel{otp.SMS, otp.Voice}, Receipts: true},
		r.Capabilities())
	assert.Zero(t, all[2].count())

	r, _, _ = fleet(t, 2, func(c *router.Config) {
		for _, p := range c.Providers {
			p.Sender.(*fake).can = otp.Capabilities{Life: true, Alphanumeric: true}
		}
	})
	assert.Equal(t, otp.Capabilities{Channels: []otp.Channel{otp.SMS}, Life: true, Alphanumeric: true},
		r.Capabilities())
}
