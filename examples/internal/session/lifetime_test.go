package session_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/session"
)

// A record ends 30 minutes after its last use, and 8 hours after the login however often it is used.
func TestLifetime(t *testing.T) {
	s := newStore(t, databasetest.SQLite(t))
	m := must(session.New(s, must(url.Parse("https://qr.example.it"))))
	use := m.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		m.Put(r.Context(), "person", person)
	}))
	ends := func() (at int64) {
		require.NoError(t, s.DB.QueryRowContext(t.Context(), "SELECT expires FROM session").Scan(&at))
		return at
	}
	before := time.Now()
	w := httptest.NewRecorder()
	use.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	assert.GreaterOrEqual(t, ends(), before.Add(30*time.Minute).UnixMilli())
	assert.LessOrEqual(t, ends(), time.Now().Add(30*time.Minute).UnixMilli())

	require.Len(t, w.Result().Cookies(), 1)
	token := w.Result().Cookies()[0]
	s.Now = func() time.Time { return time.UnixMilli(ends()) }
	_, ok, err := s.FindCtx(t.Context(), token.Value)
	require.NoError(t, err)
	assert.False(t, ok)

	s.Now = nil
	m.Lifetime -= 8*time.Hour - 10*time.Minute // a login of seven hours and fifty minutes ago
	_, err = s.DB.ExecContext(t.Context(), "DELETE FROM session")
	require.NoError(t, err)
	use.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	assert.LessOrEqual(t, ends(), time.Now().Add(10*time.Minute).UnixMilli())
}
