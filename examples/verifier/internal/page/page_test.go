package page

import (
	"bytes"
	"context"
	"crypto/sha256"
	"html"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/qr-invalidita/attesta/examples/internal/issuertest"
	"github.com/qr-invalidita/attesta/examples/internal/web"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
)

const cookie = "a browser"

// desk is the page, asked as a browser would.
type desk struct {
	t       *testing.T
	issuer  *issuertest.Issuer
	pages   *Pages
	handler http.Handler
}

func newDesk(t *testing.T, change func(*issuertest.Issuer, *Pages)) *desk {
	t.Helper()
	i := issuertest.New(t)
	own, err := Texts()
	require.NoError(t, err)
	p := &Pages{Texts: own, Catalogue: benefit.Default(), Operators: &Operators{}, Shift: &Shift{}}
	if change != nil {
		change(i, p)
	}
	i.Serve(t)
	p.Client = i.Client(t)
	p.Client.Authorize = p.Operators.Authorize
	p.Site, err = web.New(web.Config{Name: "Banco", Pages: []fs.FS{Templates()}, Texts: []web.Texts{own}, Assets: []fs.FS{Assets()}, Nav: p.Nav, WebAssembly: true})
	require.NoError(t, err)
	mux := http.NewServeMux()
	p.Register(mux)
	return &desk{t, i, p, p.Site.Secure(mux)}
}

// logIn is what the end of a login at the identity provider does.
func (d *desk) logIn() {
	token := &oauth2.Token{AccessToken: issuertest.Bearer, TokenType: "Bearer", Expiry: time.Now().Add(time.Hour)}
	d.pages.Operators.sessions = map[[32]byte]*operator{sha256.Sum256([]byte(cookie)): {token: token, until: token.Expiry, stop: func() {}}}
}

func (d *desk) ask(r *http.Request) (int, string) {
	d.t.Helper()
	r.AddCookie(&http.Cookie{Name: operatorCookie, Value: cookie})
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	if w.Code == http.StatusOK {
		assert.Equal(d.t, "no-store", w.Header().Get("Cache-Control"))
	}
	return w.Code, strings.ReplaceAll(w.Body.String(), "&#39;", "'")
}

func (d *desk) get(path string) (int, string) {
	d.t.Helper()
	return d.ask(httptest.NewRequest(http.MethodGet, path, nil))
}

func (d *desk) post(path string, pairs ...string) (int, string) {
	d.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.ask(r)
}

