package accesslog_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/service"
)

// A challenge has one record. A second append is refused alone: it takes no number, and others go on.
func TestOneRecordOfAChallenge(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		first := add(t, l, person, start)
		again := access(person, start)
		again.Challenge = first.Challenge
		assert.ErrorIs(t, l.Append(t.Context(), again), service.ErrRecorded)
		second := add(t, l, person, start)
		list, err := l.ByPerson(t.Context(), code(person))
		require.NoError(t, err)
		require.Len(t, list, 2)
		assert.Equal(t, []string{second.ID, first.ID}, []string{list[0].ID, list[1].ID})
		c, err := l.Audit(t.Context(), verifier())
		require.NoError(t, err)
		assert.Equal(t, int64(2), c.Size)

		again.Challenge = ""
		assert.ErrorContains(t, l.Append(t.Context(), again), "no Challenge")
	})
}

// Of many processes that replay one answer at once, one appends. Those with other answers all append.
func TestConcurrentReplays(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		const replicas, each = 3, 8
		once := access(person, start).Challenge
		var group sync.WaitGroup
		var appended atomic.Int32
		for range replicas {
			l := e.open(t)
			for range each {
				group.Go(func() {
					a := access(person, start)
					a.Challenge = once
					err := l.Append(t.Context(), a)
					if err == nil {
						appended.Add(1)
						return
					}
					assert.ErrorIs(t, err, service.ErrRecorded)
				})
				group.Go(func() { assert.NoError(t, l.Append(t.Context(), access(another, start))) })
			}
		}
		group.Wait()
		assert.EqualValues(t, 1, appended.Load())
		c, err := e.open(t).Audit(t.Context(), verifier())
		require.NoError(t, err)
		assert.Equal(t, int64(1+replicas*each), c.Size)
	})
}
