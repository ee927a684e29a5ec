package trial

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
)

// Steps checks how often a start and an answer go to the server, and that the steps are these.
// passed, if not nil, is called after each of the two with their number.
func Steps(t *testing.T, b Backend, passed func(steps int)) {
	s, sent := &steps{Backend: b}, &byID{}
	c := newChallenges(t, s, sent, nil)
	for _, name := range []string{"warm-up", "counted"} {
		s.seen = nil
		q := person(name)
		started, err := c.Start(t.Context(), q)
		require.NoError(t, err)
		assert.Equal(t, []string{"peek and load", "take and swap", "swap"}, s.seen,
			"the last one: it was sent")
		if passed != nil {
			passed(len(s.seen))
		}
		s.seen = nil
		_, err = c.Verify(t.Context(), answer(q, started.ID, sent.code(started.ID)))
		require.NoError(t, err)
		assert.Equal(t, []string{"peek and load", "take and swap"}, s.seen)
		if passed != nil {
			passed(len(s.seen))
		}
	}
}

// steps records the calls of a backend.
type steps struct {
	Backend
	seen []string
}

func (s *steps) Load(ctx context.Context, key string) (otp.Snapshot, error) {
	s.seen = append(s.seen, "load")
	return s.Backend.Load(ctx, key)
}

func (s *steps) Swap(ctx context.Context, key string, c otp.Change) (bool, error) {
	s.seen = append(s.seen, "swap")
	return s.Backend.Swap(ctx, key, c)
}

func (s *steps) PeekLoad(ctx context.Context, b []otp.Bucket, keys ...string) (otp.Decision, []otp.Snapshot,
	error) {
	s.seen = append(s.seen, "peek and load")
	return s.Backend.(otp.Batcher).PeekLoad(ctx, b, keys...)
}

func (s *steps) TakeSwap(ctx context.Context, b []otp.Bucket, keys []string,
	changes []otp.Change) (otp.Decision, []bool, error) {
	s.seen = append(s.seen, "take and swap")
	return s.Backend.(otp.Batcher).TakeSwap(ctx, b, keys, changes)
}
