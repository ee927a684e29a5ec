package accesslog_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/accesslog"
)

// Every column of a record is given the value of another record, and every number is changed. The audit
// reports it, and nobody is shown a record that is not what was written.
func TestEveryColumn(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		const other = `(SELECT %[1]s FROM access_record WHERE number = 1)`
		changes := map[string]string{}
		for _, column := range []string{"person", "at_s", "record", "salt", "operator", "hidden_until_s",
			"mac"} {
			changes["another's "+column] = fmt.Sprintf(
				`UPDATE access_record SET %[1]s = `+other+` WHERE number = 2`, column)
		}
		changes["the id"] = `UPDATE access_record SET id = 'x' WHERE number = 2`
		changes["hidden"] = `UPDATE access_record SET hidden_until_s = 99999999999 WHERE number = 2`
		changes["shown"] = `UPDATE access_record SET hidden_until_s = 0 WHERE number = 1`
		for name, change := range changes {
			reset(t, l)
			for n := range 4 {
				cf := person
				if n == 1 {
					cf = another
				}
				a := add(t, l, cf, start.Add(time.Duration(n)*time.Minute))
				if n == 1 {
					require.NoError(t, l.Suppress(t.Context(), a.ID, start.Add(time.Hour)))
				}
			}
			_, err := l.Audit(t.Context(), verifier())
			require.NoError(t, err, name)
			_, err = l.DB.ExecContext(t.Context(), change)
			require.NoError(t, err, name)
			_, err = l.Audit(t.Context(), verifier())
			assert.ErrorIs(t, err, accesslog.ErrTampered, name)
			shown := 0
			for _, cf := range []string{person, another} {
				list, err := l.ByPerson(t.Context(), code(cf))
				if err != nil {
					assert.ErrorIs(t, err, accesslog.ErrTampered, name)
					shown = -1
					break
				}
				shown += len(list)
			}
			assert.Equal(t, -1, shown, name)
		}
	})
}

// The state of the tree is signed: nobody without the key can say that records are past their retention,
// bring back what is, or append after a change.
func TestState(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		for name, change := range map[string][]string{
			"kept, and the records": {`UPDATE access_tree SET kept = 2`,
				`DELETE FROM access_record WHERE number < 2`},
			"kept":     {`UPDATE access_tree SET kept = 2`},
			"the size": {`UPDATE access_tree SET size = 3`},
			"the MAC": {`UPDATE access_tree SET mac =
				(SELECT mac FROM access_record WHERE number = 0)`},
			"as if new": {`UPDATE access_tree SET size = 0, kept = 0, mac = ''`},
		} {
			reset(t, l)
			for range 4 {
				add(t, l, person, start)
			}
			for _, query := range change {
				_, err := l.DB.ExecContext(t.Context(), query)
				require.NoError(t, err, name)
			}
			_, err := l.Audit(t.Context(), verifier())
			assert.ErrorIs(t, err, accesslog.ErrTampered, name)
			assert.Error(t, l.Append(t.Context(), access(person, start)), name)
		}
	})
}

// copied keeps the records as they are and returns a function that puts them back.
func copied(t *testing.T, l *accesslog.Log) (putBack func()) {
	exec := func(query string) {
		_, err := l.DB.ExecContext(context.WithoutCancel(t.Context()), query)
		require.NoError(t, err)
	}
	exec(`DROP TABLE IF EXISTS copy`)
	exec(`CREATE TABLE copy AS SELECT * FROM access_record`)
	return func() {
		exec(`DELETE FROM access_record WHERE number IN (SELECT number FROM copy)`)
		exec(`INSERT INTO access_record SELECT * FROM copy`)
	}
}

// A deleted record that comes back after its retention is reported. A suppression that is taken back with
// the row of before is not: the package comment says so.
func TestPutBack(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		a := add(t, l, person, start)
		putBack := copied(t, l)
		require.NoError(t, l.Suppress(t.Context(), a.ID, start.Add(time.Hour)))
		list, err := l.ByPerson(t.Context(), code(person))
		require.NoError(t, err)
		assert.Empty(t, list)
		putBack()
		list, err = l.ByPerson(t.Context(), code(person))
		require.NoError(t, err)
		assert.Len(t, list, 1, "the row of before")

		l.Now = func() time.Time { return start.AddDate(3, 0, 0) }
		_, err = l.Expire(t.Context())
		require.NoError(t, err)
		_, err = l.Audit(t.Context(), verifier())
		require.NoError(t, err)
		putBack()
		_, err = l.Audit(t.Context(), verifier())
		assert.ErrorIs(t, err, accesslog.ErrTampered)
	})
}

// Operators may have a key of their own.
func TestSealKey(t *testing.T) {
	l := newSQLite(t).open(t)
	l.SealKey = bytes.Repeat([]byte{6}, 32)
	a := add(t, l, person, start)
	got, err := l.Operator(t.Context(), a.ID)
	require.NoError(t, err)
	assert.Equal(t, a.Operator, got)
	l.SealKey = nil
	_, err = l.Operator(t.Context(), a.ID)
	assert.ErrorIs(t, err, accesslog.ErrTampered)
	l.SealKey = bytes.Repeat([]byte{6}, 31)
	assert.Error(t, l.Append(t.Context(), a))
}
