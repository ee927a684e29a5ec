package citizen_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/internal/race"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

func logger(b *bytes.Buffer) *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

func guides() []string {
	return []string{"/guide/citizen", "/guide/phone", "/guide/computer", "/guide/guardian", "/guide/operator"}
}
func open() []string {
	return append(guides(), "/", "/benefits")
}
func area() []string {
	return []string{"/area", "/area/qr", "/area/qr/lost", "/area/qr/lost/done", "/area/contacts",
		"/area/contacts?qr", "/area/accesses", "/area/acting", "/area/delegates", "/area/benefits"}
}

// TestEveryPage renders every page in every language for every persona.
func TestEveryPage(t *testing.T) {
	w := newWorld(t)
	look := func(name, path string, langs ...string) {
		for _, lang := range langs {
			mark := "?"
			if strings.Contains(path, "?") {
				mark = "&"
			}
			a := w.get(path + mark + "lang=" + lang)
			require.Equal(t, http.StatusOK, a.StatusCode, "%s %s %s", name, path, lang)
			assert.Contains(t, a.body, `<html lang="`+lang+`">`)
			assert.Equal(t, "no-store", a.Header.Get("Cache-Control"))
			wellFormed(t, name+" "+path+" "+lang, a.body)
			anonymous(t, name+" "+path+" "+lang, a.body)
		}
	}
	for _, path := range open() {
		look("nobody", path, web.Languages()...)
	}
	for _, p := range demo.Personas() {
		w.login(p.ID)
		if p.Registered() {
			w.confirm()
		}
		langs := []string{p.Lang}
		if p.ID == "mario" || p.ID == "luca" || p.ID == "emma" { // with a status, with wards, with nothing
			langs = web.Languages()
		}
		if race.Enabled { // one language shows what runs beside what
			langs = langs[:1]
		}
		for _, path := range area() {
			look(p.ID, path, langs...)
		}
	}
	assert.Empty(t, w.log.String(), "no fault")
}

func TestLogin(t *testing.T) {
	w := newWorld(t)
	for _, path := range area() {
		path, _, _ = strings.Cut(path, "?")
		a := w.get(path)
		assert.Equal(t, http.StatusSeeOther, a.StatusCode)
		assert.Equal(t, "/login?return="+strings.ReplaceAll(path, "/", "%2F"), a.Header.Get("Location"))
	}
	a := w.send("/area/qr", "for", "x")
	assert.Equal(t, "/login?return=%2Farea", a.Header.Get("Location"),
		"a form has no address to come back to")
	w.login("mario")
	w.who.Level = 1
	for _, a := range []answer{w.get("/area"), w.send("/area/qr/lost", "for", "x")} {
		assert.Equal(t, http.StatusForbidden, a.StatusCode)
		assert.Contains(t, a.body, "livello 2")
		assert.NotContains(t, a.body, "74")
	}
	cut, err := w.Registry.VoidBefore(t.Context(), w.who.Person)
	require.NoError(t, err)
	assert.True(t, cut.IsZero())
}

// Each persona sees the case that they were invented for.
func TestStanding(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		id        string
		want, not []string
	}{
		{"mario", []string{"C'è un riconoscimento in vigore",
			"Invalido civile con giudizio pari o superiore al 34%", "74 %", "15 marzo 2021",
			"si legge: confermato", "Il verbale non ha annotazioni", "Prima istanza", "IC/2021/0101"},
			[]string{"Cecità"}},
		{"helene", []string{"in attesa di revisione", "conserva tutti i diritti", "30 giugno 2024", "67 %",
			"art. 381", "Annotazioni per parcheggio"}, nil},
		{"anna", []string{"Titolare di indennità di accompagnamento", "Aggravamento", "20 settembre 2022",
			"11 giugno 2015"}, nil},
		{"marco", []string{"C'è un riconoscimento in vigore", "non è in una delle sei categorie",
			"Sordocieco"}, []string{"si legge: confermato"}},
		{"rosa", []string{"Il suo verbale non è in questo archivio", "Porti con sé anche il verbale"},
			[]string{"Non c'è niente"}},
		{"emma", []string{"Non c'è niente in questo archivio", "Questo non è un no"},
			[]string{"Scarica il QR", "I giudizi"}},
		{"silvia", []string{"C'è un riconoscimento in vigore", "Sospensione del pagamento",
			"si legge: confermato"}, []string{"nessun riconoscimento"}},
		{"paolo", []string{"3 febbraio 2026, ore 11:00"}, nil},
		{"luca", []string{"Non c'è niente in questo archivio", "Per chi vuole agire?", "Giulia Bianchi",
			"Anna Neri"}, nil},
	}
	for _, test := range tests {
		t.Run(test.id, func(t *testing.T) {
			w.login(test.id)
			body := w.get("/area").text
			for _, want := range test.want {
				assert.Contains(t, body, want)
			}
			for _, not := range test.not {
				assert.NotContains(t, body, not)
			}
		})
	}
}

