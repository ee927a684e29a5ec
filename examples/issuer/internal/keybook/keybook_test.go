package keybook_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/keybook"
)

var server databasetest.Server

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }

var (
	now  = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	all  = []keybook.Kind{keybook.Reference, keybook.Signing, keybook.Pepper, keybook.File}
	soon = now.Add(time.Hour)
)

func open(t *testing.T, dsn string) *keybook.Book {
	t.Helper()
	db := databasetest.Open(t, dsn)
	tables, err := keybook.Tables()
	require.NoError(t, err)
	require.NoError(t, db.Migrate(t.Context(), tables.Files, tables.Name))
	return &keybook.Book{DB: db, Now: func() time.Time { return now }}
}

func check(t *testing.T, b *keybook.Book, kinds []keybook.Kind, keys ...keybook.Key) ([]keybook.Key, error) {
	t.Helper()
	return b.Check(t.Context(), kinds, func(context.Context) ([]keybook.Key, error) { return keys, nil })
}

func key(kind keybook.Kind, id, proof string, until time.Time) keybook.Key {
	return keybook.Key{Kind: kind, ID: id, Proof: []byte(strings.Repeat(proof, 32)), Until: until}
}

// Every combination of what the database knows and what a process has, for each kind.
func TestCheck(t *testing.T) {
	const same, another, none = "a", "b", ""
	tests := []struct {
		name        string
		from, until time.Time
		gone        bool // revoked elsewhere
		have        string
		revoked     bool
		want        string
	}{
		{"the same", time.Time{}, soon, false, same, false, ""},
		{"the same, not needed", time.Time{}, time.Time{}, false, same, false, ""},
		{"another", time.Time{}, soon, false, another, false, "another key than"},
		{"another, not needed", time.Time{}, time.Time{}, false, another, false, "another key than"},
		{"another, over", time.Time{}, now, false, another, false, "another key than"},
		{"another, revoked everywhere", time.Time{}, soon, true, another, true, "another key than"},
		{"missing", time.Time{}, soon, false, none, false, "is missing here"},
		{"missing, to the last second", time.Time{}, now.Add(time.Second), false, none, false,
			"is missing here"},
		{"missing, from this second", now, soon, false, none, false, "is missing here"},
		{"missing, not yet needed", now.Add(time.Second), soon, false, none, false, ""},
		{"missing, over", time.Time{}, now, false, none, false, ""},
		{"missing, never needed", time.Time{}, time.Time{}, false, none, false, ""},
		{"missing, needed for ever", time.Time{}, keybook.Forever, false, none, false, "is missing here"},
		{"missing, revoked", time.Time{}, soon, true, none, false, ""},
		{"revoked elsewhere", time.Time{}, soon, true, same, false, "was revoked elsewhere"},
		{"revoked everywhere", time.Time{}, soon, true, same, true, ""},
		{"revoked here", time.Time{}, soon, false, same, true, ""},
	}
	server.Each(t, func(t *testing.T, dsn string) {
		b := open(t, dsn)
		for _, kind := range all {
			for _, test := range tests {
				t.Run(string(kind)+" "+test.name, func(t *testing.T) {
					_, err := b.DB.ExecContext(t.Context(), "DELETE FROM known_key")
					require.NoError(t, err)
					known := key(kind, "id", same, test.until)
					known.From, known.Revoked = test.from, test.gone
					entered, err := check(t, b, all, known)
					require.NoError(t, err)
					assert.Equal(t, []keybook.Key{known}, entered)

					fresh := key(kind, "new", "n", time.Time{})
					keys := []keybook.Key{fresh}
					if test.have != none {
						mine := key(kind, "id", test.have, test.until)
						mine.From, mine.Revoked = test.from, test.revoked
						keys = append(keys, mine)
					}
					entered, err = check(t, b, all, keys...)
					if test.want == "" {
						require.NoError(t, err)
						assert.Equal(t, []keybook.Key{fresh}, entered)
						return
					}
					var fault *keybook.Fault
					require.ErrorAs(t, err, &fault)
					assert.ErrorContains(t, err, test.want)
					assert.ErrorContains(t, err, string(kind)+":id", "it is named")
					assert.NotContains(t, err.Error(), strings.Repeat(same, 8))
					assert.Empty(t, entered)
					_, err = check(t, b, nil, key(kind, "new", "o", time.Time{}))
					assert.NoError(t, err, "nothing was entered")
				})
			}
		}
	})
}

