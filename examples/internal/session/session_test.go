package session_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/session"
)

var server databasetest.Server

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }

const (
	key    = "0123456789abcdef0123456789abcdef"
	person = "RSSMRA80A01H501U"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func newStore(t *testing.T, dsn string) *session.Store {
	t.Helper()
	s := &session.Store{DB: databasetest.Open(t, dsn), Key: []byte(key)}
	require.NoError(t, s.Migrate(t.Context()))
	return s
}

// rows returns the content of the table.
func rows(t *testing.T, db *database.DB) (all []byte, count int) {
	t.Helper()
	r, err := db.QueryContext(t.Context(), "SELECT id, data FROM session")
	require.NoError(t, err)
	defer r.Close()
	for r.Next() {
		var id, data []byte
		require.NoError(t, r.Scan(&id, &data))
		all, count = append(append(all, id...), data...), count+1
	}
	require.NoError(t, r.Err())
	return all, count
}

func TestStore(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		s := newStore(t, dsn)
		ctx := t.Context()
		now := time.Now()
		s.Now = func() time.Time { return now }
		require.NoError(t, s.CommitCtx(ctx, "token", []byte(person), now.Add(time.Minute)))
		data, ok, err := s.FindCtx(ctx, "token")
		require.NoError(t, err)
		assert.True(t, ok)
		assert.Equal(t, person, string(data))
		all, _ := rows(t, s.DB)
		assert.NotContains(t, string(all), person)
		assert.NotContains(t, string(all), "token")

		for name, find := range map[string]func() ([]byte, bool, error){
			"another token": func() ([]byte, bool, error) { return s.FindCtx(ctx, "other") },
			"no token":      func() ([]byte, bool, error) { return s.FindCtx(ctx, "") },
			"another key": func() ([]byte, bool, error) {
				return (&session.Store{DB: s.DB, Key: bytes.Repeat([]byte("k"), 32)}).FindCtx(ctx, "token")
			},
		} {
			_, ok, err := find()
			assert.NoError(t, err, name)
			assert.False(t, ok, name)
		}

		other := newStore(t, dsn)
		data, ok, err = other.FindCtx(ctx, "token")
		require.NoError(t, err)
		assert.True(t, ok, "another process")
		assert.Equal(t, person, string(data))

		now = now.Add(time.Minute)
		_, ok, err = s.FindCtx(ctx, "token")
		assert.NoError(t, err)
		assert.False(t, ok, "over")
		require.NoError(t, s.DeleteExpired(ctx))
		_, count := rows(t, s.DB)
		assert.Zero(t, count)
	})
}

// Nobody who can write the table prolongs a record, or makes it another's.
func TestMovedRecordIsMissing(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		s := newStore(t, dsn)
		for name, change := range map[string]string{
			"a later end": "UPDATE session SET expires = expires + 1",
			"another row": "UPDATE session SET data = (SELECT data FROM session AS s LIMIT 1), " +
				"expires = 99999999999999",
		} {
			require.NoError(t, s.CommitCtx(t.Context(), "token", []byte(person), time.Now().Add(time.Minute)))
			require.NoError(t, s.CommitCtx(t.Context(), "other", []byte("x"), time.Now().Add(time.Minute)))
			_, err := s.DB.ExecContext(t.Context(), change)
			require.NoError(t, err)
			for _, token := range []string{"token", "other"} {
				_, ok, err := s.FindCtx(t.Context(), token)
				require.NoError(t, err)
				assert.False(t, ok, name)
			}
		}
	})
}

// A request loads the session before a logout and ends after it.
func TestDeletedStaysDeleted(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		s := newStore(t, dsn)
		until := time.Now().Add(time.Hour)
		require.NoError(t, s.CommitCtx(t.Context(), "token", []byte("in"), until))
		require.NoError(t, s.DeleteCtx(t.Context(), "token"))
		require.NoError(t, s.CommitCtx(t.Context(), "token", []byte("in"), until))
		_, ok, err := s.FindCtx(t.Context(), "token")
		assert.NoError(t, err)
		assert.False(t, ok)
		require.NoError(t, s.DeleteCtx(t.Context(), "never there"))
	})
}