func TestStart(t *testing.T) {
	w := newWorld(t)
	assert.Contains(t, w.get("/").body, `href="/login?return=%2Farea"`)
	w.login("mario")
	body := w.get("/").body
	assert.Contains(t, body, `href="/area"`)
	assert.Contains(t, body, `href="/q"`)
	assert.Equal(t, http.StatusNotFound, w.get("/nessuna").StatusCode)
}

// After an internal error the page explains it, and the log holds no personal data.
func TestFault(t *testing.T) {
	w := newWorld(t)
	w.login("mario")
	w.confirm()
	per := w.per("/area/qr")
	w.Registry.Close()
	for _, a := range []answer{w.get("/area"), w.get("/area/qr"),
		w.send("/area/qr", "for", per, "format", "pdf")} {
		assert.Equal(t, http.StatusServiceUnavailable, a.StatusCode)
		assert.Contains(t, a.body, "Non ha sbagliato niente")
		wellFormed(t, "fault", a.body)
	}
	assert.Equal(t, 3, strings.Count(w.log.String(), "page failed"))
	anonymous(t, "log", w.log.String())
}

func TestForms(t *testing.T) {
	w := newWorld(t)
	w.login("mario")
	for _, path := range []string{"/area/qr", "/area/qr/lost", "/area/contacts/confirm",
		"/area/contacts/phone", "/area/accesses/proof", "/area/acting"} {
		a := w.send(path, "for", "somebody else's")
		assert.Equal(t, http.StatusConflict, a.StatusCode, path)
		a = w.send(path, "for", w.per("/area/contacts"), "x", strings.Repeat("x", 8<<10))
		assert.Equal(t, http.StatusBadRequest, a.StatusCode, path)
		wellFormed(t, path, a.body)
	}
	for _, path := range []string{"/area/contacts/phone/code", "/area/contacts/email",
		"/area/accesses/proof"} {
		assert.Equal(t, http.StatusSeeOther, w.get(path).StatusCode, "%s from the history", path)
	}
	w.login("emma")
	a := w.post("/area/qr/lost", "/area/contacts/phone/remove", "answer", "yes")
	assert.Equal(t, http.StatusNotFound, a.StatusCode, "who is not known has no contacts")
}

var stepKey = regexp.MustCompile(`^guide\.[a-z]+-`)

// Each code on a page has a text, and each text is used.
func TestTexts(t *testing.T) {
	texts := citizen.Texts()
	for _, kind := range status.Kinds() {
		_, ok := texts.Say("it", "area.kind."+string(kind))
		assert.True(t, ok, kind)
	}
	var sources strings.Builder
	for _, pattern := range []string{"*.go", "pages/*.gohtml"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range files {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			sources.Write(text)
		}
	}
	for _, key := range texts.Keys() {
		if strings.HasPrefix(key, "area.kind.") || stepKey.MatchString(key) {
			continue
		}
		stem := key[:strings.LastIndexByte(key, '.')+1]
		assert.True(t, strings.Contains(sources.String(), `"`+key+`"`) || strings.Count(stem, ".") > 1 &&
			strings.Contains(sources.String(), `"`+stem), "%s is never said", key)
	}
}
