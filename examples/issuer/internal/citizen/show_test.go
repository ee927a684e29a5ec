package citizen_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/page/web"
)

var (
	pictureField = regexp.MustCompile(`src="data:image/png;base64,([^"]+)"`)
	qrField      = regexp.MustCompile(`name="qr" value="([^"]+)"`)
)

// The QR on the screen is one document: in every language and in every file that is saved from there.
func TestShow(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	w.confirm()
	a := w.post("/area", "/area/qr", "delivery", "show")
	require.Equal(t, http.StatusOK, a.StatusCode)
	wellFormed(t, "show", a.body)
	anonymous(t, "show", a.body)
	qr := qrField.FindStringSubmatch(a.body)[1]
	claims := w.verify(picture(t, a.text), mario.CF)
	assert.Contains(t, a.text, "Ultimo giorno di validità: 11 novembre 2031.")
	per := w.per("/area/qr")
	again := func(path string, fields ...string) answer {
		return w.send(path, append([]string{"for", per, "qr", qr}, fields...)...)
	}
	w.clock.Advance(48 * time.Hour)
	acts := w.held(mario.CF).acts
	for _, lang := range web.Languages() {
		a := again("/area/qr/show?lang=" + lang)
		wellFormed(t, lang, a.body)
		assert.Contains(t, a.body, `<html lang="`+lang+`">`)
		assert.Equal(t, claims, w.verify(picture(t, a.text), mario.CF))
	}
	assert.Equal(t, acts, w.held(mario.CF).acts, "nothing is done")
	for format, name := range map[string]string{"png": ".png", "pdf": ".pdf", "txt": ".txt", "brf": ".brf",
		"qrtext": "-link.txt"} {
		a := again("/area/qr/show", "format", format)
		assert.Equal(t, `attachment; filename="qr-invalidita-mario-2026-11-11`+name+`"`,
			a.Header.Get("Content-Disposition"))
		if format == "png" || format == "pdf" {
			assert.Equal(t, claims, w.verify([]byte(a.body), mario.CF))
		}
	}

	// Not for somebody else, not once it is void, not if it is none.
	assert.Zero(t, w.cutOff().VoidBefore)
	w.post("/area/qr/lost", "/area/qr/lost")
	assert.Equal(t, http.StatusGone, again("/area/qr/show").StatusCode)
	cut, err := w.Registry.VoidBefore(t.Context(), mario.CF)
	require.NoError(t, err)
	assert.Equal(t, cut.Unix(), w.cutOff().VoidBefore)
	assert.Equal(t, http.StatusGone, w.send("/area/qr/show", "for", per, "qr", "x").StatusCode)
	w.login("klara")
	w.confirm()
	per = w.per("/area/qr")
	assert.Equal(t, http.StatusGone, again("/area/qr/show").StatusCode)
}

func picture(t *testing.T, page string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(pictureField.FindStringSubmatch(page)[1])
	require.NoError(t, err)
	return data
}

// A parent shows and saves the QR of each child, under different names, and keeps none on the phone.
func TestShowWard(t *testing.T) {
	w := newWorld(t)
	w.login("mario")
	w.confirm()
	assert.Contains(t, w.post("/area", "/area/qr", "delivery", "show").body, `id="keep"`)
	w.login("luca")
	names := map[string]bool{}
	for _, ref := range choiceField.FindAllStringSubmatch(w.get("/area/acting").body, -1)[1:] {
		w.post("/area/acting", "/area/acting", "person", ref[1])
		w.confirm()
		a := w.post("/area", "/area/qr", "delivery", "show")
		if a.StatusCode != http.StatusOK || !qrField.MatchString(a.body) {
			continue // nothing to prove
		}
		wellFormed(t, "ward", a.body)
		assert.Contains(t, a.text, "Il QR di ")
		assert.NotContains(t, a.body, `id="keep"`)
		file := w.send("/area/qr/show", "for", perField.FindStringSubmatch(a.body)[1],
			"qr", qrField.FindStringSubmatch(a.body)[1], "format", "pdf")
		names[file.Header.Get("Content-Disposition")] = true
	}
	assert.Len(t, names, 2)
}

// cutOff is what a phone hears of the documents of who is logged in.
type cutOff struct {
	Of         string
	VoidBefore int64 `json:"void_before"`
}

