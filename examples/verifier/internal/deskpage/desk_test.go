package deskpage

import (
	"bytes"
	"context"
	"html"
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
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
	"github.com/qr-invalidita/attesta/verifier/page/web"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

const (
	cookie = "a browser"
	host   = "127.0.0.1:8090"
	origin = "http://" + host
)

// office is a desk that a test asks as a browser would.
type office struct {
	t       *testing.T
	issuer  issuertest.Issuer
	desk    *Desk
	handler http.Handler
	// jar has the cookies of the pages.
	jar map[string]*http.Cookie
}

func newOffice(t *testing.T, change func(*servicetest.Body, *Desk)) *office {
	t.Helper()
	d := &Desk{Title: "Banco", Catalogue: benefit.Default(), Operators: operators(t, "http://127.0.0.1:1")}
	i := issuertest.New(t, func(b *servicetest.Body) {
		if change != nil {
			change(b, d)
		}
	})
	d.Client = i.Client
	handler, err := d.Handler(Door{Origin: origin})
	require.NoError(t, err)
	return &office{t: t, issuer: i, desk: d, handler: handler, jar: map[string]*http.Cookie{}}
}

// logIn does what the end of a login at the identity provider does.
func (d *office) logIn() {
	token := &oauth2.Token{
		AccessToken: servicetest.Bearer,
		TokenType:   "Bearer",
		Expiry:      time.Now().Add(time.Hour),
	}
	d.desk.Operators.sessions[digestOf(cookie)] = session{token, token.Expiry}
}

func (d *office) ask(r *http.Request) (int, string) {
	d.t.Helper()
	r.Host = host
	r.AddCookie(&http.Cookie{Name: operatorCookie, Value: cookie})
	for _, c := range d.jar {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		d.jar[c.Name] = c
	}
	// where a form leads, as browsers do, but not to the login
	to := w.Header().Get("Location")
	if w.Code == http.StatusSeeOther && !strings.HasPrefix(to, "/operator") {
		return d.get(to)
	}
	if w.Code == http.StatusOK {
		assert.Equal(d.t, "no-store", w.Header().Get("Cache-Control"))
	}
	assert.NotContains(
		d.t,
		w.Body.String(),
		issuertest.Persona(d.t, "mario").CF.Reveal(),
		"nothing of the person is in clear in a page",
	)
	return w.Code, strings.ReplaceAll(w.Body.String(), "&#39;", "'")
}

func (d *office) get(path string) (int, string) {
	d.t.Helper()
	return d.ask(httptest.NewRequest(http.MethodGet, path, nil))
}

func (d *office) post(path string, pairs ...string) (int, string) {
	d.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.ask(r)
}

// photo sends the form with a file, as a browser without scripts does.
func (d *office) photo(cf string, file []byte) (int, string) {
	d.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	require.NoError(d.t, form.WriteField("qr", ""))
	require.NoError(d.t, form.WriteField("cf", cf))
	part, err := form.CreateFormFile("photo", "a.png")
	require.NoError(d.t, err)
	part.Write(file)
	require.NoError(d.t, form.Close())
	r := httptest.NewRequest(http.MethodPost, "/", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return d.ask(r)
}

func hidden(t *testing.T, page, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	require.NotNil(t, m, "%s in %s", name, page)
	return html.UnescapeString(m[1])
}

func headline(code api.Code) string { return answer.For(status.Italian, code).Headline }

func TestFirstLevel(t *testing.T) {
	d := newOffice(t, nil)
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
		{
			"confirmed",
			paper,
			mario,
			"",
			http.StatusOK,
			answer.ForVerdict(status.Italian, api.Confirmed).Headline,
		},
		{"space around", " " + paper + "\n", " " + strings.ToLower(mario) + " ", "", http.StatusOK,
			"answer-yes"},
		{
			"somebody else",
			paper,
			issuertest.Persona(t, "carlo").CF.Reveal(),
			"",
			http.StatusOK,
			headline(api.CodeCFMismatch),
		},
		{"another QR", "https://example.org/menu", mario, "", http.StatusOK, headline(api.CodeNotOurs)},
		{"torn", jws[:len(jws)-5], mario, "", http.StatusOK, headline(api.CodeShape)},
		{"torn digits", paper[:len(paper)-5], mario, "", http.StatusOK, headline(api.CodeNotOurs)},
		{"forged", jws[:len(jws)-6] + "AAAAAA", mario, "", http.StatusOK, headline(api.CodeSignature)},
		{"a benefit", paper, mario, first, http.StatusOK,
			benefit.Default().All()[0].Title.In(status.Italian)},
		{"no QR", "", mario, "", http.StatusUnprocessableEntity, "Manca il QR"},
		{"no CF", paper, "", "", http.StatusUnprocessableEntity, "Servono 16 caratteri"},
		{"mistyped CF", paper, mario[:15] + "X", "", http.StatusUnprocessableEntity,
			"L'ultima lettera non torna"},
		{
			"kept elsewhere",
			d.issuer.Paper(t, "rosa"),
			issuertest.Persona(t, "rosa").CF.Reveal(),
			"",
			http.StatusOK,
			headline(api.CodeClassNotHeld),
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d.t = t
			code, page := d.post("/", "qr", test.qr, "cf", test.cf, "benefit", test.benefit)
			assert.Equal(t, test.code, code)
			assert.Contains(t, page, test.want)
			if code != http.StatusOK {
				assert.Contains(t, page, strings.TrimSpace(test.qr), "what was typed is still there")
			}
		})
	}
	d.t = t
	d.issuer.Void(t, issuertest.Persona(t, "mario").CF)
	_, page := d.post("/", "qr", paper, "cf", mario)
	assert.Contains(t, page, headline(api.CodeVoid), "the same form, sent again later")

	_, page = d.get("/shift")
	assert.NotContains(t, page, mario)
	assert.Contains(t, page, headline(api.CodeVoid))
	assert.Equal(t, 11, strings.Count(page, "<tr>"), "ten checks and the head")
	_, page = d.post("/shift/clear")
	assert.Contains(t, page, "Ancora nessun controllo")
}

