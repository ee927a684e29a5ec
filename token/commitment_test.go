package token_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
)

func offlineClaims(t *testing.T) token.Claims {
	t.Helper()
	_, c, err := newIssuer(t, esPrivate()).IssueOffline(context.Background(), code(t, person))
	require.NoError(t, err)
	return c
}

func TestCommitmentMatch(t *testing.T) {
	c := offlineClaims(t)
	assert.Equal(t, "jZz18161WLHHoKfkLGmUQQ", c.Commitment, "FORMAT.md, worked bytes")
	ctx := context.Background()
	var m token.Commitments
	assert.NoError(t, m.Match(ctx, c, code(t, person)))
	assert.Equal(t, token.ErrCFMismatch, m.Match(ctx, c, code(t, omocode)))

	c.Commitment = c.Commitment[:21]
	assert.Equal(t, token.ErrCFMismatch, m.Match(ctx, c, code(t, person)), "claims that Verify did not read")
	c.Commitment = ""
	assert.ErrorIs(t, m.Match(ctx, c, code(t, person)), token.ErrNoCommitment)
}

func TestCommitmentZeroCode(t *testing.T) {
	var m token.Commitments
	err := m.Match(context.Background(), token.Claims{Commitment: "AAECAwQFBgcICQoLDA0ODw"},
		codicefiscale.Code{})
	assert.Error(t, err)
	assert.NotErrorIs(t, err, token.ErrCFMismatch)
}

func dead() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestCommitmentSlots(t *testing.T) {
	claims := token.Claims{Commitment: "AAECAwQFBgcICQoLDA0ODw"}
	for parallel, want := range map[int]int{-1: 1, 0: 1, 1: 1, 3: 3} {
		m := &token.Commitments{Parallel: parallel}
		assert.ErrorIs(t, m.Match(dead(), claims, code(t, person)), context.Canceled)
		assert.Equal(t, want, cap(m.Slots()))
		m.Parallel = 10
		assert.ErrorIs(t, m.Match(dead(), claims, code(t, person)), context.Canceled)
		assert.Equal(t, want, cap(m.Slots()), "Parallel is read at the first use")
		assert.Empty(t, m.Slots(), "a slot is given back whatever happens")
	}
}

// While all slots are in use nobody computes: a caller waits until its context ends or a slot is
// free.
func TestCommitmentBound(t *testing.T) {
	c := offlineClaims(t)
	cf := code(t, person)
	synctest.Test(t, func(t *testing.T) {
		m := &token.Commitments{Parallel: 2}
		m.Match(dead(), c, cf)
		slots := m.Slots()
		slots <- struct{}{}
		slots <- struct{}{}

		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		start := time.Now()
		assert.ErrorIs(t, m.Match(ctx, c, cf), context.DeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(start), "waited to the end of the context")

		var done [3]bool
		for i := range done {
			go func() {
				assert.NoError(t, m.Match(context.Background(), c, cf))
				done[i] = true
			}()
		}
		synctest.Wait()
		assert.Equal(t, [3]bool{}, done, "all wait")
		<-slots
		synctest.Wait()
		assert.Equal(t, [3]bool{true, true, true}, done, "one slot serves them in turn")
		assert.Len(t, slots, 1, "only the slot that the test still holds")
	})
}

// A computation holds its slot until it ends, so that no more than Parallel of them run.
func TestCommitmentHoldsItsSlot(t *testing.T) {
	c, cf := offlineClaims(t), code(t, person)
	var m token.Commitments
	m.Match(dead(), c, cf) // makes the slots
	for tries := 0; ; tries++ {
		require.Less(t, tries, 20, "computed without a slot") // a busy machine may let us look too late
		done := make(chan error, 1)
		go func() { done <- m.Match(context.Background(), c, cf) }()
		for len(m.Slots()) == 0 && len(done) == 0 {
			runtime.Gosched()
		}
		held := len(done) == 0
		assert.NoError(t, <-done)
		assert.Empty(t, m.Slots())
		if held {
			return
		}
	}
}

func TestIssueOfflineWaitsItsTurn(t *testing.T) {
	issuer := newIssuer(t, esPrivate())
	issuer.Commitments = new(token.Commitments)
	text, c, err := issuer.IssueOffline(dead(), code(t, person))
	assert.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, text)
	assert.Zero(t, c)
	assert.NotNil(t, issuer.Commitments.Slots(), "the issuer's own bound was used")
}

// No more than Waiting for each of the Parallel wait. One more is refused at once, so that a queue never
// holds a desk longer than its evaluations take. Those that give up leave the queue.
func TestCommitmentQueue(t *testing.T) {
	c, cf := offlineClaims(t), code(t, person)
	for _, test := range []struct{ parallel, waiting, want int }{
		{0, 0, 8}, {1, 3, 3}, {2, 3, 6}, {1, -1, 8},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := &token.Commitments{Parallel: test.parallel, Waiting: test.waiting}
			ctx, cancel := context.WithCancel(context.Background())
			m.Match(dead(), c, cf)
			running := make(chan error, cap(m.Slots()))
			for range cap(m.Slots()) {
				m.Slots() <- struct{}{} // as if evaluations ran that never end
				go func() { running <- m.Hold(ctx) }()
			}
			waiting := make(chan error)
			for range test.want {
				go func() { waiting <- m.Match(ctx, c, cf) }()
			}
			synctest.Wait()
			assert.ErrorIs(t, m.Match(context.Background(), c, cf), token.ErrBusy)
			cancel()
			for range test.want {
				assert.ErrorIs(t, <-waiting, context.Canceled)
			}
			for range cap(m.Slots()) {
				<-m.Slots()
				<-running
			}
			assert.NoError(t, m.Match(context.Background(), c, cf), "the queue is free again")
		})
	}
}
