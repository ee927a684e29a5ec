package accesslog_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

func opened(t *testing.T, l *accesslog.Log) (signed []byte, c proof.Checkpoint) {
	t.Helper()
	signed, err := l.Checkpoint(t.Context())
	require.NoError(t, err)
	return signed, must(proof.OpenCheckpoint(signed, verifier()))
}

// The body itself deletes everything, with all keys, and says so. The tree still has the days.
func TestDeletedBeforeItsTime(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l, ctx := e.open(t), t.Context()
		for n := range 5 {
			add(t, l, person, start.AddDate(0, n, 0))
		}
		signed, c := opened(t, l)
		assert.EqualValues(t, 0, c.Kept)
		assert.Equal(t, "2026-01-15", c.KeptDay.Format(time.DateOnly))

		l.Now = func() time.Time { return start.AddDate(0, 26, 1) }
		_, err := l.Expire(ctx)
		require.NoError(t, err)
		c, err = l.Audit(ctx, verifier(), signed)
		require.NoError(t, err)
		assert.EqualValues(t, 5, c.Size)
		assert.EqualValues(t, 3, c.Kept)
		assert.Equal(t, "2026-04-15", c.KeptDay.Format(time.DateOnly))
		late, kept := opened(t, l)
		assert.Equal(t, kept, c, "the checkpoint says the same")

		now := l.Now
		l.Now = func() time.Time { return start.AddDate(10, 0, 0) } // its clock runs ahead
		_, err = l.Expire(ctx)
		require.NoError(t, err)
		l.Now = now
		_, c = opened(t, l)
		assert.EqualValues(t, 5, c.Kept)
		assert.Zero(t, c.KeptDay)
		for _, published := range [][][]byte{nil, {signed}, {late}} {
			_, err = l.Audit(ctx, verifier(), published...)
			assert.ErrorIs(t, err, accesslog.ErrTampered)
			assert.ErrorContains(t, err, "record 3 of 2026-04-15 was deleted before its time")
		}
	})
}

// A witness sees that each checkpoint continues the last one, and that a rewritten log does not.
func TestWitness(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l, ctx := e.open(t), t.Context()
		witness, witnessKey := staffKey("museo.example/witness")
		var last proof.Checkpoint
		var cosigned []byte
		for n := range 12 {
			for range n % 4 {
				add(t, l, person, start)
			}
			file, err := l.Consistency(ctx, last)
			require.NoError(t, err)
			signed, c, err := proof.VerifyConsistency(file, last, verifier())
			require.NoError(t, err)
			cosigned, err = proof.Cosign(signed, verifier(), witness)
			require.NoError(t, err)
			last, err = proof.OpenCheckpoint(cosigned, verifier(), witnessKey)
			require.NoError(t, err)
			require.Equal(t, c, last)
		}
		a := add(t, l, person, start) // not covered yet
		l.Cosigned = func(context.Context) ([]byte, proof.Checkpoint, error) { return cosigned, last, nil }
		file, err := l.Proof(ctx, code(person), a.ID)
		require.NoError(t, err)
		_, _, err = proof.Verify(file, verifier(), witnessKey)
		assert.Error(t, err)
		list, err := l.ByPerson(ctx, code(person))
		require.NoError(t, err)
		file, err = l.Proof(ctx, code(person), list[1].ID)
		require.NoError(t, err)
		_, c, err := proof.Verify(file, verifier(), witnessKey)
		require.NoError(t, err)
		assert.Equal(t, last, c)

		reset(t, l)
		_, err = l.Consistency(ctx, last)
		assert.ErrorIs(t, err, accesslog.ErrTampered, "shorter")
		for range last.Size + 1 {
			add(t, l, another, start)
		}
		_, err = l.Consistency(ctx, last)
		assert.ErrorIs(t, err, accesslog.ErrTampered, "rewritten")
		_, err = l.Proof(ctx, code(another), must(l.ByPerson(ctx, code(another)))[5].ID)
		assert.ErrorIs(t, err, accesslog.ErrTampered, "not the log that was co-signed")
		other := last
		other.Root = must(proof.OpenCheckpoint(must(l.Checkpoint(ctx)), verifier())).Root
		other.Size = last.Size + 1
		file, err = l.Consistency(ctx, other)
		require.NoError(t, err)
		_, _, err = proof.VerifyConsistency(file, last, verifier())
		assert.Error(t, err)
	})
}
