package deskpage

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The operator types the phone's word on the desk's machine and logs in there. That phone alone gets the
// session.
func TestPhone(t *testing.T) {
	r := newRooms(t)
	phone, other := newBrowser(t, r.lan, lanOrigin).enter(r.key), newBrowser(t, r.lan, lanOrigin).enter(r.key)
	word := func(b *browser) string {
		t.Helper()
		assert.Equal(t, http.StatusSeeOther, b.post("/operator", "back", "/second").Code)
		page := b.get("/operator/phone").Body.String()
		assert.Contains(t, page, origin+"/operator/phone")
		m := regexp.MustCompile(`big-number"[^>]*>([a-z]{8})<`).FindStringSubmatch(page)
		require.NotNil(t, m, page)
		return m[1]
	}
	first := word(phone)
	mine, others := word(phone), word(other)
	assert.NotEqual(t, mine, others)
	assert.Contains(t, phone.post("/operator/phone").Body.String(), "alert-warning", "too early")
	assert.Equal(t, http.StatusNotFound, phone.get("/callback?state=x").Code, "no login at this door")

	here := newBrowser(t, r.local, origin)
	assert.Contains(t, here.get("/").Body.String(), `href="/operator/phone"`)
	for _, wrong := range []string{"", "x", first, mine[:7]} {
		w := here.post("/operator/phone", "word", wrong)
		assert.Equal(t, http.StatusUnprocessableEntity, w.Code, wrong)
	}
	typed := strings.ToUpper(mine[:4]) + " " + mine[4:]
	done := here.back(pick(t, here.begin("/operator/phone", "word", typed), giorgio))
	assert.Contains(t, done.Body.String(), "answer-yes")
	assert.False(t, here.loggedIn(), "the session is the phone's")
	assert.Contains(t, phone.get("/operator/phone").Body.String(), " data-done>", "the phone notices")
	assert.NotContains(t, other.get("/operator/phone").Body.String(), " data-done>")
	assert.Equal(t, http.StatusUnprocessableEntity, here.post("/operator/phone", "word", mine).Code, "used")

	other.post("/operator/phone")
	assert.False(t, other.loggedIn())
	third := newBrowser(t, r.lan, lanOrigin).enter(r.key)
	assert.Equal(t, http.StatusBadRequest, third.post("/operator/phone").Code)
	w := phone.post("/operator/phone")
	assert.Equal(t, "/second", w.Header().Get("Location"))
	assert.True(t, phone.loggedIn())
	assert.Equal(t, "/second", phone.get("/operator?back=/second").Header().Get("Location"), "another tab")
	delete(phone.jar, "__Host-desk")
	assert.Equal(t, http.StatusBadRequest, phone.post("/operator/phone").Code, "once")

	mine = word(phone)
	late := pick(t, here.begin("/operator/phone", "word", mine), giorgio)
	word(phone) // begins again, and has another word
	assert.Contains(t, here.back(late).Body.String(), "answer-yes", "the phone is the same")
	word(phone)
	assert.False(t, phone.loggedIn(), "a new word forgets the login")
	assert.Contains(t, phone.post("/operator/phone").Body.String(), "alert-warning")

	late = pick(t, here.begin("/operator/phone", "word", word(phone)), giorgio)
	r.clock = loginTime - time.Second
	assert.Equal(t, http.StatusOK, here.back(late).Code)
	r.clock = loginTime + time.Second
	assert.Equal(t, http.StatusBadRequest, phone.post("/operator/phone").Code, "after five minutes")
	assert.False(t, phone.loggedIn())
}

// The page of the login links to the issuer's own page, for phones alone.
func TestIssuerPage(t *testing.T) {
	r := newRooms(t)
	const page = "https://issuer.example.it/q"
	phone, here := newBrowser(t, r.lan, lanOrigin).enter(r.key), newBrowser(t, r.local, origin)
	assert.NotContains(t, phone.get("/operator").Body.String(), page)
	r.desk.IssuerPage = func(context.Context) string { return page }
	assert.Contains(t, phone.get("/operator").Body.String(), `href="`+page+`"`)
	assert.NotContains(t, here.get("/operator").Body.String(), page)
}

func TestPhonesAreBounded(t *testing.T) {
	r := newRooms(t)
	for range maxPhones {
		b := newBrowser(t, r.lan, lanOrigin).enter(r.key)
		for range 3 { // one at a time
			assert.Equal(t, http.StatusSeeOther, b.post("/operator").Code)
		}
	}
	late := newBrowser(t, r.lan, lanOrigin).enter(r.key)
	assert.Equal(t, http.StatusServiceUnavailable, late.post("/operator").Code)
	r.clock = loginTime + time.Second
	assert.Equal(t, http.StatusSeeOther, late.post("/operator").Code)
	assert.Len(t, r.desk.Operators.phones, 1)
}
