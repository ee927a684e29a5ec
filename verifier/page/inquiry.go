package page

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// An inquiry is one person's paper and the questions about it.
type inquiry struct {
	state
	CF codicefiscale.Code
}

// state is an inquiry without its codice fiscale, as it is sealed.
type state struct {
	// Tab is the tab of the browser in which the inquiry began: the name of a form.
	Tab string `json:"i,omitempty"`
	// QR is the text of the QR.
	QR string `json:"q"`
	// Card reports that the codice fiscale was read from a tessera sanitaria, which has no photo.
	Card bool `json:"t,omitempty"`
	// Benefit is the benefit of the first level, or empty.
	Benefit string `json:"b,omitempty"`
	// CardBenefit is the benefit for which a card in the app would be asked for, or empty.
	CardBenefit string `json:"d,omitempty"`
	// Request is the form of the second level.
	Request request `json:"r,omitzero"`
	// Seen is what the desk has seen beside the status.
	Seen seen `json:"s,omitzero"`
	// Nonce distinguishes two checks or requests with the same content.
	Nonce string `json:"n,omitempty"`
	// Challenge is the challenge whose code the operator has to type, or nil.
	Challenge *api.Challenge `json:"h,omitempty"`
	// Channels are those of the person that the pages offer, once the issuer has said them; nil before.
	Channels []string `json:"k,omitempty"`
	// Question is a question to a wallet, or nil. It is sealed in the cookie, but not in pages.
	Question *question `json:"a,omitempty"`
	// Last is what came of the last form. It is sealed in the cookie, but not in pages.
	Last last `json:"l,omitzero"`
}

// last is what came of the last form, for the page that the browser gets after it.
type last struct {
	// Typed is the text in the field of the codice fiscale if it is not valid, or in that of the code if it
	// was not sent.
	Typed string `json:"t,omitempty"`
	// About is the benefit of the questions in a form of the second level that was not sent.
	About string `json:"a,omitempty"`
	// File reports that a file was chosen that did not come along.
	File bool `json:"f,omitempty"`
	// Wrong has the mistakes in the form.
	Wrong mistakes `json:"w,omitzero"`
	// Code is the code that the person has told.
	Code string `json:"o,omitempty"`
	// Report is the issuer's refusal of the last step of the second level, the report about a card, or nil.
	Report *verifier.Report `json:"p,omitempty"`
	// Resent reports that the code was sent again, and Shown that the detail was shown.
	Resent bool `json:"r,omitempty"`
	Shown  bool `json:"s,omitempty"`
}

// mistakes has the keys of texts about a mistake in a field; empty means that there is none.
type mistakes struct {
	QR, CF, Organisation, Purpose, Scope, CaseNumber, Channel string `json:",omitempty"`
}

// request is the content of the form of the second level.
type request struct {
	Organisation, Purpose, Kind, Benefit, Domain, CaseNumber, Locale, Channel string `json:",omitempty"`
}

// about returns the benefit of the scope, or "".
func (q request) about() string {
	if q.Kind == kindBenefit {
		return q.Benefit
	}
	return ""
}

// seen is what the desk has seen for one benefit.
type seen struct {
	Benefit  string
	Evidence api.Evidence
}

// evidence returns what the desk has seen for the benefit.
func (i inquiry) evidence(benefit string) api.Evidence {
	if benefit == "" || benefit != i.Seen.Benefit {
		return nil
	}
	return i.Seen.Evidence
}

// seenPrefix precedes the code of a question in the name of its field.
const seenPrefix = "seen:"

// see adds the answers to the questions among the fields of a form, which names their benefit as about.
func (i *inquiry) see(fields map[string]string) {
	benefit := fields["about"]
	if benefit == "" {
		return
	}
	if i.Seen.Benefit != benefit || i.Seen.Evidence == nil {
		i.Seen = seen{benefit, api.Evidence{}}
	}
	for name, value := range fields {
		code, ok := strings.CutPrefix(name, seenPrefix)
		switch {
		case !ok:
		case value == api.EvidenceYes, value == api.EvidenceNo:
			i.Seen.Evidence[code] = value
		default:
			delete(i.Seen.Evidence, code)
		}
	}
}

// The kinds of scope.
const (
	kindBenefit = "benefit"
	kindDomain  = "domain"
	kindDetail  = "detail"
)

// scope returns the scope as package api writes it.
func (q request) scope() string {
	switch q.Kind {
	case kindBenefit:
		return api.ScopeBenefit + q.Benefit
	case kindDomain:
		return api.ScopeDomain + q.Domain
	}
	return api.ScopeDetail
}