func TestOnce(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		stores := []*session.Store{newStore(t, dsn), newStore(t, dsn)}
		var first atomic.Int32
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				ok, err := stores[i%2].Once(context.Background(), "code", time.Now().Add(time.Minute))
				assert.NoError(t, err)
				if ok {
					first.Add(1)
				}
			})
		}
		wg.Wait()
		assert.EqualValues(t, 1, first.Load())
		assert.True(t, must(stores[0].Once(t.Context(), "another", time.Now())))
	})
}

func TestNewRefuses(t *testing.T) {
	good := &session.Store{DB: new(database.DB), Key: []byte(key)}
	for _, address := range []string{"http://qr.example.it", "ftp://127.0.0.1", "//127.0.0.1", ""} {
		_, err := session.New(good, must(url.Parse(address)))
		assert.Error(t, err, address)
	}
	for _, bad := range []*session.Store{{}, {DB: new(database.DB), Key: []byte(key)[:31]},
		{Key: []byte(key)}} {
		_, err := session.New(bad, must(url.Parse("https://qr.example.it")))
		assert.Error(t, err)
	}
}

// site is a process that counts the visits of a browser.
func site(t *testing.T, store *session.Store, address string) http.Handler {
	t.Helper()
	m, err := session.New(store, must(url.Parse(address)))
	require.NoError(t, err)
	return m.LoadAndSave(visits(m))
}

func visits(m *scs.SessionManager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		n := m.GetInt(r.Context(), "visits") + 1
		m.Put(r.Context(), "visits", n)
		fmt.Fprint(w, n)
	})
	mux.HandleFunc("/in", func(_ http.ResponseWriter, r *http.Request) { must(0, m.RenewToken(r.Context())) })
	mux.HandleFunc("/out", func(_ http.ResponseWriter, r *http.Request) { must(0, m.Destroy(r.Context())) })
	return mux
}

func TestCookie(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		for address, want := range map[string]string{
			"https://qr.example.it": "__Host-session=%s; Path=/; HttpOnly; Secure; SameSite=Lax",
			"http://127.0.0.1:8080": "session=%s; Path=/; HttpOnly; SameSite=Lax",
		} {
			w := httptest.NewRecorder()
			site(t, newStore(t, dsn), address).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
			require.Len(t, w.Result().Cookies(), 1)
			assert.Equal(t, fmt.Sprintf(want, w.Result().Cookies()[0].Value), w.Header().Get("Set-Cookie"))
		}
	})
}

func TestBrowser(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		const address = "http://127.0.0.1"
		one, two := site(t, newStore(t, dsn), address), site(t, newStore(t, dsn), address)
		jar := must(cookiejar.New(nil))
		u := must(url.Parse(address))
		visit := func(h http.Handler, path string) string {
			r := httptest.NewRequest(http.MethodGet, address+path, nil)
			for _, c := range jar.Cookies(u) {
				r.AddCookie(c)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			jar.SetCookies(u, w.Result().Cookies())
			require.Equal(t, http.StatusOK, w.Code)
			return w.Body.String()
		}
		assert.Equal(t, "1", visit(one, "/"))
		assert.Equal(t, "2", visit(two, "/"), "on another replica")
		before := jar.Cookies(u)
		visit(one, "/in")
		after := jar.Cookies(u)
		assert.NotEqual(t, before, after, "the login renews the token")
		assert.Equal(t, "3", visit(two, "/"))
		jar.SetCookies(u, before)
		assert.Equal(t, "1", visit(two, "/"), "the token from before the login is worth nothing")
		jar.SetCookies(u, after)
		visit(two, "/out")
		assert.Empty(t, jar.Cookies(u))
		jar.SetCookies(u, after)
		assert.Equal(t, "1", visit(one, "/"), "nor the one from before the logout")
	})
}
