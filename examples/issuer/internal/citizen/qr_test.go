package citizen_test

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/mail"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// verify reads a file as a desk does and returns the claims of its token.
func (w *world) verify(file []byte, person codicefiscale.Code) token.Claims {
	w.t.Helper()
	texts, err := scan.Read(w.t.Context(), file)
	require.NoError(w.t, err)
	require.Len(w.t, texts, 1)
	assert.True(w.t, strings.HasPrefix(texts[0], opens+"#"))
	jws, err := token.FromQRText(texts[0])
	require.NoError(w.t, err)
	claims, err := token.Verify(jws, w.keys, w.clock.Now())
	require.NoError(w.t, err)
	issuer, err := w.Signer(w.t.Context())
	require.NoError(w.t, err)
	assert.NoError(w.t, issuer.Match(claims, person))
	return claims
}

func TestDownload(t *testing.T) {
	w := newWorld(t)
	klara := w.login("klara")
	w.confirm()
	per := w.per("/area/qr")
	get := func(fields ...string) answer {
		a := w.send("/area/qr", append([]string{"for", per}, fields...)...)
		require.Equal(t, http.StatusOK, a.StatusCode)
		assert.Equal(t, "no-store", a.Header.Get("Cache-Control"))
		assert.NotContains(t, a.body, klara.CF.Reveal())
		w.clock.Advance(time.Minute)
		return a
	}
	issued := map[time.Time]bool{}
	layouts := []string{"standard", "large-print", "wallet", "easy"}
	for n, lang := range []string{"it", "en", "de", "fr", "sl", "it+de", "it+fr", "it+sl", "it"} {
		a := get("format", "pdf", "layout", layouts[n%4], "language", lang)
		assert.Equal(t, "application/pdf", a.Header.Get("Content-Type"))
		assert.Equal(t, `attachment; filename="qr-invalidita-klara-2026-11-11.pdf"`,
			a.Header.Get("Content-Disposition"))
		claims := w.verify([]byte(a.body), klara.CF)
		assert.Empty(t, claims.Commitment, "by default nothing can be guessed")
		assert.Equal(t, issuerName, claims.IssuerName)
		assert.False(t, issued[claims.IssuedAt], "each one is signed afresh")
		issued[claims.IssuedAt] = true
		first, _, _ := strings.Cut(lang, "+")
		assert.Contains(t, a.body, "/Lang ("+first)
	}
	assert.NotEmpty(t, w.verify([]byte(get("format", "png", "offline", "yes").body), klara.CF).Commitment)
	a := get("format", "png")
	assert.Equal(t, "image/png", a.Header.Get("Content-Type"))
	w.verify([]byte(a.body), klara.CF)
	a = get("format", "svg", "language", "it+de")
	assert.Equal(t, "image/svg+xml", a.Header.Get("Content-Type"))
	assert.Contains(t, a.body, `xml:lang="it"`)
	a = get("format", "txt", "language", "fr")
	assert.Equal(t, "text/plain; charset=utf-8", a.Header.Get("Content-Type"))
	assert.Contains(t, a.Header.Get("Content-Disposition"), "-11.txt")
	assert.Contains(t, a.body, "Valable jusqu’au\u00a0: ")
	for cells, width := range map[string]int{"": 28, "32": 32, "40": 40, "41": 28} {
		a = get("format", "brf", "language", "it+de", "cells", cells)
		assert.Contains(t, a.Header.Get("Content-Disposition"), "-11.brf")
		lines := strings.Split(a.body, "\r\n")
		assert.Equal(t, width, len(lines[24]), "the line of the page's number is full")
	}
	plain := get("format", "nothing known", "layout", "x", "language", "x")
	assert.Equal(t, "application/pdf", plain.Header.Get("Content-Type"), "the default")
	assert.Greater(t, len(get("format", "pdf", "holder", "yes").body), len(plain.body),
		"the name takes space")

	acts, err := w.Registry.Acts(t.Context(), klara.CF)
	require.NoError(t, err)
	assert.Equal(t, "download", acts[0].What)
	assert.Contains(t, w.get("/area/accesses").text, "QR scaricato")
}

