package deskpage

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const giorgio = "persona=giorgio"

func TestLogin(t *testing.T) {
	r := newRooms(t)
	for name, b := range map[string]*browser{"here": newBrowser(t, r.local, origin),
		"elsewhere": newBrowser(t, r.public, publicOrigin)} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			assert.Equal(t, http.StatusOK, b.get("/operator?back=/second").Code)
			assert.Empty(t, b.jar, "looking at the page begins nothing")
			w := b.back(pick(t, b.begin("/operator", "back", "/second"), giorgio))
			assert.Equal(t, http.StatusSeeOther, w.Code)
			assert.Equal(t, "/second", w.Header().Get("Location"))
			assert.True(t, b.loggedIn())
			assert.Len(t, b.jar, 2, "the session and the language; the login is forgotten")
			b.post("/auth/logout")
			assert.False(t, b.loggedIn())

			w = b.back(pick(t, b.begin("/operator", "back", "https://example.org"), "cancel=1"))
			assert.Contains(t, w.Body.String(), "Login cancelled")
			assert.False(t, b.loggedIn())
			w = b.back(pick(t, b.begin("/operator", "back", "//example.org"), giorgio))
			assert.Equal(t, "/", w.Header().Get("Location"))
		})
	}
}

// A stranger who begins a login and sends the operator the link to the identity provider gets nothing, and
// neither does the operator.
func TestLoginOfAnotherBrowser(t *testing.T) {
	r := newRooms(t)
	stranger, operator := newBrowser(t, r.local, origin), newBrowser(t, r.local, origin)
	answer := pick(t, stranger.begin("/operator", "back", "/"), giorgio)
	assert.Equal(t, http.StatusBadRequest, operator.back(answer).Code)
	assert.False(t, operator.loggedIn())
	assert.False(t, stranger.loggedIn())

	mine := pick(t, operator.begin("/operator", "back", "/"), giorgio)
	assert.Equal(t, http.StatusBadRequest, operator.back(answer).Code, "a stranger's answer")
	assert.Equal(t, http.StatusSeeOther, operator.back(mine).Code, "which does not end the operator's login")
	assert.True(t, operator.loggedIn())
}

// Other sites begin no login and end none, however often they try.
func TestLoginAcrossSites(t *testing.T) {
	r := newRooms(t)
	b := newBrowser(t, r.local, origin)
	for range 200 {
		b.ask(http.MethodGet, "/operator?back=/", "cross-site")
		assert.Equal(t, http.StatusForbidden, b.ask(http.MethodPost, "/operator", "cross-site").Code)
		assert.Equal(t, http.StatusForbidden, b.ask(http.MethodPost, "/auth/logout", "cross-site").Code)
		b.ask(http.MethodGet, "/callback?state=x&code=y", "cross-site")
	}
	assert.Empty(t, b.jar)
	assert.Empty(t, r.desk.Operators.sessions)
	for range 2 * maxOperators { // a program that is no browser
		newBrowser(t, r.local, origin).begin("/operator", "back", "/")
	}
	b.back(pick(t, b.begin("/operator", "back", "/"), giorgio))
	assert.True(t, b.loggedIn())
}

func TestLoginEnds(t *testing.T) {
	r := newRooms(t)
	b := newBrowser(t, r.local, origin)
	first := pick(t, b.begin("/operator", "back", "/"), giorgio)
	second := pick(t, b.begin("/operator", "back", "/"), giorgio)
	assert.Equal(t, http.StatusBadRequest, b.back(first).Code, "one at a time")
	old := b.jar[loginCookie]
	assert.Equal(t, http.StatusSeeOther, b.back(second).Code)
	delete(b.jar, operatorCookie)
	b.jar[loginCookie] = old
	assert.Equal(t, http.StatusBadRequest, b.back(second).Code, "once")

	third := pick(t, b.begin("/operator", "back", "/"), giorgio)
	assert.Equal(t, 300, b.jar[loginCookie].MaxAge)
	r.clock = loginTime + time.Second
	assert.Equal(t, http.StatusBadRequest, b.back(third).Code, "after five minutes")
	r.clock = 0
	b.jar[loginCookie] = &http.Cookie{Name: loginCookie, Value: strings.Repeat("A", 200)}
	assert.Equal(t, http.StatusBadRequest, b.back(third).Code, "not sealed here")
	assert.False(t, b.loggedIn())
}

// The operator whose login ends first makes room, so that nobody is locked out.
func TestOperatorsAreBounded(t *testing.T) {
	r := newRooms(t)
	first := newBrowser(t, r.local, origin)
	first.back(pick(t, first.begin("/operator", "back", "/"), giorgio))
	require.True(t, first.loggedIn())
	var last *browser
	for n := range maxOperators {
		r.clock = time.Duration(n+1) * time.Second
		last = newBrowser(t, r.local, origin)
		last.back(pick(t, last.begin("/operator", "back", "/"), giorgio))
	}
	assert.True(t, last.loggedIn())
	assert.False(t, first.loggedIn())
	assert.Len(t, r.desk.Operators.sessions, maxOperators)
}

// After a login the browser goes to the desk and nowhere else.
func TestBackPath(t *testing.T) {
	for given, want := range map[string]string{
		"/second": "/second", "": "/", "//example.org": "/", "https://example.org": "/", `/\example.org`: "/",
		"second": "/", "/\t/example.org": "/", "/\n/example.org": "/", "/second?x=1": "/second?x=1",
		"/è":                               "/",
		"/" + strings.Repeat("x", maxBack): "/",
	} {
		assert.Equal(t, want, backPath(given), given)
	}
}
