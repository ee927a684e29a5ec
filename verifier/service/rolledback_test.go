package service_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// rolledBack is a store that was put back to an earlier state after each write since kept.
type rolledBack struct {
	otp.MemoryStore
	kept bool
}

func (s *rolledBack) Swap(ctx context.Context, key string, c otp.Change) (bool, error) {
	if s.kept {
		return true, nil
	}
	return s.MemoryStore.Swap(ctx, key, c)
}

// A store that forgets that a code was used discloses nothing twice, and nobody else is refused.
func TestRolledBackStore(t *testing.T) {
	var store *rolledBack
	w := newWorld(t, func(w *world) {
		store = &rolledBack{MemoryStore: otp.MemoryStore{Clock: w.Clock.Now}}
		consent := otptest.Config(w.Messages, w.Clock)
		consent.Store = store
		w.Config.OTP = must(otp.New(consent))
	})
	ctx, cf, qr := context.Background(), code(t, person), w.paper(t, person)
	challenge, _ := w.Client.RequestSecondLevel(ctx, qr, cf, approve(api.ScopeDetail))
	require.NotNil(t, challenge)
	store.kept = true
	r := w.Client.Answer(ctx, qr, cf, reply(challenge, w.LastCode()))
	require.NotNil(t, r.Disclosed)

	for range 3 {
		r = w.Client.Answer(ctx, qr, cf, reply(challenge, w.LastCode()))
		require.NotNil(t, r.Problem)
		assert.Equal(t, api.ChallengeUsed, r.Problem.Code)
		assert.Nil(t, r.Disclosed)
	}
	assert.Len(t, w.Accesses.Records(), 1)
	assert.Equal(t, 1, w.Registry.Lookups())

	store.kept = false
	challenge, _ = w.Client.RequestSecondLevel(ctx, qr, cf, approve(api.ScopeDetail))
	require.NotNil(t, challenge)
	assert.NotNil(t, w.Client.Answer(ctx, qr, cf, reply(challenge, w.LastCode())).Disclosed)
}