// photo sends the form as a browser without scripts does, with a file.
func (d *desk) photo(cf string, file []byte) (int, string) {
	d.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	require.NoError(d.t, form.WriteField("qr", ""))
	require.NoError(d.t, form.WriteField("cf", cf))
	part, err := form.CreateFormFile("photo", "a.png")
	require.NoError(d.t, err)
	part.Write(file)
	require.NoError(d.t, form.Close())
	r := httptest.NewRequest(http.MethodPost, "/check", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return d.ask(r)
}

func hidden(t *testing.T, page, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	require.NotNil(t, m, "%s in %s", name, page)
	return html.UnescapeString(m[1])
}

func headline(code verifier.Code) string { return words.For(status.Italian, code).Headline }

func TestFirstLevel(t *testing.T) {
	d := newDesk(t, nil)
	mario := issuertest.Persona(t, "mario").CF.Reveal()
	paper := d.issuer.Paper(t, "mario")
	jws, err := token.FromQRText(paper)
	require.NoError(t, err)
	first := benefit.Default().All()[0].ID
	tests := []struct {
		name, qr, cf, benefit string
		code                  int
		want                  string
	}{
		{"confirmed", paper, mario, "", http.StatusOK, words.ForVerdict(status.Italian, verifier.Confirmed).Headline},
		{"space around", " " + paper + "\n", " " + strings.ToLower(mario) + " ", "", http.StatusOK, "answer-yes"},
		{"somebody else", paper, issuertest.Persona(t, "carlo").CF.Reveal(), "", http.StatusOK, headline(verifier.CFMismatch)},
		{"another QR", "https://example.org/menu", mario, "", http.StatusOK, headline(verifier.NotOurs)},
		{"torn", jws[:len(jws)-5], mario, "", http.StatusOK, headline(verifier.Shape)},
		{"torn digits", paper[:len(paper)-5], mario, "", http.StatusOK, headline(verifier.NotOurs)},
		{"forged", jws[:len(jws)-6] + "AAAAAA", mario, "", http.StatusOK, headline(verifier.Signature)},
		{"a benefit", paper, mario, first, http.StatusOK, benefit.Default().All()[0].Title.In(status.Italian)},
		{"no QR", "", mario, "", http.StatusUnprocessableEntity, "Manca il QR"},
		{"no CF", paper, "", "", http.StatusUnprocessableEntity, "Servono 16 caratteri"},
		{"mistyped CF", paper, mario[:15] + "X", "", http.StatusUnprocessableEntity, "L'ultima lettera non torna"},
		{"kept elsewhere", d.issuer.Paper(t, "rosa"), issuertest.Persona(t, "rosa").CF.Reveal(), "", http.StatusOK, headline(verifier.ClassNotHeld)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d.t = t
			code, page := d.post("/check", "qr", test.qr, "cf", test.cf, "benefit", test.benefit)
			assert.Equal(t, test.code, code)
			assert.Contains(t, page, test.want)
			if code != http.StatusOK {
				assert.Contains(t, page, strings.TrimSpace(test.qr), "what was typed is still there")
			}
		})
	}
	d.t = t
	d.issuer.Void(issuertest.Persona(t, "mario").CF)
	_, page := d.post("/check", "qr", paper, "cf", mario)
	assert.Contains(t, page, headline(verifier.Void), "the same form, sent again later")

	_, page = d.get("/shift")
	assert.NotContains(t, page, mario)
	assert.Contains(t, page, headline(verifier.Void))
	assert.Equal(t, 11, strings.Count(page, "<tr>"), "ten checks and the head")
	code, _ := d.post("/shift/clear")
	assert.Equal(t, http.StatusSeeOther, code)
	_, page = d.get("/shift")
	assert.Contains(t, page, "Ancora nessun controllo")
}

func TestPhoto(t *testing.T) {
	d := newDesk(t, nil)
	mario := issuertest.Persona(t, "mario").CF.Reveal()
	symbol, err := new(qrpdf.Encoder).Encode(d.issuer.Paper(t, "mario"))
	require.NoError(t, err)
	var picture bytes.Buffer
	require.NoError(t, qrpdf.PNG{}.Write(&picture, symbol))
	code, page := d.photo(mario, picture.Bytes())
	assert.Equal(t, http.StatusOK, code)
	assert.Contains(t, page, "answer-yes")

	code, page = d.photo(mario, []byte("no picture at all, but text"))
	assert.Equal(t, http.StatusOK, code, "a file of text is a text")
	assert.Contains(t, page, headline(verifier.NotOurs))
	code, page = d.photo(mario, picture.Bytes()[:50])
	assert.Equal(t, http.StatusUnprocessableEntity, code)
	assert.Contains(t, page, "In questa foto non si legge un QR")
	assert.Contains(t, page, mario, "what was typed is still there")
	code, _ = d.photo(mario, make([]byte, maxPhoto+100<<10))
	assert.Equal(t, http.StatusRequestEntityTooLarge, code)
}

// Whatever is wrong with the way to the issuer, the answer is never a yes and never a no.
func TestCannotTell(t *testing.T) {
	d := newDesk(t, nil)
	mario, paper := issuertest.Persona(t, "mario").CF.Reveal(), d.issuer.Paper(t, "mario")
	d.issuer.Server.Close()
	_, page := d.post("/check", "qr", paper, "cf", mario)
	assert.Contains(t, page, headline(verifier.Unavailable))
	assert.Contains(t, page, "answer-unknown")
	d.pages.Client.Now = func() time.Time { return d.issuer.Clock.Now().Add(-time.Hour) }
	_, page = d.post("/check", "qr", paper, "cf", mario)
	assert.Contains(t, page, headline(verifier.NotYetValid), "the clock of the desk is an hour slow")
	assert.NotContains(t, page, "answer-yes")
}

