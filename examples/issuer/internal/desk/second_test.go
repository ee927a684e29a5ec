package desk_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/issuertest"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/page/web"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// ask goes to the second level for the persona, as Laura, who declares where she works, and has a code
// sent.
func (o *office) ask(id string, values ...string) sheet {
	o.t.Helper()
	form := o.check(id).send("/q/second").says(200, "Che cosa chiede")
	return form.send(
		"/q/code",
		append([]string{"organisation", "Comune di Prova", "kind", "detail", "purpose", "benefit"},
			values...)...)
}

// code returns the code in the last message; wrong returns another one.
func (o *office) code() string { return o.Messages.Last().Code.Reveal() }

func wrong(code string) string {
	return strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
}

func TestSecondLevel(t *testing.T) {
	o := newOffice(t, nil, nil)
	// Without a login the operator logs in and comes back to the form, which still has the inquiry.
	form := o.check("mario", "benefit", "ticket_c03").
		send("/q/second").
		says(200, "Che cosa chiede", "Manda il codice")
	assert.Equal(t, "/q/second", form.path)
	assert.Contains(t, form.body, `value="ticket_c03" selected>`)
	assert.NotContains(t, form.body, " checked", "nothing is chosen for the operator")
	assert.Regexp(t, `(?s)value="benefit".*value="domain".*value="detail"`, form.body, "the smallest first")
	o.get("/q/second"+form.query).says(200, "Manda il codice") // nothing is lost on a reload

	code := form.send("/q/code", "organisation", "Comune di Prova", "kind", "benefit", "benefit",
		"ticket_c03", "purpose", "benefit", "case", "A/12-2026").
		says(200, "Comune di Prova (come dichiarato)", "+39 ••• ••• ••01", "Esenzione dal ticket C03",
			o.Messages.Last().Comparison, "10:10", "Tentativi rimasti: 5").
		silent("RSSMRA", o.code())
	spoken := o.code()
	code.send("/answer", "code", " "+spoken[:3]+"-"+spoken[3:]+" ").
		says(200, "Confermato", "Esenzione dal ticket C03", "Comune di Prova", "A/12-2026", "secondo").
		silent("74 %", "RSSMRA", "Serve di più?")
	code.send("/answer", "code", spoken).says(http.StatusConflict, "Codice già usato", "Nuova richiesta")

	records, err := o.Access.ByPerson(t.Context(), issuertest.Persona(t, "mario").CF)
	require.NoError(t, err)
	require.Len(t, records, 1)
}

func TestDetail(t *testing.T) {
	o := newOffice(t, nil, nil)
	o.ask("mario").says(200, "Tutti i giudizi").send("/answer", "code", o.code()).
		says(200, "Confermato", "Invalidità civile", "74 %", "una volta sola", "Ricevuta",
			"per il modulo ISEE (DSU, quadro FC7)",
			"15 marzo 2021", "IC/2021/0101", "INPS, commissione medica di prova")
	o.ask("jana", "kind", "domain", "domain", "law_104").
		says(200, "Condizione di disabilità").
		send("/answer", "code", o.code()).
		says(200, "Confermato", "art. 3")
	o.check("rosa").says(200, "Decisione conservata altrove").silent("/q/second", "secondo livello")
	o.ask("mario", "kind", "domain", "domain", "school_inclusion").send("/answer", "code", o.code()).
		says(200, answer.For(status.Italian, api.CodeNoStatusHere).Headline)
}

// If the code of a paper has changed, nobody is asked for consent.
func TestReplacedAtTheSecondLevel(t *testing.T) {
	replaced := false
	o := newOffice(t, nil, func(s *service.Config) {
		s.Codes = func(context.Context, codicefiscale.Code) ([]codicefiscale.Code, bool, error) {
			return nil, replaced, nil
		}
	})
	form := o.check("mario").send("/q/second").says(200, "Che cosa chiede")
	replaced = true
	w := answer.For(status.Italian, api.CodeReplaced)
	form.send("/q/code", "organisation", "Comune di Prova", "kind", "detail", "purpose", "benefit").
		says(200, w.Headline, w.Next).silent("Non confermato", "Nuova richiesta")
	assert.Empty(t, o.Messages.Messages())
}