// The language of the page suggests the language of the paper; desks in Italy read Italian.
func TestSuggestedLanguage(t *testing.T) {
	w := newWorld(t)
	w.login("klara")
	w.confirm()
	for lang, want := range map[string]string{"it": "it", "de": "it+de", "fr": "it+fr", "sl": "it+sl",
		"en": "en"} {
		assert.Contains(t, w.get("/area/qr?lang="+lang).text, `<option value="`+want+`" selected>`)
	}
}

// As at INPS, the person confirms the contacts before the first file.
func TestContactsFirst(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	per := w.per("/area/contacts")
	for _, a := range []answer{w.get("/area/qr"), w.send("/area/qr", "for", per, "format", "pdf")} {
		assert.Equal(t, http.StatusSeeOther, a.StatusCode)
		assert.Equal(t, "/area/contacts?qr", a.Header.Get("Location"))
	}
	body := w.get("/area/contacts?qr").text
	assert.Contains(t, body, "Prima di scaricare il QR")
	assert.Contains(t, body, "+39\u00a0•••\u00a0•••\u00a0••01")
	w.confirm()
	assert.Equal(t, http.StatusOK, w.get("/area/qr").StatusCode)
	assert.Contains(t, w.get("/area/contacts").text, "Confermato in data 11 novembre 2026.")

	// The registry receives other contacts, so they must be confirmed again.
	w.clock.Advance(time.Hour)
	person, err := w.Registry.Person(t.Context(), mario.CF)
	require.NoError(t, err)
	person.Contacts.Verified = w.clock.Now()
	require.NoError(t, w.Registry.Put(t.Context(), person))
	assert.Equal(t, http.StatusSeeOther, w.get("/area/qr").StatusCode)

	// A number that was never proven cannot be confirmed by looking at it.
	person.Contacts.Verified = time.Time{}
	require.NoError(t, w.Registry.SetContacts(t.Context(), mario.CF,
		registry.Contacts{Phones: person.Contacts.Phones}))
	assert.Equal(t, http.StatusOK, w.get("/area/qr").StatusCode, "the older confirmation was for this number")
	silvia := w.login("silvia")
	require.NoError(t, w.Registry.SetContacts(t.Context(), silvia.CF,
		registry.Contacts{Phones: person.Contacts.Phones}))
	assert.NotContains(t, w.get("/area/contacts").text, "Il numero è giusto")
	assert.Equal(t, "/area/contacts", w.post("/area/contacts",
		"/area/contacts/confirm").Header.Get("Location"))
	assert.Equal(t, http.StatusSeeOther, w.get("/area/qr").StatusCode)

	// The first level works without a number.
	w.login("carlo")
	require.Equal(t, http.StatusSeeOther, w.remove("phone").StatusCode)
	assert.Contains(t, w.get("/area/contacts").text, "Non c'è nessun numero")
	assert.Equal(t, http.StatusOK, w.get("/area/qr").StatusCode)
}

func TestNothingToProve(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"emma", "luca"} {
		w.login(id)
		assert.Contains(t, w.get("/area/qr").text, "Questo non è un no")
		a := w.send("/area/qr", "for", w.per("/area/qr/lost"), "format", "pdf")
		assert.Contains(t, a.Header.Get("Content-Type"), "text/html")
	}
	w.login("rosa") // the verbale is kept elsewhere: the paper is useful already
	w.confirm()
	assert.Contains(t, w.get("/area/qr").text, "Porti con sé anche il verbale")
}

func TestLost(t *testing.T) {
	w := newWorld(t)
	paolo := w.login("paolo")
	w.confirm()
	per := w.per("/area/qr")
	download := func() token.Claims {
		a := w.send("/area/qr", "for", per, "format", "png")
		require.Equal(t, http.StatusOK, a.StatusCode)
		return w.verify([]byte(a.body), paolo.CF)
	}
	cutOff := func() time.Time {
		cut, err := w.Registry.VoidBefore(t.Context(), paolo.CF)
		require.NoError(t, err)
		return cut
	}
	before := download()
	assert.False(t, before.IssuedAt.Before(cutOff()), "good so far")
	assert.Contains(t, w.get("/area/qr/lost").text, "Tutti i fogli")
	assert.False(t, before.IssuedAt.Before(cutOff()), "the question alone does nothing")

	a := w.send("/area/qr/lost", "for", per)
	assert.Equal(t, http.StatusSeeOther, a.StatusCode)
	done := w.get(a.Header.Get("Location"))
	assert.Contains(t, done.body, "11 novembre 2026")
	wellFormed(t, "done", done.body)
	cut := cutOff()
	assert.True(t, before.IssuedAt.Before(cut), "also a paper of the same second")
	after := download()
	assert.False(t, after.IssuedAt.Before(cut), "a new paper of the same second is good")
	w.get(a.Header.Get("Location"))
	assert.Equal(t, cut, cutOff(), "to look at the page again does nothing")
	assert.Contains(t, w.get("/area/accesses").text, "fogli annullati")
}

