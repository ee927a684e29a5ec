package signin_test

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/session"
)

// rows returns the number of rows in the tables of the sessions.
func (s *site) rows(t *testing.T) (n int) {
	t.Helper()
	db := s.pages[0].Sessions.Store.(*session.Store).DB
	require.NoError(t, db.QueryRowContext(t.Context(),
		"SELECT (SELECT count(*) FROM session) + (SELECT count(*) FROM session_used)").Scan(&n))
	return n
}

// Clients that keep no cookies begin logins, with the provider and with a card, and nothing is stored.
func TestNothingStoredBeforeLogin(t *testing.T) {
	s := newSite(t, databasetest.SQLite(t), nil)
	stay := s.client()
	stay.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	stay.Jar = nil
	for range 50 {
		for _, path := range []string{"/login", "/auth/login?via=spid", "/auth/login?via=cns",
			"/auth/callback?state=x", "/auth/cns/done?ticket=x", "/area"} {
			page, _ := get(t, stay, s.address+path)
			assert.Less(t, page.StatusCode, 500)
		}
	}
	assert.Zero(t, s.rows(t))

	c := s.client()
	page, body := get(t, c, s.address+"/auth/login?via=spid")
	assert.Zero(t, s.rows(t))
	follow(t, c, page, body, "persona=mario")
	assert.Equal(t, 3, s.rows(t), "the session, its login, and the provider's code")
}

// A copy of the sealed cookie logs in once, and another site's cookie or a changed one does not.
func TestSealedOnce(t *testing.T) {
	s := newSite(t, databasetest.SQLite(t), nil)
	dir := t.TempDir()
	require.NoError(t, s.ca.WriteCards(dir, demo.Personas()[:1]))
	file := filepath.Join(dir, "mario.pem")
	c := s.client(must(tls.LoadX509KeyPair(file, file)))
	stop := func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/auth/cns/done" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	c.CheckRedirect = stop
	page, _ := get(t, c, s.address+"/auth/login?via=cns&return=/area")
	done, home := page.Header.Get("Location"), must(url.Parse(s.address))
	sealed := c.Jar.Cookies(home)
	require.Len(t, sealed, 1)
	assert.NotContains(t, sealed[0].Value, "area")

	thief := func(value string) *http.Response {
		other := s.client()
		other.Jar.SetCookies(home, []*http.Cookie{{Name: sealed[0].Name, Value: value, Path: "/"}})
		page, _ := get(t, other, done)
		return page
	}
	changed := "A" + sealed[0].Value[1:]
	if changed == sealed[0].Value {
		changed = "B" + sealed[0].Value[1:]
	}
	assert.Equal(t, http.StatusBadRequest, thief(changed).StatusCode)
	c.CheckRedirect = nil
	page, body := get(t, c, done)
	assert.Equal(t, "/area", page.Request.URL.Path)
	assert.Contains(t, body, person)
	assert.Equal(t, http.StatusBadRequest, thief(sealed[0].Value).StatusCode, "logged in already")
}

// Many logins that begin in one browser, with long addresses to come back to, leave a cookie that the browser
// keeps.
func TestSealedFits(t *testing.T) {
	s := newSite(t, databasetest.SQLite(t), nil)
	c := s.client()
	var page *http.Response
	var body string
	for range 8 {
		page, body = get(t, c, s.address+"/auth/login?via=cie&return=/area?"+strings.Repeat("x", 990))
		cookies := c.Jar.Cookies(must(url.Parse(s.address)))
		require.Len(t, cookies, 1)
		assert.LessOrEqual(t, len(cookies[0].String()), 4000)
	}
	page, _ = follow(t, c, page, body, "persona=mario")
	assert.Equal(t, "/area", page.Request.URL.Path)
}