func TestWrongCode(t *testing.T) {
	o := newOffice(t, nil, nil)
	page := o.ask("mario")
	for left := 4; left >= 3; left-- {
		page = page.send("/answer", "code", wrong(o.code())).
			says(http.StatusUnprocessableEntity, "Codice sbagliato",
				"Tentativi rimasti: "+string(rune('0'+left)), o.Messages.Last().Comparison, "••01")
		o.Clock.Advance(time.Second)
	}
	page = page.send("/answer", "code", "12 34").
		says(http.StatusUnprocessableEntity, "Codice incompleto", "Tentativi rimasti: 3")
	page = page.send("/resend").says(http.StatusTooManyRequests, "Troppo presto", "Secondi da aspettare: 28")
	o.Clock.Advance(30 * time.Second)
	before := o.code()
	page = page.send("/resend").says(200, "Invii rimasti: 2", "tra 60 secondi", "Tentativi rimasti: 3")
	assert.Len(t, o.Messages.Messages(), 2)
	assert.Equal(t, before, o.code())
	page.send("/answer", "code", o.code()).says(200, "Confermato")
}

func TestLocked(t *testing.T) {
	o := newOffice(t, nil, nil)
	page := o.ask("mario")
	for range 4 {
		page = page.send("/answer", "code", wrong(o.code())).
			says(http.StatusUnprocessableEntity, "Codice sbagliato")
		o.Clock.Advance(time.Second)
	}
	last := page.send("/answer", "code", wrong(o.code()))
	last.says(last.status, "Tentativi finiti", "Nuova richiesta").silent("Codice che la persona")
	again := page.send("/answer", "code", o.code())
	again.says(again.status, "Tentativi finiti", "Nuova richiesta").silent("74 %")
	o.Clock.Advance(time.Minute)
	again.send("/q/second").says(200, "Che cosa chiede")
}

func TestExpired(t *testing.T) {
	o := newOffice(t, nil, nil)
	page := o.ask("mario")
	o.Clock.Advance(11 * time.Minute)
	over := page.send("/answer", "code", o.code()).says(http.StatusGone, "Codice scaduto", "Nuova richiesta")
	// The form keeps what was filled in, and sending it is a new request.
	form := over.send("/q/second").says(200, "Che cosa chiede")
	assert.Contains(t, form.body, `value="Comune di Prova"`)
	form.send("/q/code", "organisation", "Comune di Prova", "kind", "detail", "purpose", "benefit").
		says(200, "Tentativi rimasti: 5")
	assert.Len(t, o.Messages.Messages(), 2)
	o.Clock.Advance(16 * time.Minute)
	page.send("/answer", "code", o.code()).says(http.StatusBadRequest, "Ricominci da capo")
	page.send("/q/second").says(http.StatusBadRequest, "Ricominci da capo")
}

// A second click sends no second message. Going back and asking for something else starts a new
// challenge.
func TestAgain(t *testing.T) {
	o := newOffice(t, nil, nil)
	form := o.check("mario").send("/q/second")
	values := []string{"organisation", "Comune di Prova", "kind", "detail", "purpose", "benefit"}
	first := form.send("/q/code", values...).says(200, "Tentativi rimasti: 5")
	second := form.send("/q/code", values...).says(200, "Tentativi rimasti: 5")
	require.Len(t, o.Messages.Messages(), 1)
	other := form.send("/q/code", append(values, "kind", "domain", "domain", "law_104")...).
		says(200, "Tentativi rimasti: 5")
	require.Len(t, o.Messages.Messages(), 2)
	first.send("/answer", "code", o.Messages.Messages()[0].Code.Reveal()).
		says(http.StatusConflict, "C’è un codice più recente")
	second.send("/q/second").says(200, "Che cosa chiede")
	other.send("/answer", "code", o.code()).says(200)
	form.send("/q/code", append(values, "kind", "domain", "domain", "law_104")...).
		says(http.StatusConflict, "Codice già usato")
}

