package citizen_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
)

const delegatesPage = "/area/delegates"

var refPattern = regexp.MustCompile(`name="person" value="([^"]+)"`)

// routes calls itself with the pattern of each handler but redirects.
type routes func(pattern string)

func (f routes) HandleFunc(pattern string, _ func(http.ResponseWriter, *http.Request)) { f(pattern) }
func (f routes) Handle(pattern string, h http.Handler) {
	if fmt.Sprintf("%T", h) != "*http.redirectHandler" {
		f(pattern)
	}
}

// Who may do what for a person: each row is an act, each column somebody who acts.
func TestWhoMayDoWhat(t *testing.T) {
	acts := []struct {
		name, path string
		form       []string
		// may has a letter for each column: y if it is done, n if it is refused, r if it leads to the QR, p
		// if the person must be there.
		may string
	}{
		// Columns: the person, parent, guardian, voluntary, voluntary with detail, counter.
		{"for whom one acts", "/area/acting", nil, "yyyyyy"},
		{"act for somebody", "/area/acting", []string{"x", ""}, "yyyyyy"},
		{"own logins", "/area/sessions", nil, "yyyyyy"},
		{"end one", "/area/sessions/end", []string{"id", "x"}, "yyyyyy"},
		{"first page", "/area", nil, "yyyyyr"},
		{"what it is good for", "/area/benefits", nil, "yyyyyn"},
		{"choices of the document", "/area/qr", nil, "yyyyyp"},
		{"the document", "/area/qr", []string{"format", "png"}, "yyyyyp"},
		{"the document by e-mail", "/area/qr", []string{"delivery", "mail"}, "yyyyyp"},
		{"the document on the screen", "/area/qr", []string{"delivery", "show"}, "yyyyyp"},
		{"a file of it", "/area/qr/show", []string{"qr", "x"}, "yyyyyp"},
		{"whether the person is there", "/area/qr/present", nil, "rrrrry"},
		{"ask the person for a code", "/area/qr/present", []string{"x", ""}, "rrrrry"},
		{"type it", "/area/qr/present/code", []string{"id", "x"}, "rrrrry"},
		{"send it again", "/area/qr/present/resend", []string{"id", "x"}, "rrrrry"},
		{"whether one's own is void", "/area/kept/void", nil, "yyyyyy"},
		{"lost ones", "/area/qr/lost", nil, "yyyyyn"},
		{"make them void", "/area/qr/lost", []string{"x", ""}, "yyyyyn"},
		{"they are void", "/area/qr/lost/done", nil, "yyyyyn"},
		{"contacts", "/area/contacts", nil, "yyynnn"},
		{"Enter in the contacts", "/area/contacts", []string{"number", "x"}, "yyynnn"},
		{"confirm the number", "/area/contacts/confirm", []string{"x", ""}, "yyynnn"},
		{"a code of the number on record", "/area/contacts/known", []string{"x", ""}, "yyynnn"},
		{"type it", "/area/contacts/known/code", []string{"id", "x"}, "yyynnn"},
		{"send it again", "/area/contacts/known/resend", []string{"id", "x"}, "yyynnn"},
		{"a new number", "/area/contacts/phone", []string{"number", "x"}, "yyynnn"},
		{"its code", "/area/contacts/phone/code", []string{"id", "x"}, "yyynnn"},
		{"send that again", "/area/contacts/phone/resend", []string{"id", "x"}, "yyynnn"},
		{"a new address", "/area/contacts/email", []string{"email", "x"}, "yyynnn"},
		{"the code of the letter", "/area/contacts/email/code", []string{"email", "x"}, "yyynnn"},
		{"remove the address", "/area/contacts/email/remove", []string{"x", ""}, "yyynnn"},
		{"remove the number", "/area/contacts/phone/remove", []string{"x", ""}, "yyynnn"},
		{"language of messages", "/area/contacts/language", []string{"language", "de"}, "yyynnn"},
		{"list of codes", "/area/contacts/list", nil, "yyynnn"},
		{"make a list", "/area/contacts/list", []string{"x", ""}, "yyynnn"},
		{"print the list", "/area/contacts/list/file", []string{"x", ""}, "yyynnn"},
		{"activate the list", "/area/contacts/list/code", []string{"x", ""}, "yyynnn"},
		{"make the lists void", "/area/contacts/list/remove", []string{"answer", "yes"}, "yyynnn"},
		{"who looked", "/area/accesses", nil, "yyynnn"},
		{"say it was not me", "/area/accesses/not-me", []string{"challenge", "x"}, "yyynnn"},
		{"proof of an access", "/area/accesses/proof", []string{"id", "x"}, "yyynnn"},
		{"who acts", delegatesPage, nil, "yyynnn"},
		{"give a delegation", delegatesPage, []string{"x", ""}, "yyynnn"},
		{"withdraw one", delegatesPage + "/withdraw", []string{"x", ""}, "yyynnn"},
	}
	var rows []string
	for _, act := range acts {
		method := "GET "
		if act.form != nil {
			method = "POST "
		}
		rows = append(rows, method+act.path)
	}
	newWorld(t).Register(routes(func(pattern string) {
		_, path, _ := strings.Cut(pattern, " ")
		if strings.HasPrefix(path, "/area") && !strings.HasPrefix(path, "/area/kept/") {
			assert.Contains(t, rows, pattern)
		}
	}))
	for i, column := range []struct {
		ward, name string
		d          registry.Delegation
	}{
		{ward: "mario"}, {"giulia", "Giulia Bianchi", registry.Delegation{Kind: registry.Minor}},
		{"mario", "Mario Rossi", registry.Delegation{Kind: registry.Guardianship}},
		{"mario", "Mario Rossi", registry.Delegation{Kind: registry.Voluntary, Until: 20270101}},
		{"mario", "Mario Rossi", registry.Delegation{Kind: registry.Voluntary, Until: 20270101,
			Detail: true}},
		{"mario", "Mario Rossi", registry.Delegation{Kind: registry.Counter, Until: 20270101}},
	} {
		w := newWorld(t)
		w.login(column.ward)
		w.confirm()
		if column.name != "" {
			column.d.Guardian, column.d.Ward = w.people["helene"].CF, w.people[column.ward].CF
			require.NoError(t, w.Registry.Delegate(t.Context(), column.d))
			w.login("helene")
			w.actFor(column.name)
		}
		from := "/area/qr"
		if column.name != "" {
			from = "/area/acting"
		}
		ref := w.per(from)
		for _, act := range acts {
			a := answer{}
			if act.form == nil {
				a = w.get(act.path)
			} else {
				a = w.send(act.path, append([]string{"for", ref, "person", ref}, act.form...)...)
			}
			refused := a.StatusCode == http.StatusForbidden ||
				a.StatusCode == http.StatusUnprocessableEntity && act.name == "the document by e-mail"
			got := "y"
			switch {
			case refused:
				got = "n"
				wellFormed(t, act.name, a.body)
			case a.Header.Get("Location") == presencePage:
				got = "p"
			case a.Header.Get("Location") == "/area/qr" && !strings.HasPrefix(act.path, "/area/contacts"):
				got = "r"
			}
			assert.Equal(t, string(act.may[i]), got, "%s: %+v %s", act.name, column.d.Kind, a.text)
		}
		page := w.get("/area").text
		detail := column.d.Detail || !column.d.Kind.Given()
		assert.Equal(t, detail, strings.Contains(page, "I giudizi"), column.d.Kind)
		assert.Equal(t, !column.d.Kind.Given(), strings.Contains(page, `href="/area/contacts"`))
		if column.d.Kind.Given() {
			acts, err := w.Registry.Acts(t.Context(), column.d.Ward)
			require.NoError(t, err)
			assert.Equal(t, column.d.Kind, acts[0].Kind, "the person sees what was done")
		}
	}
}