func (w *world) cutOff() (said cutOff) {
	w.t.Helper()
	require.NoError(w.t, json.Unmarshal([]byte(w.get("/area/kept/void").body), &said))
	return said
}

// What a phone keeps is shown by a page that needs no login and is the same for everybody.
func TestKept(t *testing.T) {
	w := newWorld(t)
	a := w.get("/area/kept/")
	require.Equal(t, http.StatusOK, a.StatusCode)
	wellFormed(t, "kept", a.body)
	script := w.get("/area/kept/worker.js")
	assert.Equal(t, "text/javascript; charset=utf-8", script.Header.Get("Content-Type"))
	assert.Equal(t, http.StatusSeeOther, w.get("/area/kept/void").StatusCode)
	w.login("mario")
	w.confirm()
	mario := w.cutOff()
	shown := w.post("/area/qr", "/area/qr", "delivery", "show").body
	assert.Contains(t, shown, `data-of="`+mario.Of+`"`, "the phone tells whose document it keeps")
	w.login("luca")
	luca := w.cutOff()
	assert.NotEqual(t, mario.Of, luca.Of)
	w.actFor("Giulia Bianchi")
	assert.Equal(t, luca, w.cutOff(), "only one's own")
}

// Another language of a page keeps what was chosen or typed, and does nothing.
func TestLanguageKeepsTheForm(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	w.confirm()
	acts := w.held(mario.CF).acts
	a := w.send("/area/qr?lang=de", "for", w.per("/area/qr"), "format", "svg", "layout", "wallet",
		"language", "fr", "holder", "yes")
	require.Equal(t, http.StatusOK, a.StatusCode)
	wellFormed(t, "qr", a.body)
	assert.Contains(t, a.body, `<html lang="de">`)
	for _, kept := range []string{`value="svg" checked`, `value="wallet" checked`, `value="fr" selected`,
		`id="holder-yes" value="yes" checked`} {
		assert.Contains(t, a.body, kept)
	}
	assert.Equal(t, acts, w.held(mario.CF).acts)
	assert.Contains(t, a.body, `form="redraw" formnovalidate formaction="/area/qr?lang=it"`)
}

// A form that has to be corrected says so in the title and in a summary with a link to the field.
func TestMistakes(t *testing.T) {
	w := newWorld(t)
	w.login("mario")
	w.confirm()
	for name, a := range map[string]answer{
		"number": w.post("/area/contacts", "/area/contacts/phone", "number", "12"),
		"email":  w.post("/area/contacts", "/area/contacts/email", "email", "x"),
		"code": w.post("/area/contacts", "/area/contacts/email/code", "email", "mario@example.it",
			"code", "x"),
	} {
		assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode, name)
		wellFormed(t, name, a.body)
		assert.Contains(t, a.body, "<title>Da correggere: ", name)
		assert.Contains(t, a.body, `id="mistakes" tabindex="-1" autofocus>`, name)
		assert.Contains(t, a.body, `<a href="#`+name+`">`, name)
		assert.Contains(t, a.body, ` novalidate>`, name)
	}
}

// The pages of the contacts keep in another language what was typed, and no message is sent again.
func TestLanguageKeepsContacts(t *testing.T) {
	w := newWorld(t)
	w.login("mario")
	w.confirm()
	a := w.post("/area/contacts", "/area/contacts/phone", "number", "333 1234567")
	require.Equal(t, http.StatusOK, a.StatusCode, a.text)
	sent := len(w.phone.Messages())
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(a.body)[1]
	per := perField.FindStringSubmatch(a.body)[1]
	a = w.send("/area/contacts/phone/code?lang=de", "for", per, "id", id, "number", "333 1234567",
		"code", "12")
	require.Equal(t, http.StatusOK, a.StatusCode)
	wellFormed(t, "code", a.body)
	assert.Contains(t, a.body, `<html lang="de">`)
	assert.Contains(t, a.body, `value="12"`)
	assert.Contains(t, a.body, id)
	assert.Len(t, w.phone.Messages(), sent)
	a = w.send("/area/contacts/email/code?lang=sl", "for", per, "email", "a@example.it", "code", "AB")
	assert.Contains(t, a.body, `value="AB"`)
	a = w.send("/area/contacts/phone/code?lang=it", "for", per, "id", "x")
	assert.Equal(t, http.StatusGone, a.StatusCode)
}