// What does not decide, and a code that has changed, are told in words with what to do, and are neither yes
// nor no.
func TestOpen(t *testing.T) {
	carlo := issuertest.Persona(t, "carlo").CF
	replaced := false
	d := newDesk(t, func(i *issuertest.Issuer, _ *Pages) {
		i.Service.Codes = func(context.Context, codicefiscale.Code) ([]codicefiscale.Code, bool, error) {
			return nil, replaced, nil
		}
		i.Service.Source = status.Static{Records: map[codicefiscale.Code]status.Record{carlo: {Birth: 19800101, Verbali: []status.Verbale{
			{ID: "1", Kind: status.KindApplication, Domain: status.Law104, Decision: 20251110, Effect: 20251110}}}}}
	})
	for _, code := range []verifier.Code{verifier.Undecided, verifier.Replaced} {
		replaced = code == verifier.Replaced
		_, page := d.post("/check", "qr", d.issuer.Paper(t, "carlo"), "cf", carlo.Reveal())
		assert.Contains(t, page, headline(code))
		assert.Contains(t, page, words.For(status.Italian, code).Next)
		assert.Contains(t, page, "answer-unknown")
		assert.NotContains(t, page, "answer-no")
	}
}

func TestOffline(t *testing.T) {
	d := newDesk(t, func(_ *issuertest.Issuer, p *Pages) { p.Offline = true })
	d.issuer.Server.Close()
	_, page := d.get("/")
	assert.Contains(t, page, "Senza rete")
	code, page := d.post("/check", "qr", d.issuer.Paper(t, "mario"), "cf", "")
	assert.Equal(t, http.StatusOK, code)
	assert.Contains(t, page, words.StatusNotChecked(status.Italian).Headline)
	assert.Contains(t, page, "answer-unknown")
	assert.NotContains(t, page, "answer-yes")
	assert.NotContains(t, page, "/second")
}

