package page

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// inquiry is what an operator works at: one person's paper and what is asked about it.
type inquiry struct {
	// QR is the text of the QR.
	QR string
	CF codicefiscale.Code
	// Benefit is the one asked for at the first level, or empty.
	Benefit string
	// Request is what was filled in for the second level, and Nonce tells one such request from the next.
	Request request
	Nonce   string
	// Challenge is the one that waits for a code, or nil.
	Challenge *api.Challenge
	// resent says that the code just went out again; it is not sealed.
	resent bool
}

// request is the form of the second level.
type request struct {
	Organisation, Purpose, Kind, Benefit, Domain, CaseNumber, Locale, Channel string
}

// The kinds of scope to choose from.
const (
	kindBenefit = "benefit"
	kindDomain  = "domain"
	kindDetail  = "detail"
)

// scope is what is asked for, as the contract writes it.
func (q request) scope() string {
	switch q.Kind {
	case kindBenefit:
		return api.ScopeBenefit + q.Benefit
	case kindDomain:
		return api.ScopeDomain + q.Domain
	}
	return api.ScopeDetail
}

// idempotencyKey makes the same request that is sent again, by a second click or by the way back, the same
// challenge, and a request that was changed another one.
func (i inquiry) idempotencyKey() string {
	q := i.Request
	sum := sha256.Sum256(
		[]byte(
			strings.Join(
				[]string{i.Nonce, q.Organisation, q.Purpose, q.scope(), q.CaseNumber, q.Locale, q.Channel},
				"\x00",
			),
		),
	)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// wire is an inquiry as it is sealed.
type wire struct {
	QR        string         `json:"q"`
	CF        string         `json:"c"`
	Benefit   string         `json:"b,omitempty"`
	Request   request        `json:"r,omitzero"`
	Nonce     string         `json:"n,omitempty"`
	Challenge *api.Challenge `json:"h,omitempty"`
}

// The uses of a sealed inquiry, and how long it is good for each.
const (
	inPage     = "attesta/desk/page/1"
	inCookie   = "attesta/desk/cookie/1"
	pageLife   = 15 * time.Minute
	cookieLife = 10 * time.Minute
)

// seal encrypts an inquiry, so that a browser can hold it and only these pages read it again.
func (p *Pages) seal(i inquiry, use string, life time.Duration) string {
	return p.box.Seal(wire{i.QR, i.CF.Reveal(), i.Benefit, i.Request, i.Nonce, i.Challenge}, use, life)
}

// open returns the inquiry, false if it was not sealed here for this use or too long ago.
func (p *Pages) open(sealed, use string) (inquiry, bool) {
	var v wire
	if !p.box.Open(sealed, use, &v) {
		return inquiry{}, false
	}
	cf, _ := answer.ReadCF(v.CF)
	return inquiry{
		QR:        v.QR,
		CF:        cf,
		Benefit:   v.Benefit,
		Request:   v.Request,
		Nonce:     v.Nonce,
		Challenge: v.Challenge,
	}, true
}

// field returns the inquiry as a page's hidden field.
func (p *Pages) field(i inquiry) string { return p.seal(i, inPage, pageLife) }

// posted returns the inquiry that came with a form.
func (p *Pages) posted(r *http.Request) (inquiry, bool) {
	return p.open(r.PostFormValue("inquiry"), inPage)
}

func (p *Pages) cookieName() string {
	if p.config.HTTPS {
		return "__Secure-inquiry"
	}
	return "inquiry"
}

// keep leaves the inquiry in the browser for the time of a login, forget takes it away.
func (p *Pages) keep(w http.ResponseWriter, i inquiry) {
	p.cookie(w, p.seal(i, inCookie, cookieLife), int(cookieLife.Seconds()))
}

func (p *Pages) forget(w http.ResponseWriter) { p.cookie(w, "", -1) }

func (p *Pages) cookie(w http.ResponseWriter, value string, age int) {
	http.SetCookie(
		w,
		&http.Cookie{Name: p.cookieName(), Value: value, Path: p.at().At(""), MaxAge: age, HttpOnly: true,
			Secure: p.config.HTTPS, SameSite: http.SameSiteLaxMode},
	) // strict would not come back from the identity provider
}

// kept returns the inquiry that waits in the browser.
func (p *Pages) kept(r *http.Request) (inquiry, bool) {
	c, err := r.Cookie(p.cookieName())
	if err != nil {
		return inquiry{}, false
	}
	return p.open(c.Value, inCookie)
}

func newNonce() string { return rand.Text() }