// A kind that a command does not use may be missing; a wrong key of it may not be there.
func TestCheckOfSomeKinds(t *testing.T) {
	b := open(t, databasetest.SQLite(t))
	_, err := check(t, b, all, key(keybook.File, "service.key", "a", keybook.Forever))
	require.NoError(t, err)
	_, err = check(t, b, []keybook.Kind{keybook.Signing})
	assert.NoError(t, err)
	_, err = check(t, b, nil, key(keybook.File, "service.key", "b", keybook.Forever))
	assert.ErrorContains(t, err, "another key than file:service.key")
}

// Use extends how long a key is needed, and who does not use it does not shorten that.
func TestUseExtends(t *testing.T) {
	b := open(t, databasetest.SQLite(t))
	at := now
	b.Now = func() time.Time { return at }
	for range 3 {
		_, err := check(t, b, all, key(keybook.Pepper, "p", "a", at.Add(time.Hour)))
		require.NoError(t, err)
		_, err = check(t, b, all, key(keybook.Pepper, "p", "a", time.Time{}))
		require.NoError(t, err)
		at = at.Add(59 * time.Minute)
		_, err = check(t, b, all)
		assert.ErrorContains(t, err, "pepper:p is missing")
	}
	at = at.Add(time.Minute)
	_, err := check(t, b, all)
	assert.NoError(t, err)
}

// Of two processes that enter different keys under one name at the same moment, one is refused.
func TestTwoAtOnce(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		b := open(t, dsn)
		var wg sync.WaitGroup
		var errs [2]error
		for i, proof := range []string{"a", "b"} {
			wg.Go(func() {
				_, errs[i] = check(t, b, all, key(keybook.Reference, "0001", proof, soon))
			})
		}
		wg.Wait()
		assert.True(t, (errs[0] == nil) != (errs[1] == nil), "%v, %v", errs[0], errs[1])
	})
}

// What another process enters while the folder is read is not missing.
func TestReadComesAfter(t *testing.T) {
	b := open(t, databasetest.SQLite(t))
	one := key(keybook.Reference, "0001", "a", soon)
	_, err := b.Check(t.Context(), all, func(context.Context) ([]keybook.Key, error) {
		_, err := check(t, b, all, one)
		return nil, err
	})
	assert.NoError(t, err)
	_, err = b.Check(t.Context(), all, func(context.Context) ([]keybook.Key, error) {
		return nil, os.ErrPermission
	})
	assert.ErrorIs(t, err, os.ErrPermission)
}

func TestForgetAndReplace(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		b := open(t, dsn)
		_, err := check(t, b, all, key(keybook.Reference, "2026", "a", soon),
			key(keybook.Pepper, "2026", "a", soon), key(keybook.Pepper, "service", "a", soon),
			key(keybook.File, "service.key", "a", keybook.Forever))
		require.NoError(t, err)
		assert.ErrorIs(t, b.Forget(t.Context(), "2025"), keybook.ErrUnknown)
		assert.ErrorIs(t, b.Forget(t.Context(), "2026"), keybook.ErrAmbiguous)
		assert.NoError(t, b.Forget(t.Context(), "pepper:2026"))
		assert.NoError(t, b.Forget(t.Context(), "2026"))

		other := key(keybook.File, "service.key", "b", keybook.Forever)
		following := key(keybook.Pepper, "service", "", time.Time{})
		failed := func() error { return os.ErrPermission }
		assert.ErrorIs(t, b.Replace(t.Context(), other, failed, following), os.ErrPermission)
		_, err = check(t, b, nil, other)
		assert.ErrorContains(t, err, "another key than file:service.key", "nothing has changed")
		require.NoError(t, b.Replace(t.Context(), other, func() error { return nil }, following))
		entered, err := check(t, b, all, other, key(keybook.Pepper, "service", "b", soon))
		require.NoError(t, err)
		assert.Len(t, entered, 1)
		known, err := b.KnowsFile(t.Context(), "service.key")
		require.NoError(t, err)
		assert.True(t, known)
		known, err = b.Knows(t.Context(), keybook.Reference, keybook.Signing)
		require.NoError(t, err)
		assert.False(t, known)
	})
}

func TestDatabaseIsGone(t *testing.T) {
	db, err := database.Open(t.Context(), databasetest.SQLite(t))
	require.NoError(t, err)
	require.NoError(t, db.Close())
	b := &keybook.Book{DB: db}
	_, err = check(t, b, all)
	assert.Error(t, err)
	_, err = b.Knows(t.Context(), all...)
	assert.Error(t, err)
	assert.Error(t, b.Forget(t.Context(), "x"))
}
