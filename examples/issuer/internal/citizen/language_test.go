package citizen_test

import (
	"html"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
)

// field is a field of a page. Others are the values that a person can give it instead of Value.
type field struct {
	form, name, value string
	hidden            bool
	others            []string
}

// readFields returns the fields of a page by name.
func readFields(page string) map[string]*field {
	fields, form, list := map[string]*field{}, "", ""
	for _, m := range tagPattern.FindAllStringSubmatch(page, -1) {
		attrs := map[string]string{}
		for _, a := range attrPattern.FindAllStringSubmatch(m[3], -1) {
			attrs[a[1]] = html.UnescapeString(a[2])
		}
		_, checked := attrs["checked"]
		_, selected := attrs["selected"]
		name, value, chosen := attrs["name"], attrs["value"], false
		switch m[2] {
		case "form":
			form = attrs["id"]
			continue
		case "select":
			list = name
			continue
		case "option":
			name, chosen = list, selected
		case "input":
			chosen = checked || attrs["type"] != "radio" && attrs["type"] != "checkbox"
		default:
			continue
		}
		if m[1] == "/" {
			continue
		}
		f := fields[name]
		if f == nil {
			f = &field{form: form, name: name, hidden: attrs["type"] == "hidden"}
			fields[name] = f
		}
		switch {
		case chosen:
			f.value = value
		default:
			f.others = append(f.others, value)
		}
		switch attrs["type"] {
		case "date":
			f.others = []string{"2027-02-03"}
		case "text", "email", "tel":
			f.others = []string{"Qx 12"}
		case "checkbox":
			if checked {
				f.others = []string{""}
			}
		}
	}
	return fields
}

var (
	fieldTemplate = regexp.MustCompile(`template "(field|cf)"|<select|type="(radio|checkbox|date|text)"`)
	inGerman      = regexp.MustCompile(`form="redraw" formnovalidate formaction="([^"]+\?lang=de)"`)
)