func TestPhoto(t *testing.T) {
	d := newOffice(t, nil)
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
	assert.Contains(t, page, headline(api.CodeNotOurs))
	code, page = d.photo(mario, picture.Bytes()[:50])
	assert.Equal(t, http.StatusUnprocessableEntity, code)
	assert.Contains(t, page, "In questa foto non si legge un QR")
	assert.NotContains(t, page, mario)
	_, page = d.post("/", "qr", d.issuer.Paper(t, "mario"), "inquiry", hidden(t, page, "inquiry"), "cf", "")
	assert.Contains(t, page, "answer-yes", "the codice fiscale that was typed is not asked for again")
	_, page = d.photo(mario, make([]byte, scan.MaxBytes+100<<10))
	assert.Contains(t, page, "Il file è troppo grande")
}

// If the issuer cannot be asked, the answer is never a yes and never a no.
func TestCannotTell(t *testing.T) {
	d := newOffice(t, nil)
	mario, paper := issuertest.Persona(t, "mario").CF.Reveal(), d.issuer.Paper(t, "mario")
	d.issuer.Server.Close()
	_, page := d.post("/", "qr", paper, "cf", mario)
	assert.Contains(t, page, headline(api.CodeUnavailable))
	assert.Contains(t, page, "answer-unknown")
	d.desk.Client.Now = func() time.Time { return d.issuer.Clock.Now().Add(-time.Hour) }
	_, page = d.post("/", "qr", paper, "cf", mario)
	assert.Contains(t, page, headline(api.CodeNotYetValid), "the clock of the desk is an hour slow")
	assert.NotContains(t, page, "answer-yes")
}

// A document of another issuer is named as one.
func TestForeign(t *testing.T) {
	d := newOffice(t, nil)
	mario := issuertest.Persona(t, "mario").CF
	_, page := d.post("/", "qr", servicetest.Forged(t, mario), "cf", mario.Reveal())
	assert.Contains(t, page, "Documento di un altro ente")
	name := strings.TrimPrefix(servicetest.Name, "https://")
	assert.Contains(t, page, "Questo non è un documento di "+name)
	assert.Contains(t, page, "answer-unknown")
}

// A record that does not decide and a code that has changed are explained with what to do; they are
// neither yes nor no.
func TestOpen(t *testing.T) {
	carlo := issuertest.Persona(t, "carlo").CF
	replaced := false
	d := newOffice(t, func(i *servicetest.Body, _ *Desk) {
		i.Config.Codes = func(context.Context, codicefiscale.Code) ([]codicefiscale.Code, bool, error) {
			return nil, replaced, nil
		}
		i.Config.Source = status.Static{
			Records: map[codicefiscale.Code]status.Record{carlo: {Birth: 19800101, Verbali: []status.Verbale{
				{ID: "1", Kind: status.KindApplication, Domain: status.Law104, Decision: 20251110,
					Effect: 20251110}}}},
		}
	})
	for _, code := range []api.Code{api.CodeUndecided, api.CodeReplaced} {
		replaced = code == api.CodeReplaced
		_, page := d.post("/", "qr", d.issuer.Paper(t, "carlo"), "cf", carlo.Reveal())
		assert.Contains(t, page, headline(code))
		assert.Contains(t, page, answer.For(status.Italian, code).Next)
		assert.Contains(t, page, "answer-unknown")
		assert.NotContains(t, page, "answer-no")
	}
}

func TestOffline(t *testing.T) {
	d := newOffice(t, func(_ *servicetest.Body, p *Desk) { p.Offline = true })
	d.issuer.Server.Close()
	_, page := d.get("/")
	assert.Contains(t, page, "Senza rete")
	code, page := d.post("/", "qr", d.issuer.Paper(t, "mario"), "cf", "")
	assert.Equal(t, http.StatusOK, code)
	assert.Contains(t, page, answer.StatusNotChecked(status.Italian).Headline)
	assert.Contains(t, page, "answer-unknown")
	assert.NotContains(t, page, "answer-yes")
	assert.NotContains(t, page, "/second")
}

