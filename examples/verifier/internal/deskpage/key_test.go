package deskpage

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Without the key nothing in the network answers, and nothing changes.
func TestKey(t *testing.T) {
	r := newRooms(t)
	link := r.key.Link(lanOrigin)
	assert.Regexp(t, `^`+lanOrigin+`/key#[A-Z2-7]{26}$`, link, "26 letters of 5 bits")
	assert.NotEqual(t, link, NewKey().Link(lanOrigin), "another one at each start")

	in := newBrowser(t, r.lan, lanOrigin).enter(r.key)
	in.post("/", "qr", "x", "cf", "RSSMRA80A01H501U", "tab", "AAAAAAAA")
	in.get("/answer?tab=AAAAAAAA")
	require.Contains(t, in.get("/shift").Body.String(), "<tr>")
	out := newBrowser(t, r.lan, lanOrigin)
	closed := func(what string) {
		t.Helper()
		for _, path := range []string{"/", "/shift", "/second", "/operator", "/operator/phone", "/callback",
			"/x", "/key/x"} {
			assert.Equal(t, http.StatusForbidden, out.get(path).Code, "%s: %s", what, path)
		}
		for _, path := range []string{"/", "/shift/clear", "/second", "/code", "/code/answer", "/receipt",
			"/operator", "/operator/phone", "/auth/logout"} {
			assert.Equal(t, http.StatusForbidden, out.post(path).Code, "%s: %s", what, path)
		}
	}
	closed("no cookie")
	cookie := in.jar[keyCookie].Value
	id, signature, _ := strings.Cut(cookie, ".")
	for _, forged := range []string{"", ".", r.key.secret, id, id + ".", "x." + signature, cookie + "A"} {
		out.jar[keyCookie] = &http.Cookie{Name: keyCookie, Value: forged}
		closed(forged)
	}
	out.jar = map[string]*http.Cookie{}
	assert.Contains(t, out.get("/key").Body.String(), `action="/key"`)
	for _, wrong := range []string{"", "x", strings.Repeat("A", 26), r.key.secret + "A",
		strings.Repeat("A", 5000)} {
		assert.Equal(t, http.StatusForbidden, out.post("/key", "key", wrong).Code)
	}
	foreign := out.ask(http.MethodPost, "/key", "cross-site", "key", r.key.secret)
	assert.Equal(t, http.StatusForbidden, foreign.Code)
	assert.Empty(t, out.jar)
	assert.Contains(t, in.get("/shift").Body.String(), "<tr>", "nobody has cleared it")

	w := out.post("/key", "key", " "+strings.ToLower(r.key.secret)+" ")
	assert.Equal(t, "/", w.Header().Get("Location"), "typed")
	assert.NotEqual(t, cookie, out.jar[keyCookie].Value)
	assert.Equal(t, http.StatusOK, out.get("/").Code)
	script := regexp.MustCompile(`src="(/assets/[^"]+/key\.page\.js)"`).
		FindStringSubmatch(out.get("/key").Body.String())
	require.NotNil(t, script)
	assert.Equal(t, http.StatusOK, newBrowser(t, r.lan, lanOrigin).get(script[1]).Code)
}

// A door without a key shows the list of the shift to operators who are logged in.
func TestShiftAtAnOpenDoor(t *testing.T) {
	r := newRooms(t)
	b := newBrowser(t, r.public, publicOrigin)
	b.post("/", "qr", "x", "cf", "RSSMRA80A01H501U", "tab", "AAAAAAAA")
	b.get("/answer?tab=AAAAAAAA")
	for _, w := range []*httptest.ResponseRecorder{b.get("/shift"), b.post("/shift/clear")} {
		assert.Equal(t, "/operator?back=%2Fshift", w.Header().Get("Location"))
	}
	local := newBrowser(t, r.local, origin)
	assert.Contains(t, local.get("/shift").Body.String(), "<tr>", "one list for all doors, still there")
	b.back(pick(t, b.begin("/operator", "back", "/shift"), giorgio))
	assert.Contains(t, b.get("/shift").Body.String(), "<tr>")
	assert.Equal(t, "/shift", b.post("/shift/clear").Header().Get("Location"))
	assert.NotContains(t, local.get("/shift").Body.String(), "<tr>")

	r.desk.Operators = nil
	open, err := r.desk.Handler(Door{Origin: publicOrigin})
	require.NoError(t, err)
	b = newBrowser(t, open, publicOrigin)
	assert.Equal(t, http.StatusNotFound, b.get("/shift").Code, "where nobody can log in there is no list")
	assert.NotContains(t, b.get("/").Body.String(), `href="/shift"`)
}
