package accesslog_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

// An attacker who can write the tables changes one thing at a time.
func TestTampering(t *testing.T) {
	const hash0 = `(SELECT hash FROM access_hash WHERE place = 0)`
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		for name, change := range map[string]string{
			"the organisation": `UPDATE access_record SET record = replace(record, 'ART', 'ARI') ` +
				`WHERE number = 2`,
			"the salt":            `UPDATE access_record SET salt = operator WHERE number = 2`,
			"the person's column": `UPDATE access_record SET person = 'x' WHERE number = 2`,
			"the time's column":   `UPDATE access_record SET at_s = 0 WHERE number = 2`,
			"the id's column":     `UPDATE access_record SET id = 'x' WHERE number = 2`,
			"the operator": `UPDATE access_record SET operator =
				(SELECT operator FROM access_record WHERE number = 1)
				WHERE number = 2`,
			"a record is gone": `DELETE FROM access_record WHERE number = 2`,
			"two records swapped": `UPDATE access_record SET number = CASE number WHEN 2 THEN -3 ELSE -2 END
				WHERE number IN (2, 3)`,
			"a leaf":             `UPDATE access_hash SET hash = ` + hash0 + ` WHERE place = 3`,
			"an inner hash":      `UPDATE access_hash SET hash = ` + hash0 + ` WHERE place = 2`,
			"a hash is gone":     `DELETE FROM access_hash WHERE place = 0`,
			"the end is cut off": `UPDATE access_tree SET size = size - 1`,
			"a hash of other size": `UPDATE access_hash SET hash =
				(SELECT salt FROM access_record WHERE number = 1)
				WHERE place = 1`,
			"a record without tree": `UPDATE access_tree SET size = size + 1`,
		} {
			reset(t, l)
			for range 5 {
				add(t, l, person, start)
			}
			before, err := l.Checkpoint(t.Context())
			require.NoError(t, err)
			_, err = l.Audit(t.Context(), verifier(), before)
			require.NoError(t, err, name)
			tampered := "tampered: " + name
			_, err = l.DB.ExecContext(t.Context(), change)
			require.NoError(t, err, name)
			if name == "two records swapped" {
				_, err = l.DB.ExecContext(t.Context(),
					`UPDATE access_record SET number = -number WHERE number < 0`)
				require.NoError(t, err)
			}
			_, err = l.Audit(t.Context(), verifier(), before)
			assert.ErrorIs(t, err, accesslog.ErrTampered, tampered)
		}
	})
}

// A rewritten history is consistent in itself. A checkpoint that was kept elsewhere reveals
// it.
func TestRewrittenHistory(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		for range 5 {
			add(t, l, person, start)
		}
		kept, err := l.Checkpoint(t.Context())
		require.NoError(t, err)
		add(t, l, person, start)
		_, err = l.Audit(t.Context(), verifier(), kept)
		require.NoError(t, err, "an earlier checkpoint of the same history")

		reset(t, l)
		for range 6 {
			add(t, l, another, start)
		}
		_, err = l.Audit(t.Context(), verifier())
		require.NoError(t, err)
		_, err = l.Audit(t.Context(), verifier(), kept)
		require.ErrorIs(t, err, accesslog.ErrTampered)

		reset(t, l)
		add(t, l, another, start)
		_, err = l.Audit(t.Context(), verifier(), kept)
		require.ErrorIs(t, err, accesslog.ErrTampered, "shorter than it was")
	})
}

// The root computed by the audit is that of the log at every size.
func TestAuditRoot(t *testing.T) {
	l := newSQLite(t).open(t)
	var published [][]byte
	for n := range int64(34) {
		signed, err := l.Checkpoint(t.Context())
		require.NoError(t, err)
		want, err := proof.OpenCheckpoint(signed, verifier())
		require.NoError(t, err)
		assert.Equal(t, n, want.Size)
		published = append(published, signed)
		got, err := l.Audit(t.Context(), verifier(), published...)
		require.NoError(t, err)
		require.Equal(t, want, got)
		add(t, l, person, start)
	}
}

// reset empties the log, as only its operator can.
func reset(t *testing.T, l *accesslog.Log) {
	t.Helper()
	for _, query := range []string{
		`DELETE FROM access_record`, `DELETE FROM access_hash`,
		`UPDATE access_tree SET size = 0, kept = 0, mac = ''`,
	} {
		_, err := l.DB.ExecContext(t.Context(), query)
		require.NoError(t, err)
	}
}
