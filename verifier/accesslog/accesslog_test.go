package accesslog_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// A disclosure under an earlier code is shown under the present one and proven as it was
// written.
func TestPersonSeesEarlierCodes(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		old := add(t, l, person, start)
		new := add(t, l, another, start.Add(time.Minute))
		add(t, l, operator, start)
		list, err := l.ByPerson(t.Context(), code(another), code(person))
		require.NoError(t, err)
		require.Len(t, list, 2)
		assert.Equal(t, []string{new.ID, old.ID}, []string{list[0].ID, list[1].ID})
		list, err = l.ByPerson(t.Context(), code(another))
		require.NoError(t, err)
		assert.Len(t, list, 1)
		_, err = l.Proof(t.Context(), code(another), old.ID)
		assert.ErrorIs(t, err, accesslog.ErrNotFound)
		file, err := l.Proof(t.Context(), code(another), old.ID, code(person))
		require.NoError(t, err)
		_, _, err = proof.Verify(file, verifier())
		assert.NoError(t, err)
	})
}

func TestPersonSees(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		ctx := t.Context()
		first := add(t, l, person, start.Add(time.Millisecond))
		add(t, l, another, start)
		second := access(person, start.Add(time.Minute))
		second.Organisation, second.Declared = "Bolzano & <Figli>", false
		second.Scope, second.CaseNumber = "detail", ""
		require.NoError(t, l.Append(ctx, second))

		list, err := l.ByPerson(ctx, code(person))
		require.NoError(t, err)
		require.Len(t, list, 2)
		assert.Equal(t, second.ID, list[0].ID, "the newest first")
		file, err := l.Proof(ctx, code(person), second.ID)
		require.NoError(t, err)
		proved, _, err := proof.Verify(file, verifier())
		require.NoError(t, err)
		assert.Equal(t, list[0], proved)
		got := list[1]
		assert.NotEmpty(t, got.Person)
		assert.NotEmpty(t, got.Operator)
		got.Person, got.Operator = "", ""
		assert.Equal(t, accesslog.Record{ID: first.ID, At: start, Organisation: "CAFFÈ D'ARTE",
			Declared: true, Purpose: "museum", Scope: "benefit:museum", CaseNumber: "A/1",
			Evidence: "a=no;b=yes",
			Channel:  "sms", Challenge: first.Challenge}, got)

		list, err = l.ByPerson(ctx, code(operator))
		require.NoError(t, err)
		assert.Empty(t, list, "about whom nothing was disclosed")

		who, err := l.Operator(ctx, first.ID)
		require.NoError(t, err)
		assert.True(t, who == first.Operator)
		_, err = l.Operator(ctx, "no-such")
		assert.ErrorIs(t, err, accesslog.ErrNotFound)
	})
}

func TestAppendRefuses(t *testing.T) {
	l := newSQLite(t).open(t)
	ctx := t.Context()
	first := add(t, l, person, start)
	require.Error(t, l.Append(ctx, first), "the same id twice")
	for name, change := range map[string]func(*service.Access){
		"not UTF-8": func(a *service.Access) { a.Organisation = "a\xffb" },
		"too long":  func(a *service.Access) { a.Purpose = strings.Repeat("x", 9000) },
	} {
		a := access(person, start)
		change(&a)
		assert.Error(t, l.Append(ctx, a), name)
	}
	c, err := l.Audit(ctx, verifier())
	require.NoError(t, err)
	assert.Equal(t, int64(1), c.Size, "what was refused left nothing")
}

// Several replicas append at the same time. Each number is taken once, and the tree is that of
// the records in their order.
func TestConcurrentAppends(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		const replicas, callers, each = 3, 4, 8
		var group sync.WaitGroup
		for range replicas {
			l := e.open(t)
			for range callers {
				group.Go(func() {
					for range each {
						assert.NoError(t, l.Append(t.Context(), access(person, start)))
					}
				})
			}
			group.Go(func() { // a reader never sees half a record
				for range each {
					signed, err := l.Checkpoint(t.Context())
					if assert.NoError(t, err) {
						_, err = l.Audit(t.Context(), verifier(), signed)
						assert.NoError(t, err)
					}
				}
			})
		}
		group.Wait()
		l := e.open(t)
		c, err := l.Audit(t.Context(), verifier())
		require.NoError(t, err)
		assert.Equal(t, int64(replicas*callers*each), c.Size)
		list, err := l.ByPerson(t.Context(), code(person))
		require.NoError(t, err)
		require.Len(t, list, replicas*callers*each)
		for _, r := range list {
			file, err := l.Proof(t.Context(), code(person), r.ID)
			require.NoError(t, err)
			proved, _, err := proof.Verify(file, verifier())
			require.NoError(t, err)
			assert.Equal(t, r, proved)
		}
	})
}