func TestMail(t *testing.T) {
	w := newWorld(t)
	helene := w.login("helene")
	w.confirm()
	a := w.post("/area/qr", "/area/qr", "delivery", "mail", "format", "png", "layout", "large-print",
		"language", "it+fr", "holder", "yes")
	require.Equal(t, http.StatusOK, a.StatusCode)
	assert.Contains(t, a.text, "h•••@example.it")
	letter := w.letters.last()
	assert.Equal(t, helene.Email, letter.To)
	for _, text := range []string{letter.Subject, letter.Text} {
		anonymous(t, "letter", text)
		for _, word := range []string{"Favre", "Hélène", "QR", "disab", "invalid", "verbale"} {
			assert.NotContains(t, text, word, "read on a lock screen")
		}
	}
	assert.Contains(t, letter.Text, "lo annulli", "what to do when it is lost")
	assert.Equal(t, "qr-helene-2026-11-11.pdf", letter.Attachment.Name)
	w.verify(letter.Attachment.Data, helene.CF)

	w.letters.err = mail.ErrRefused
	a = w.post("/area/qr", "/area/qr", "delivery", "mail")
	assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode)
	assert.Contains(t, a.text, "non accetta questo indirizzo")
	w.letters.err = errors.New("no answer")
	assert.Equal(t, http.StatusServiceUnavailable,
		w.post("/area/qr", "/area/qr", "delivery", "mail").StatusCode)
	a = w.post("/area/qr", "/area/qr", "delivery", "mail")
	assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode, "the fourth in an hour")
	assert.Contains(t, a.text, "Minuti da aspettare: 20")

	w.login("mario")
	w.confirm()
	w.remove("email")
	assert.NotContains(t, w.get("/area/qr").body, `value="mail"`)
	a = w.post("/area/qr", "/area/qr", "delivery", "mail")
	assert.Contains(t, a.text, "Non c'è un indirizzo")
}

// full is a limiter whose buckets with the given name are empty.
type full string

func (f full) Take(_ context.Context, buckets []otp.Bucket) (otp.Decision, error) {
	for _, b := range buckets {
		if strings.Contains(b.Key, string(f)) {
			return otp.Decision{RetryAfter: 61 * time.Second}, nil
		}
	}
	return otp.Decision{OK: true}, nil
}

func TestOfflineLimit(t *testing.T) {
	w := newWorld(t)
	w.Limiter = full(":offline:")
	w.login("mario")
	w.confirm()
	per := w.per("/area/qr")
	assert.Equal(t, http.StatusOK, w.send("/area/qr", "for", per, "format", "svg").StatusCode)
	a := w.send("/area/qr", "for", per, "format", "svg", "offline", "yes")
	assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode)
	assert.Contains(t, a.text, "Minuti da aspettare: 2")
	assert.Regexp(t, `id="offline" value="yes" checked`, a.body, "the choice stays")
	wellFormed(t, "limit", a.body)
}

// failing is a limiter that cannot count.
type failing struct{}

func (failing) Take(context.Context, []otp.Bucket) (otp.Decision, error) {
	return otp.Decision{}, errors.New("no answer")
}

// Each kind of file has its limit, and without a count there is no file.
func TestFileLimits(t *testing.T) {
	for name, tt := range map[string]struct {
		limiter otp.Limiter
		fields  []string
		want    int
	}{
		"files": {full(":file:"), []string{"format", "svg"}, http.StatusUnprocessableEntity},
		"files by mail": {full(":file:"), []string{"delivery", "mail"},
			http.StatusUnprocessableEntity},
		"letters": {full(":letter:"), []string{"delivery", "mail"},
			http.StatusUnprocessableEntity},
		"letters, for a file":    {full(":letter:"), []string{"format", "svg"}, http.StatusOK},
		"a limiter that is down": {failing{}, []string{"format", "svg"}, http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			mario := w.login("mario")
			w.confirm()
			w.Limiter = tt.limiter
			acts := w.held(mario.CF).acts
			a := w.post("/area/qr", "/area/qr", tt.fields...)
			assert.Equal(t, tt.want, a.StatusCode)
			if tt.want != http.StatusOK {
				wellFormed(t, name, a.body)
				assert.Empty(t, w.letters.kept)
				assert.Equal(t, acts, w.held(mario.CF).acts, "what is refused is not recorded as done")
			}
		})
	}
}