func TestSecondLevel(t *testing.T) {
	d := newOffice(t, nil)
	mario, paper := issuertest.Persona(t, "mario").CF.Reveal(), d.issuer.Paper(t, "mario")
	_, page := d.post("/", "qr", paper, "cf", mario, "tab", "AAAAAAAA")
	code, _ := d.post("/second", "inquiry", hidden(t, page, "inquiry"))
	assert.Equal(t, http.StatusSeeOther, code, "first to the login")
	const back = "/second?tab=AAAAAAAA"
	_, page = d.get("/operator?back=" + back)
	assert.Contains(t, page, `action="/operator"`)
	assert.Equal(t, back, hidden(t, page, "back"))
	d.logIn()
	_, page = d.get(back)
	for _, domain := range status.Domains() {
		assert.Contains(t, page, `value="`+string(domain)+`"`)
	}
	ask := []string{
		"inquiry",
		hidden(t, page, "inquiry"),
		"organisation",
		"MUSEO 0612345",
		"purpose",
		"other",
		"kind",
		"detail",
		"locale",
		"it",
		"channel",
		"sms",
	}
	code, page = d.post("/code", ask...)
	assert.Equal(t, http.StatusUnprocessableEntity, code)
	assert.Contains(t, page, "Questo nome non può stare nel messaggio")
	assert.Empty(t, d.issuer.Messages.Messages())
	ask[3] = "MUSEO CIVICO"
	code, page = d.post("/code", ask...)
	require.Equal(t, http.StatusOK, code)
	require.Len(t, d.issuer.Messages.Messages(), 1, page)
	message := d.issuer.Messages.Last()
	assert.NotContains(t, page, message.Code.Reveal())
	assert.Contains(t, page, "•• ••01")
	_, again := d.post("/code", ask...)
	assert.Contains(t, again, message.Comparison, "the form sent twice is one request")
	assert.Len(t, d.issuer.Messages.Messages(), 1)

	tell := func(typed string) (int, string) {
		return d.post("/code/answer", "inquiry", hidden(t, page, "inquiry"), "code", typed)
	}
	_, page = tell("12")
	assert.Contains(t, page, answer.ForProblem(status.Italian, "malformed_code").Headline)
	wrong := "000000"
	if message.Code.Reveal() == wrong {
		wrong = "000001"
	}
	_, page = tell(wrong)
	assert.Contains(t, page, answer.ForProblem(status.Italian, "wrong_code").Headline)
	assert.Contains(t, page, "Tentativi rimasti: 4.")

	d.issuer.Clock.Advance(2 * time.Minute)
	_, page = d.post("/code/resend", "inquiry", hidden(t, page, "inquiry"))
	assert.Contains(t, page, "è stato mandato di nuovo")
	assert.Equal(t, message.Code.Reveal(), d.issuer.Messages.Last().Code.Reveal())

	spaced := message.Code.Reveal()[:3] + " " + message.Code.Reveal()[3:]
	_, page = tell(spaced)
	assert.Contains(t, page, "answer-yes")
	assert.Contains(t, page, "74 %")
	assert.Contains(t, page, "per il modulo ISEE (DSU, quadro FC7)")
	assert.Contains(t, page, "15 marzo 2021")
	assert.Contains(t, page, "MUSEO CIVICO")
	require.Len(t, d.issuer.Accesses.Records(), 1)

	receipt := hidden(t, page, "receipt")
	code, file := d.post("/receipt", "receipt", receipt)
	assert.Equal(t, http.StatusOK, code)
	assert.Equal(t, receipt, file)
	code, _ = d.post("/receipt", "receipt", receipt[:len(receipt)-6]+"AAAAAA")
	assert.Equal(t, http.StatusBadRequest, code)

	d.post("/auth/logout")
	code, _ = d.post("/code", ask...)
	assert.Equal(t, http.StatusSeeOther, code, "to the login again")
	assert.Len(t, d.issuer.Messages.Messages(), 2, "the resend was the last one")
}

func TestPagesInAllLanguages(t *testing.T) {
	d := newOffice(t, nil)
	d.logIn()
	mario, paper := issuertest.Persona(t, "mario").CF.Reveal(), d.issuer.Paper(t, "mario")
	for _, lang := range web.Languages() {
		_, result := d.post("/?lang="+lang, "qr", paper, "cf", mario)
		for _, ask := range [][]string{{"/", "qr", "", "cf", ""},
			{"/second", "inquiry", hidden(t, result, "inquiry")}} {
			_, page := d.post(ask[0]+"?lang="+lang, ask[1:]...)
			assert.Contains(t, page, `<html lang="`+lang+`">`)
		}
		for _, path := range []string{"/", "/shift", "/operator", "/none"} {
			_, page := d.get(path + "?lang=" + lang)
			assert.Contains(t, page, "</html>")
		}
	}
}