func TestSecondLevel(t *testing.T) {
	d := newDesk(t, nil)
	mario, paper := issuertest.Persona(t, "mario").CF.Reveal(), d.issuer.Paper(t, "mario")
	_, page := d.post("/check", "qr", paper, "cf", mario)
	qr, cf := hidden(t, page, "qr"), hidden(t, page, "cf")
	_, page = d.post("/second", "qr", qr, "cf", cf, "benefit", "")
	assert.Contains(t, page, "Prima entri come operatore")
	for _, domain := range status.Domains() {
		assert.Contains(t, page, `value="domain:`+string(domain)+`"`)
	}
	key := hidden(t, page, "key")
	ask := []string{"qr", qr, "cf", cf, "key", key, "organisation", "MUSEO CIVICO", "purpose", "museum", "scope", "detail", "locale", "it"}
	code, _ := d.post("/second/code", ask...)
	assert.Equal(t, http.StatusUnauthorized, code)
	assert.Empty(t, d.issuer.Sent.Messages())

	d.logIn()
	ask[7] = "MUSEO 24"
	code, page = d.post("/second/code", ask...)
	assert.Equal(t, http.StatusUnprocessableEntity, code)
	assert.Contains(t, page, "Questo nome non va bene")
	ask[7] = "MUSEO CIVICO"
	code, page = d.post("/second/code", ask...)
	require.Equal(t, http.StatusOK, code)
	require.Len(t, d.issuer.Sent.Messages(), 1, page)
	message := d.issuer.Sent.Last()
	assert.NotContains(t, page, message.Code.Reveal())
	assert.Contains(t, page, "•• ••01")
	_, again := d.post("/second/code", ask...)
	assert.Equal(t, hidden(t, page, "challenge"), hidden(t, again, "challenge"), "the form sent twice is one request")
	assert.Len(t, d.issuer.Sent.Messages(), 1)

	answer := func(typed string) (int, string) {
		return d.post("/second/answer", "qr", qr, "cf", cf, "challenge", hidden(t, page, "challenge"), "code", typed)
	}
	_, page = answer("12")
	assert.Contains(t, page, words.ForProblem(status.Italian, "malformed_code").Headline)
	wrong := "000000"
	if message.Code.Reveal() == wrong {
		wrong = "000001"
	}
	_, page = answer(wrong)
	assert.Contains(t, page, words.ForProblem(status.Italian, "wrong_code").Headline)
	assert.Contains(t, page, `<dd id="attempts">4</dd>`)

	d.issuer.Clock.Advance(2 * time.Minute)
	_, page = d.post("/second/again", "qr", qr, "cf", cf, "challenge", hidden(t, page, "challenge"))
	assert.Contains(t, page, "è stato mandato di nuovo")
	assert.Equal(t, message.Code.Reveal(), d.issuer.Sent.Last().Code.Reveal())

	spaced := message.Code.Reveal()[:3] + " " + message.Code.Reveal()[3:]
	_, page = answer(spaced)
	assert.Contains(t, page, "answer-yes")
	assert.Contains(t, page, "74 %")
	assert.Contains(t, page, "per il modulo ISEE (DSU, quadro FC7)")
	assert.Contains(t, page, "15 marzo 2021")
	require.Len(t, d.issuer.Accesses(), 1)
	receipt := hidden(t, page, "receipt")
	assert.NotContains(t, page, mario, "the answer needs the codice fiscale no more")

	_, page = d.post("/receipt", "receipt", receipt)
	assert.Contains(t, page, "MUSEO CIVICO")
	code, file := d.post("/receipt", "receipt", receipt, "save", "1")
	assert.Equal(t, http.StatusOK, code)
	assert.Equal(t, receipt+"\n", file)
	code, _ = d.post("/receipt", "receipt", receipt[:len(receipt)-6]+"AAAAAA")
	assert.Equal(t, http.StatusUnprocessableEntity, code)

	code, _ = d.post("/auth/esci")
	assert.Equal(t, http.StatusSeeOther, code)
	code, _ = d.post("/second/code", ask...)
	assert.Equal(t, http.StatusUnauthorized, code)
}

func TestPagesInAllLanguages(t *testing.T) {
	d := newDesk(t, nil)
	d.logIn()
	mario, paper := issuertest.Persona(t, "mario").CF.Reveal(), d.issuer.Paper(t, "mario")
	for _, lang := range web.Languages() {
		for _, ask := range [][]string{
			{"/check", "qr", paper, "cf", mario}, {"/check", "qr", "", "cf", ""}, {"/second", "qr", paper, "cf", mario, "benefit", benefit.Default().All()[0].ID},
		} {
			_, page := d.post(ask[0]+"?lang="+lang, ask[1:]...)
			assert.Contains(t, page, `<html lang="`+lang+`">`)
		}
		for _, path := range []string{"/", "/shift", "/none"} {
			_, page := d.get(path + "?lang=" + lang)
			assert.Contains(t, page, "</html>")
		}
	}
}

// Pages of the second level that are opened by their address, or with a form that is not theirs, lead to the start.
func TestNotTheirForm(t *testing.T) {
	d := newDesk(t, nil)
	d.logIn()
	for _, path := range []string{"/second", "/second/code", "/second/answer", "/second/again"} {
		code, _ := d.post(path)
		assert.Equal(t, http.StatusSeeOther, code, path)
		code, _ = d.post(path, "qr", "x", "cf", "RSSMRA80A01H501U", "challenge", "{")
		assert.Contains(t, []int{http.StatusSeeOther, http.StatusOK}, code, path)
		code, _ = d.get(path)
		assert.Equal(t, http.StatusSeeOther, code, path)
	}
	code, _ := d.get("/check")
	assert.Equal(t, http.StatusSeeOther, code)
}