func TestForm(t *testing.T) {
	o := newOffice(t, nil, nil)
	for name, test := range map[string]struct {
		values []string
		want   string
	}{
		"no organisation":   {[]string{"organisation", " "}, "Scriva per chi chiede"},
		"telephone number":  {[]string{"organisation", "Studio 0612345"}, "non può stare nel messaggio"},
		"no benefit":        {[]string{"kind", "benefit", "benefit", ""}, "Scelga il beneficio"},
		"no domain":         {[]string{"kind", "domain", "domain", ""}, "Scelga l'ambito"},
		"no scope":          {[]string{"kind", ""}, "Scelga che cosa chiede"},
		"no purpose":        {[]string{"purpose", "x"}, "Scelga per che cosa le serve"},
		"case like a CF":    {[]string{"case", "RSSMRA80A01H501U"}, "Al massimo 40 lettere"},
		"case like a phone": {[]string{"case", "351 000 0101"}, "Al massimo 40 lettere"},
	} {
		t.Run(name, func(t *testing.T) {
			o.t = t
			p := o.ask("mario", test.values...)
			p.says(http.StatusUnprocessableEntity, test.want)
			assert.Contains(t, p.body, `aria-describedby=`)
		})
	}
	assert.Empty(t, o.Messages.Messages())
}