// A person gives a delegation after a fresh login, is told of it, sees it, and withdraws it.
func TestDelegate(t *testing.T) {
	w := newWorld(t)
	mario, helene := w.login("mario"), w.people["helene"]
	form := func(change ...string) []string {
		return append([]string{"cf", helene.CF.Reveal(), "kind", "voluntary", "until", "2027-11-11"},
			change...)
	}
	w.clock.Advance(20 * time.Minute)
	page := w.get(delegatesPage)
	wellFormed(t, "stale", page.body)
	assert.NotContains(t, page.body, `name="cf"`)
	a := w.post("/area/contacts", delegatesPage, form()...)
	assert.Equal(t, http.StatusForbidden, a.StatusCode)
	assert.Contains(t, a.text, "return=%2Farea%2Fdelegates")
	w.login("mario")
	for wrong, change := range map[string][]string{
		"Scriva il codice fiscale.": {"cf", " "},
		"L'ultima lettera":          {"cf", helene.CF.Reveal()[:15] + "X"},
		"È il suo":                  {"cf", mario.CF.Reveal()},
		"Scelga a chi la dà":        {"kind", ""},
		"Scriva l'ultimo giorno":    {"until", ""},
		"Scelga un giorno da oggi":  {"until", "2029-11-12"},
	} {
		a := w.post(delegatesPage, delegatesPage, form(change...)...)
		assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode, wrong)
		assert.Contains(t, a.text, wrong)
		assert.Contains(t, a.text, "<title>Da correggere:")
		wellFormed(t, wrong, a.body)
		assert.Regexp(t, `name="cf"[^>]* value="[^"]+"`, a.body, "what was typed stays")
	}
	a = w.post(delegatesPage, delegatesPage+"?lang=de", form()...)
	assert.Contains(t, a.body, helene.CF.Reveal(), "another language keeps what was typed")
	assert.Contains(t, a.text, "Wer für Sie handelt")
	w.get(delegatesPage + "?lang=it")
	assert.Empty(t, w.phone.Messages(), "and gives nothing")
	a = w.post(delegatesPage, delegatesPage, form("detail", "yes")...)
	assert.Equal(t, http.StatusOK, a.StatusCode, a.text)
	assert.Contains(t, a.text, "11 novembre 2027")
	assert.Contains(t, w.phone.Last().Text.Reveal(), "delega")
	ward, err := w.Registry.MayActFor(t.Context(), helene.CF, mario.CF, w.today())
	require.NoError(t, err)
	assert.True(t, ward.Detail)
	page = w.get(delegatesPage)
	wellFormed(t, "given", page.body)
	assert.Contains(t, page.text, helene.Given+" "+helene.Family)
	assert.Contains(t, page.text, "vede anche giudizi e percentuali")
	a = w.post(delegatesPage, delegatesPage, form("cf", w.people["luca"].CF.Reveal())...)
	assert.Contains(t, a.text, "una sola alla volta")

	require.NoError(t, w.Registry.Delegate(t.Context(), registry.Delegation{Guardian: w.people["anna"].CF,
		Ward: mario.CF, Kind: registry.Guardianship, From: w.today() + 1}))
	a = w.post(delegatesPage, delegatesPage, form("cf", w.people["anna"].CF.Reveal(), "kind", "counter")...)
	assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode)
	assert.Contains(t, a.text, "agisce già per lei", "from tomorrow")

	ref := refPattern.FindStringSubmatch(page.body)[1]
	w.clock.Advance(time.Hour)
	a = w.post(delegatesPage, delegatesPage+"/withdraw", "person", ref)
	assert.Contains(t, a.text, "Delega revocata")
	_, err = w.Registry.MayActFor(t.Context(), helene.CF, mario.CF, w.today())
	assert.ErrorIs(t, err, registry.ErrNotDelegated)
	w.login("mario")
	acts := w.get("/area/accesses").text
	assert.Contains(t, acts, "delega data")
	assert.Contains(t, acts, "delega revocata")
	records, err := w.Accesses.ByPerson(t.Context(), mario.CF)
	require.NoError(t, err)
	assert.Equal(t, "delegated", records[0].Purpose, "in the tree of the access log")

	w.login("anna")
	page = w.get(delegatesPage)
	assert.Contains(t, page.text, "Lo ha registrato l'ente")
	assert.NotContains(t, page.text, "Revoca la delega")
	a = w.post(delegatesPage, delegatesPage, form("cf", w.people["luca"].CF.Reveal())...)
	assert.Contains(t, a.text, "agisce già per lei")
	assert.Equal(t, 0, strings.Count(w.log.String(), "\n"))
}

func (w *world) today() status.Date { return status.DateOf(w.clock.Now().In(w.Site.Zone())) }