func TestCancelledAppend(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		add(t, l, person, start)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.Error(t, l.Append(ctx, access(person, start)))
		add(t, l, person, start)
		_, err := l.Audit(t.Context(), verifier())
		require.NoError(t, err)
	})
}

func TestExpire(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		ctx := t.Context()
		old := []service.Access{
			add(t, l, person, start.AddDate(0, -24, -1)), add(t, l, person, start.AddDate(0, -25, 0)),
		}
		kept := add(t, l, person, start.AddDate(0, -24, 0))
		late := add(t, l, person, start.AddDate(0, -30, 0)) // after one that is to be kept
		before, err := l.Checkpoint(ctx)
		require.NoError(t, err)
		file, err := l.Proof(ctx, code(person), old[0].ID)
		require.NoError(t, err)

		n, err := l.Expire(ctx)
		require.NoError(t, err)
		assert.Equal(t, int64(2), n)
		list, err := l.ByPerson(ctx, code(person))
		require.NoError(t, err)
		require.Len(t, list, 2)
		assert.Equal(t, []string{late.ID, kept.ID}, []string{list[0].ID, list[1].ID})
		after, err := l.Checkpoint(ctx)
		require.NoError(t, err)
		was := must(proof.OpenCheckpoint(before, verifier()))
		is := must(proof.OpenCheckpoint(after, verifier()))
		assert.Equal(t, was.Root, is.Root, "the tree stays")
		assert.Equal(t, "2024-01-14", was.KeptDay.Format(time.DateOnly))
		assert.EqualValues(t, 2, is.Kept)
		assert.Equal(t, "2024-01-15", is.KeptDay.Format(time.DateOnly))
		_, err = l.Audit(ctx, verifier(), before)
		require.NoError(t, err)
		_, _, err = proof.Verify(file, verifier())
		require.NoError(t, err, "a file that the person kept is good for ever")
		for _, a := range old {
			_, err = l.Proof(ctx, code(person), a.ID)
			assert.ErrorIs(t, err, accesslog.ErrNotFound)
		}
		n, err = l.Expire(ctx)
		require.NoError(t, err)
		assert.Zero(t, n, "the second time there is nothing to do")

		l.Now = func() time.Time { return start.AddDate(3, 0, 0) }
		n, err = l.Expire(ctx)
		require.NoError(t, err)
		assert.Equal(t, int64(2), n)
		add(t, l, person, l.Now())
		c, err := l.Audit(ctx, verifier(), before)
		require.NoError(t, err)
		assert.Equal(t, int64(5), c.Size)
		l.Months = -1
		_, err = l.Expire(ctx)
		assert.Error(t, err)
	})
}

// Records are appended while older ones expire and an audit runs. No new record is deleted and
// no false alarm is given.
func TestExpireMeanwhile(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		ctx := t.Context()
		const rounds, each = 8, 5
		for round := range rounds {
			now := start.AddDate(3*round, 0, 0)
			l.Now = func() time.Time { return now }
			var group sync.WaitGroup
			for range each {
				group.Go(func() { assert.NoError(t, l.Append(ctx, access(person, now))) })
				group.Go(func() {
					_, err := l.Expire(ctx)
					assert.NoError(t, err)
					_, err = l.Audit(ctx, verifier())
					assert.NoError(t, err)
				})
			}
			group.Wait()
			list, err := l.ByPerson(ctx, code(person))
			require.NoError(t, err)
			require.Len(t, list, each)
		}
	})
}

// The tables contain neither a codice fiscale nor an operator's name in readable form.
func TestNobodyInTheTables(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		add(t, l, person, start)
		for _, table := range []string{"access_record", "access_hash", "access_tree"} {
			rows, err := l.DB.QueryContext(t.Context(), "SELECT * FROM "+table)
			require.NoError(t, err)
			columns, err := rows.Columns()
			require.NoError(t, err)
			for rows.Next() {
				values := make([]any, len(columns))
				for n := range values {
					values[n] = new([]byte)
				}
				require.NoError(t, rows.Scan(values...))
				for n, v := range values {
					text := bytes.ToUpper(*v.(*[]byte))
					for _, secret := range []string{person, operator, "LOGIN.EXAMPLE"} {
						assert.NotContains(t, string(text), secret, fmt.Sprint(table, ".", columns[n]))
					}
				}
			}
			require.NoError(t, rows.Close())
		}
	})
}