// On every page of this package with a field or a question, another language keeps what was typed, chosen and
// asked, and does nothing else.
func TestLanguageKeepsWhatWasTyped(t *testing.T) {
	same := func(*citizen.Pages) {}
	get := func(path string) func(*world) answer {
		return func(w *world) answer { return w.get(path) }
	}
	post := func(page, path string, fields ...string) func(*world) answer {
		return func(w *world) answer { return w.post(page, page+path, fields...) }
	}
	withList := func(open func(*world) answer) func(*world) answer {
		return func(w *world) answer {
			w.post(listPage, listPage)
			return open(w)
		}
	}
	cases := []struct {
		page   string
		change func(*citizen.Pages)
		open   func(*world) answer
	}{
		{"area-contacts", same, get(contactsPage)},
		{"area-contacts", same, get(contactsPage + "?qr")},
		{"area-contacts", same, post(contactsPage, "", "number", "1")},
		{"area-contacts", same, post(contactsPage, "", "email", "x")},
		{"area-contacts", same, func(w *world) answer {
			w.clock.Advance(20 * time.Minute) // only the language can be chosen
			return w.get(contactsPage)
		}},
		{"area-contacts", same, post(contactsPage, "/phone/remove")},
		{"area-contacts", same, post(contactsPage, "/email/remove")},
		{"area-contacts", func(p *citizen.Pages) { p.Codes = nil }, get(contactsPage)},
		{"area-contacts", func(p *citizen.Pages) { p.Mail, p.Again = nil, nil }, get(contactsPage)},
		{"area-phone", same, post(contactsPage, "/phone", "number", newNumber)},
		{"area-phone", same, post(contactsPage, "/known")},
		{"area-email", same, post(contactsPage, "/email", "email", "a@example.it")},
		{"area-list", same, withList(post(listPage, "/code"))},
		{"area-list", same, withList(post(listPage, "/remove"))},
		{"area-delegates", same, get(delegatesPage)},
		{"area-delegates", same, post(delegatesPage, "")},
		{"area-qr", same, get("/area/qr")},
		{"area-present", same, func(w *world) answer {
			w.atCounter(false)
			return w.get(presencePage)
		}},
		{"area-acting", same, func(w *world) answer {
			w.login("luca")
			return w.get("/area/acting")
		}},
		{"benefits", same, get("/benefits")},
	}
	var covered []string
	for i, test := range cases {
		covered = append(covered, test.page)
		w := newWorld(t, test.change)
		w.login("mario")
		w.confirm()
		a := test.open(w)
		if test.page == "area-delegates" {
			w.clock.Advance(20 * time.Minute) // the login is not fresh any more
		}
		messages, letters := len(w.phone.Messages()), len(w.letters.kept)
		name := test.page + " " + string(rune('a'+i))
		wellFormed(t, name, a.body)
		m := inGerman.FindStringSubmatch(a.body)
		require.NotNil(t, m, name)
		form, typed := url.Values{}, map[string]string{}
		for _, f := range readFields(a.body) {
			if !f.hidden {
				assert.Equal(t, "redraw", f.form, "%s: %s", name, f.name)
				require.NotEmpty(t, f.others, "%s: %s", name, f.name)
				f.value = f.others[len(f.others)-1]
				typed[f.name] = f.value
			}
			if f.form == "redraw" && f.value != "" {
				form.Set(f.name, f.value)
			}
		}
		r := must(http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+m[1],
			strings.NewReader(form.Encode())))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		german := w.do(r)
		wellFormed(t, name, german.body)
		assert.Equal(t, http.StatusOK, german.StatusCode, name)
		assert.Contains(t, german.body, `<html lang="de">`, name)
		assert.NotContains(t, german.body, `id="mistakes"`, name)
		for _, tag := range []string{"<h2", "<form", "<button"} {
			assert.Equal(t, strings.Count(a.body, tag), strings.Count(german.body, tag), "%s: %s", name, tag)
		}
		fields := readFields(german.body)
		for field, value := range typed {
			if assert.Contains(t, fields, field, name) {
				assert.Equal(t, value, fields[field].value, "%s: %s", name, field)
			}
		}
		assert.Len(t, w.phone.Messages(), messages, name)
		assert.Len(t, w.letters.kept, letters, name)
	}
	pages, err := fs.Glob(citizen.Templates(), "pages/*.gohtml")
	require.NoError(t, err)
	for _, page := range pages {
		text, err := fs.ReadFile(citizen.Templates(), page)
		require.NoError(t, err)
		name := strings.TrimSuffix(strings.TrimPrefix(page, "pages/"), ".gohtml")
		assert.Equal(t, fieldTemplate.Match(text), slices.Contains(covered, name), name)
	}
}

// Enter in a field of the contacts sends what was typed, and what else was typed is there afterwards.
func TestContactsInOneForm(t *testing.T) {
	w := newWorld(t)
	w.login("mario")
	w.confirm()
	a := w.post(contactsPage, contactsPage, "number", "", "email", "a@example.it", "language", "it")
	assert.Contains(t, a.text, "a@example.it")
	assert.Equal(t, "a@example.it", w.letters.last().To)
	a = w.post(contactsPage, contactsPage, "number", newNumber, "email", "b@example.it")
	assert.Equal(t, newE164, w.phone.Last().To.Reveal())
	assert.Contains(t, a.body, newNumber)
	fields := readFields(w.get(contactsPage).body)
	assert.Equal(t, []string{"", "b@example.it"}, []string{fields["number"].value, fields["email"].value})
	a = w.post(contactsPage, contactsPage+"/phone/remove", "number", "12", "email", "c")
	assert.Contains(t, a.text, "Togliere il numero?")
	fields = readFields(w.get(contactsPage).body)
	assert.Equal(t, []string{"12", "c"}, []string{fields["number"].value, fields["email"].value})
	assert.Empty(t, readFields(w.get(contactsPage).body)["number"].value, "once")
	a = w.get(w.post(contactsPage, contactsPage+"/language", "language", "de").Header.Get("Location"))
	m := inGerman.FindStringSubmatch(a.body)
	require.NotNil(t, m)
	a = w.send(m[1], "for", readFields(a.body)["for"].value, "done", readFields(a.body)["done"].value)
	assert.Contains(t, a.text, "Sprache gespeichert", "what was done is said in the other language")
}