// idempotencyKey returns the same key if the operator clicks twice or goes back and sends the same request,
// and another key if the request has changed.
func (i inquiry) idempotencyKey() string {
	q := i.Request
	parts := []string{i.Nonce, q.Organisation, q.Purpose, q.scope(), q.CaseNumber, q.Locale, q.Channel,
		i.evidence(q.about()).String()}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// wire is the JSON of a sealed inquiry.
type wire struct {
	state
	CF string `json:"c"`
}

// The uses of a sealed inquiry, and the time for which it opens: in a page, in the cookie, and in the cookie
// during a login.
const (
	inPage     = "attesta/desk/page/1"
	inCookie   = "attesta/desk/cookie/1"
	pageLife   = 15 * time.Minute
	cookieLife = 5 * time.Minute
	loginLife  = 10 * time.Minute
)

// maxKept is the length of a QR's text that the cookie keeps, and maxCookie that of its value; browsers drop
// longer cookies. A token has at most 1,024 bytes, so a longer text is none.
const (
	maxKept   = 2048
	maxCookie = 3900
)

// seal encrypts an inquiry, so that the browser can store it and only these pages can read it.
func (p *Pages) seal(i inquiry, use string, life time.Duration) string {
	return p.box.Seal(wire{i.state, i.CF.Reveal()}, use, life)
}

// open decrypts an inquiry. It returns false if the inquiry was sealed with another key, for another use or
// too long ago.
func (p *Pages) open(sealed, use string) (inquiry, bool) {
	var v wire
	if !p.box.Open(sealed, use, &v) {
		return inquiry{}, false
	}
	cf, _ := answer.ReadCF(v.CF)
	return inquiry{v.state, cf}, true
}

// field returns the inquiry for a hidden field of a page.
func (p *Pages) field(i inquiry) string {
	i.Last, i.Question = last{}, nil
	return p.seal(i, inPage, pageLife)
}

// posted returns the inquiry that came with a form.
func (p *Pages) posted(r *http.Request) (inquiry, bool) {
	return p.open(r.PostFormValue("inquiry"), inPage)
}

// The names of the cookies.
const (
	cookieInquiry = "inquiry"
	cookieDesk    = "desk"
)

func (p *Pages) cookieName(name string) string {
	switch {
	case !p.config.HTTPS:
		return name
	case p.config.Path == "":
		return "__Host-" + name
	}
	return "__Secure-" + name
}

// keep stores the inquiry, which has a Tab, in the cookie. If that is too long for a cookie, keep leaves out
// the receipt, and then the QR text, which is longer than that of any document.
func (p *Pages) keep(w http.ResponseWriter, i inquiry, life time.Duration) {
	i.QR = i.QR[:min(len(i.QR), maxKept)]
	sealed := p.seal(i, inCookie, life)
	if len(sealed) > maxCookie && i.Last.Report != nil {
		brief := *i.Last.Report
		brief.Receipt = ""
		i.Last.Report = &brief
		sealed = p.seal(i, inCookie, life)
	}
	if len(sealed) > maxCookie {
		i.QR, i.Last.Wrong.QR = "", "q.qr_missing"
		sealed = p.seal(i, inCookie, life)
	}
	p.cookie(w, cookieInquiry, sealed, int(life.Seconds()))
}

// next keeps the inquiry and sends the browser to the page that shows it, in the inquiry's tab. So the answer
// to no form is a page in the browser's history, and reload, back and another language need no form to be
// sent again.
func (p *Pages) next(w http.ResponseWriter, r *http.Request, i inquiry, path string) {
	p.keep(w, i, cookieLife)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, p.at().At(path)+i.query(), http.StatusSeeOther)
}

// lastOf returns what came of the last form of the inquiry's tab, which no page has.
func (p *Pages) lastOf(r *http.Request, i inquiry) last {
	if kept, ok := p.anyKept(r); ok && kept.Tab == i.Tab {
		return kept.Last
	}
	return last{}
}

// redirect sends the browser to a path below Config.Path.
func (p *Pages) redirect(w http.ResponseWriter, r *http.Request, path string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, p.at().At(path), http.StatusSeeOther)
}

// forget deletes the cookie of keep.
func (p *Pages) forget(w http.ResponseWriter) { p.cookie(w, cookieInquiry, "", -1) }

func (p *Pages) cookie(w http.ResponseWriter, name, value string, age int) {
	// A strict cookie would not be sent when the browser comes back from an identity provider.
	http.SetCookie(w, &http.Cookie{
		Name: p.cookieName(name), Value: value, Path: p.at().At(""), MaxAge: age, HttpOnly: true,
		Secure: p.config.HTTPS, SameSite: http.SameSiteLaxMode,
	})
}

// kept returns the inquiry in the cookie of keep if it is that of the tab that the URL names. All tabs of the
// browser share the cookie; without the name, one would show another's person.
func (p *Pages) kept(r *http.Request) (inquiry, bool) {
	i, ok := p.anyKept(r)
	return i, ok && i.Tab == r.URL.Query().Get("tab")
}

// anyKept returns the inquiry in the cookie of keep, of whichever tab.
func (p *Pages) anyKept(r *http.Request) (inquiry, bool) {
	c, err := r.Cookie(p.cookieName(cookieInquiry))
	if err != nil {
		return inquiry{}, false
	}
	return p.open(c.Value, inCookie)
}

func newNonce() string { return rand.Text() }

// tabName matches the name of a tab, of 40 random bits.
var tabName = regexp.MustCompile(`^[A-Z2-7]{8}$`)

// tabOf returns the name of a tab that came with a form, or a new one if that is none.
func tabOf(name string) string {
	if tabName.MatchString(name) {
		return name
	}
	return rand.Text()[:8]
}

// query returns the part of a URL that names the inquiry's tab.
func (i inquiry) query() string { return "?tab=" + i.Tab }