// The name on the paper is the registry's; where it has none, the login's, but never the guardian's.
func TestNameOnThePaper(t *testing.T) {
	const unprintable = "\u611b" // the PDF's font lacks it
	w := newWorld(t)
	emma, giulia := w.people["emma"], w.people["giulia"]
	nameless := registry.Person{CF: emma.CF, Birth: emma.Birth, Verbali: w.people["mario"].Verbali,
		Contacts: registry.Contacts{Email: "emma@posta.example"}}
	require.NoError(t, w.Registry.Put(t.Context(), nameless))
	require.NoError(t, w.Registry.Delegate(t.Context(), registry.Delegation{Guardian: w.people["luca"].CF,
		Ward: emma.CF, Kind: registry.Guardianship}))
	require.NoError(t, w.Registry.Put(t.Context(), registry.Person{CF: giulia.CF, Given: unprintable}))
	ask := func(fields ...string) answer {
		return w.post("/area/qr", "/area/qr", append([]string{"format", "pdf"}, fields...)...)
	}
	w.login("emma")
	w.confirm()
	w.who.Name = unprintable
	assert.Equal(t, http.StatusOK, ask().StatusCode, "without the name")
	wrong, _ := citizen.Texts().Say("it", "qr.name_letters")
	for _, delivery := range []string{"", "mail"} {
		a := ask("holder", "yes", "delivery", delivery)
		assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode)
		assert.Contains(t, a.text, wrong)
		wellFormed(t, "name", a.body)
	}
	w.who.Name = " "
	assert.Equal(t, http.StatusOK, ask("holder", "yes").StatusCode, "no name anywhere")

	w.login("mario")
	w.confirm()
	w.who.Name = unprintable
	assert.Equal(t, http.StatusOK, ask("holder", "yes").StatusCode, "the registry has a name")

	w.login("luca")
	w.who.Name = unprintable
	page := w.get("/area/acting").body
	refs := choiceField.FindAllStringSubmatch(page, -1)
	require.Len(t, refs, 4, "oneself and three wards")
	for _, ref := range refs[1:] {
		w.post("/area/acting", "/area/acting", "person", ref[1])
		w.confirm()
		per := w.per("/area/qr")
		a := w.send("/area/qr", "for", per, "format", "pdf", "holder", "yes")
		want := http.StatusOK
		if strings.Contains(w.get("/area").text, "Sta agendo per "+unprintable) {
			want = http.StatusUnprocessableEntity
		}
		assert.Equal(t, want, a.StatusCode)
	}
	assert.Empty(t, w.letters.kept)
}

var choiceField = regexp.MustCompile(`name="person" id="person-\d+" value="([^"]+)"`)

// Without a key there is no paper.
func TestNoSigner(t *testing.T) {
	w := newWorld(t, func(p *citizen.Pages) {
		p.Signer = func(context.Context) (*token.Signer, error) { return nil, errors.New("no key") }
	})
	w.login("mario")
	w.confirm()
	for _, delivery := range []string{"", "mail"} {
		a := w.post("/area/qr", "/area/qr", "delivery", delivery)
		assert.Equal(t, http.StatusServiceUnavailable, a.StatusCode)
	}
	assert.Empty(t, w.letters.kept)
}

// A paper that fails for another reason than the name does not blame the name.
func TestFaultIsNotTheName(t *testing.T) {
	w := newWorld(t, func(p *citizen.Pages) { p.Document.Logo = qrpdf.Logo{Alt: "Ente", Data: []byte("x")} })
	w.login("mario")
	w.confirm()
	a := w.post("/area/qr", "/area/qr", "format", "pdf", "holder", "yes")
	assert.Equal(t, http.StatusServiceUnavailable, a.StatusCode)
}
