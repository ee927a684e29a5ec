package registry_test

import (
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
)

// entries gives the people the lines 1, 2, …
func entries(people ...registry.Person) []registry.Entry {
	var list []registry.Entry
	for i, p := range people {
		list = append(list, registry.Entry{Line: int64(i + 1), Person: p})
	}
	return list
}

func lines(t *testing.T, seq iter.Seq2[registry.Reject, error]) (out []registry.Reject) {
	t.Helper()
	for line, err := range seq {
		require.NoError(t, err)
		out = append(out, line)
	}
	return out
}

func TestPutFrom(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		file, other := registry.File{1}, registry.File{2}
		none, err := r.Progress(t.Context(), file)
		require.NoError(t, err)
		assert.Zero(t, none)

		odd := registry.Person{CF: persona("carlo").CF, Birth: 19700101} // not what the code says
		first := registry.Progress{Position: 300, Line: 4, Stored: 2, Rejected: 2}
		rejects := []registry.Reject{{4, "the later"}, {3, "the earlier"}}
		noted, remarks, err := r.PutFrom(t.Context(), file, none, first, entries(mario(), odd), rejects)
		require.NoError(t, err)
		first.Warned = 1
		assert.Equal(t, first, noted)
		require.Len(t, remarks, 2)
		assert.Empty(t, remarks[0].Warning())
		assert.Equal(t, int64(2), remarks[1].Line)
		assert.True(t, remarks[1].Birth)

		second := registry.Progress{Position: 400, Line: 5, Stored: 3, Rejected: 2, Done: true}
		noted, _, err = r.PutFrom(t.Context(), file, noted, second, entries(mario()), nil)
		require.NoError(t, err)
		second.Warned = 1 // those of before count too
		assert.Equal(t, second, noted)
		kept, err := r.Progress(t.Context(), file)
		require.NoError(t, err)
		assert.Equal(t, second, kept)
		assert.Equal(t, []registry.Reject{{3, "the earlier"}, {4, "the later"}},
			lines(t, r.Rejects(t.Context(), file)))
		assert.Equal(t, []registry.Reject{{2, "birth: contradicts the codice fiscale; stored as it is"}},
			lines(t, r.Warnings(t.Context(), file)))

		kept, err = r.Progress(t.Context(), other)
		require.NoError(t, err)
		assert.Zero(t, kept)
		assert.Empty(t, lines(t, r.Rejects(t.Context(), other)))
		assert.Empty(t, lines(t, r.Warnings(t.Context(), other)))
		for range r.Rejects(t.Context(), file) {
			break // a caller need not read to the end
		}
	})
}

// Each batch is stored once, and a batch that is refused leaves nothing.
func TestPutFromIsAllOrNone(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		file := registry.File{1}
		start, noted := registry.Progress{}, registry.Progress{Position: 300, Line: 1, Stored: 1}
		_, _, err := r.PutFrom(t.Context(), file, start, noted, entries(mario()), nil)
		require.NoError(t, err)
		done := registry.Progress{Position: 300, Line: 1, Stored: 1, Done: true}

		carlo := registry.Person{CF: persona("carlo").CF, Birth: persona("carlo").Birth}
		bad := carlo
		bad.Birth = 19920431
		rejects := []registry.Reject{{9, "x"}}
		nothing := func(name string) {
			t.Helper()
			_, err := r.Person(t.Context(), carlo.CF)
			assert.ErrorIs(t, err, registry.ErrUnknown, name)
			assert.Empty(t, lines(t, r.Rejects(t.Context(), file)), name)
			assert.Empty(t, lines(t, r.Warnings(t.Context(), file)), name)
		}
		for name, last := range map[string]registry.Progress{
			"from the start": start, "from a place that nobody noted": {Position: 299}, "as if done": done,
		} {
			next := registry.Progress{Position: 600}
			_, _, err = r.PutFrom(t.Context(), file, last, next, entries(carlo), rejects)
			assert.ErrorIs(t, err, registry.ErrOtherImport, name)
			nothing(name)
		}
		_, _, err = r.PutFrom(t.Context(), file, noted, done, entries(mario(), bad), rejects)
		var refused *registry.PutError
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, 1, refused.Index)
		assert.Equal(t, refused.Err.Error(), refused.Error())
		nothing("a birth that is no date")
		kept, err := r.Progress(t.Context(), file)
		require.NoError(t, err)
		assert.Equal(t, noted, kept)

		_, _, err = r.PutFrom(t.Context(), file, noted, done, nil, nil)
		require.NoError(t, err)
		_, _, err = r.PutFrom(t.Context(), file, noted, done, entries(carlo), rejects)
		assert.ErrorIs(t, err, registry.ErrOtherImport, "after the end")
		nothing("after the end")
	})
}

// A fault of the database is neither an answer nor an empty list.
func TestClosedDatabase(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		db := databasetest.Open(t, dsn)
		r, err := registry.Open(t.Context(), db, registry.OneKey(key))
		require.NoError(t, err)
		require.NoError(t, r.Put(t.Context(), mario()))
		require.NoError(t, r.Close())
		require.NoError(t, db.Close())
		cf, file, ctx := mario().CF, registry.File{1}, t.Context()
		for name, err := range map[string]error{
			"lookup":      second(r.Lookup(ctx, cf)),
			"cut-off":     second(r.VoidBefore(ctx, cf)),
			"contacts":    second(r.Contacts(ctx, cf)),
			"person":      second(r.Person(ctx, cf)),
			"events":      second(r.Events(ctx, cf)),
			"acts":        second(r.Acts(ctx, cf)),
			"wards":       second(r.Wards(ctx, cf, today)),
			"may act for": second(r.MayActFor(ctx, cf, persona("luca").CF, today)),
			"progress":    second(r.Progress(ctx, file)),
			"void":        second(r.Void(ctx, cf, time.Unix(1700000000, 0))),
			"put":         r.Put(ctx, mario()),
			"title":       r.AddTitle(ctx, cf, inail(40)),
			"code":        r.ChangeCode(ctx, cf, persona("luca").CF),
		} {
			assert.Error(t, err, name)
			for _, answer := range []error{status.ErrNoStatus, status.ErrClassNotHeld, registry.ErrUnknown,
				registry.ErrReplaced, registry.ErrNotDelegated} {
				assert.NotErrorIs(t, err, answer, name)
			}
		}
		_, _, err = r.Codes(ctx, cf)
		assert.Error(t, err)
		for name, seq := range map[string]iter.Seq2[registry.Reject, error]{
			"rejects": r.Rejects(ctx, file), "warnings": r.Warnings(ctx, file)} {
			n := 0
			for _, err := range seq {
				n++
				assert.Error(t, err, name)
			}
			assert.Equal(t, 1, n, name)
		}
		_, err = registry.Open(ctx, db, registry.OneKey(key))
		assert.Error(t, err)
	})
}

func second[T any](_ T, err error) error { return err }