func TestVouched(t *testing.T) {
	o := newOffice(t, nil, nil)
	o.browser.Jar.SetCookies(
		must(http.NewRequest("GET", o.server.URL, nil)).URL,
		[]*http.Cookie{{Name: "operator", Value: "giorgio.Museo Civico", Path: "/"}},
	)
	form := o.check("mario").send("/q/second").says(200, "Museo Civico (lo garantisce il suo accesso)")
	form.send("/q/code", "kind", "detail", "purpose", "benefit").
		says(200, "Museo Civico").
		silent("come dichiarato")
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestNoChannel(t *testing.T) {
	contacts := func(contacts ...otp.Contact) func(*service.Config) {
		return func(s *service.Config) {
			s.Contacts = func(context.Context, codicefiscale.Code) ([]otp.Contact, error) {
				return contacts, nil
			}
		}
	}
	o := newOffice(t, nil, contacts())
	o.ask("mario").says(http.StatusConflict, "Ora il codice non può arrivare").
		silent("elenco di codici stampato")

	seed, err := otp.NewPepper(make([]byte, 32))
	require.NoError(t, err)
	list := otp.PrintedCodes{ID: "A7", Seed: seed, Count: 20}
	o = newOffice(t, nil, contacts(otp.Contact{Channel: otp.List, Codes: list}))
	o.ask("mario").says(200, "Un codice dell'elenco stampato", "dall'elenco A7")
	page := o.ask("mario", "channel", "list").says(200, "dall'elenco A7")
	number := regexp.MustCompile(`big-number">(\d+)<`).FindStringSubmatch(page.body)
	require.NotNil(t, number)
	n := 0
	for _, d := range number[1] {
		n = n*10 + int(d-'0')
	}
	code, ok := list.Code(n, otp.ExtentEverything)
	require.True(t, ok)
	page.send("/answer", "code", code.Reveal()).says(200, "Confermato", "74 %")
}

func TestNotSent(t *testing.T) {
	o := newOffice(t, nil, nil)
	o.Messages.Fail = []error{&otp.SendError{Class: otp.ClassUnavailable}}
	o.ask("mario").says(200, "Il messaggio non è partito")
}

func TestSecondLevelOff(t *testing.T) {
	o := newOffice(t, nil, func(s *service.Config) { s.OTP = nil })
	o.ask("mario").says(http.StatusNotImplemented, "Niente secondo livello")

	form := o.check("mario", "benefit", "ticket_c03")
	o.pages.Operator = nil
	o.mount()
	o.check("mario", "benefit", "ticket_c03").
		says(200, "Serve il secondo livello", "Tenga la risposta del primo livello").
		silent("/q/second")
	form.send("/q/second").says(http.StatusNotImplemented, "Niente secondo livello")
	assert.Equal(t, "/q", o.get("/q/second").path)
}

// An operator whose login ended in the middle continues after a new login.
func TestLoginEnds(t *testing.T) {
	o := newOffice(t, nil, nil)
	page := o.ask("mario")
	o.logOut()
	again := page.send("/answer", "code", o.code()).says(200, "Comune di Prova", "Tentativi rimasti: 5")
	assert.Equal(t, "/q/code", again.path)
	again.send("/answer", "code", o.code()).says(200, "Confermato")
}

func (o *office) logOut() {
	o.browser.Jar.SetCookies(
		must(http.NewRequest("GET", o.server.URL, nil)).URL,
		[]*http.Cookie{{Name: "operator", Path: "/", MaxAge: -1}},
	)
}

// An inquiry cannot be made up, or taken from the cookie into a form.
func TestSealed(t *testing.T) {
	o := newOffice(t, nil, nil)
	for _, sealed := range []string{"", "x", strings.Repeat("A", 400)} {
		for _, path := range []string{"/q/second", "/q/code", "/q/code/resend", "/q/code/answer"} {
			o.post(path, pairs("inquiry", sealed)).says(http.StatusBadRequest, "Ricominci da capo")
		}
		o.post("/q", pairs("inquiry", sealed, "cf", "RSSMRA80A01H501U")).
			says(http.StatusBadRequest, "Ricominci da capo")
	}
	o.post("/q/receipt", pairs("receipt", o.Paper(t, "mario"))).says(http.StatusBadRequest,
		"Ricominci da capo")
	o.post("/q", pairs("qr", strings.Repeat("x", 20000))).says(http.StatusBadRequest, "Ricominci da capo")

	answered := o.check("mario")
	o.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	toLogin := answered.send("/q/second")
	assert.Equal(t, http.StatusSeeOther, toLogin.status)
	cookies := o.browser.Jar.Cookies(must(http.NewRequest("GET", o.server.URL+"/q", nil)).URL)
	require.Len(t, cookies, 1)
	assert.Less(t, len(cookies[0].Value), 3000)
	assert.Empty(
		t,
		o.browser.Jar.Cookies(must(http.NewRequest("GET", o.server.URL+"/area", nil)).URL),
		"for these pages only",
	)
	o.post("/q/second", pairs("inquiry", cookies[0].Value)).says(http.StatusBadRequest, "Ricominci da capo")
	o.get("/q/second"+answered.query).says(200, "Serve l'accesso")
	o.Clock.Advance(11 * time.Minute)
	assert.Equal(t, http.StatusSeeOther, o.get("/q/second"+answered.query).status)
}

func TestAddressesOfAnswers(t *testing.T) {
	o := newOffice(t, nil, nil)
	for _, path := range []string{"/q/second", "/q/code", "/q/code/resend", "/q/code/answer", "/q/receipt"} {
		p := o.get(path+"?lang=it").says(200, "Controlla un QR")
		assert.Equal(t, "/q", p.path)
	}
}

func TestReceipt(t *testing.T) {
	o := newOffice(t, nil, nil)
	page := o.check("mario")
	saved := page.send("/q/receipt")
	assert.Equal(t, 200, saved.status)
	client := o.Client(t)(service.Caller{})
	receipt, err := client.VerifyReceipt(t.Context(), saved.body)
	require.NoError(t, err)
	assert.Equal(t, api.Confirmed, receipt.Outcome)
	page.says(200, receipt.ID)
}

func TestLanguages(t *testing.T) {
	o := newOffice(t, nil, nil)
	for _, lang := range web.Languages() {
		t.Run(lang, func(t *testing.T) {
			o.t = t
			o.Clock.Advance(time.Minute)
			o.get("/q?lang=" + lang).says(200)
			o.check("carlo").says(200)
			o.check("mario", "cf", "x").says(http.StatusUnprocessableEntity)
			o.check("mario", "cf", "VRDLGU80A41H501U").says(200)
			form := o.check("mario", "benefit", "parking_badge").send("/q/second").says(200)
			form.send("/q/code", "organisation", "1").says(http.StatusUnprocessableEntity)
			code := form.send("/q/code", "organisation", "Comune di Prova", "kind", "detail", "purpose",
				"other", "locale", lang).
				says(200)
			assert.Equal(t, lang, o.Messages.Last().Locale)
			code.send("/answer", "code", "1").says(http.StatusUnprocessableEntity)
			answer := code.send("/answer", "code", o.code()).says(200, "74 %")
			for _, p := range []sheet{form, code, answer} {
				assert.Contains(t, p.body, `<html lang="`+lang+`">`)
				p.silent("%!", "&lt;no value", "ZgotmplZ")
			}
		})
	}
}

// Every purpose that the desk can state has words on the page where the citizen sees the access.
func TestPurposes(t *testing.T) {
	area := citizen.Texts()
	own := page.Texts()
	for _, id := range page.Purposes() {
		_, ok := area.Say("it", "access.purpose."+id)
		assert.True(t, ok, id)
		_, ok = own.Say("it", "q.purpose."+id)
		assert.True(t, ok, id)
	}
}
