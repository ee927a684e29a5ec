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

// An inquiry is one person's paper and the questions about it.
type inquiry struct {
	// QR is the text of the QR.
	QR string
	CF codicefiscale.Code
	// Card reports that the codice fiscale was read from a tessera sanitaria, which has no photo.
	Card bool
	// Benefit is the benefit of the first level, or empty.
	Benefit string
	// Request is the form of the second level.
	Request request
	// Seen is what the desk has seen beside the status.
	Seen seen
	// Nonce distinguishes two requests with the same content.
	Nonce string
	// Challenge is the challenge whose code the operator has to type, or nil.
	Challenge *api.Challenge
	// resent reports that the code has just been sent again. It is not sealed.
	resent bool
}

// request is the content of the form of the second level.
type request struct {
	Organisation, Purpose, Kind, Benefit, Domain, CaseNumber, Locale, Channel string
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

// see adds the answers to the questions about a benefit, which are among the fields of a form.
func (i *inquiry) see(benefit string, fields map[string]string) {
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
	QR        string         `json:"q"`
	CF        string         `json:"c"`
	Card      bool           `json:"t,omitempty"`
	Benefit   string         `json:"b,omitempty"`
	Request   request        `json:"r,omitzero"`
	Seen      seen           `json:"s,omitzero"`
	Nonce     string         `json:"n,omitempty"`
	Challenge *api.Challenge `json:"h,omitempty"`
}

// The uses of a sealed inquiry, and the time for which it opens.
const (
	inPage     = "attesta/desk/page/1"
	inCookie   = "attesta/desk/cookie/1"
	pageLife   = 15 * time.Minute
	cookieLife = 10 * time.Minute
)

// seal encrypts an inquiry, so that the browser can store it and only these pages can read it.
func (p *Pages) seal(i inquiry, use string, life time.Duration) string {
	w := wire{i.QR, i.CF.Reveal(), i.Card, i.Benefit, i.Request, i.Seen, i.Nonce, i.Challenge}
	return p.box.Seal(w, use, life)
}

// open decrypts an inquiry. It returns false if the inquiry was sealed with another key, for another use or
// too long ago.
func (p *Pages) open(sealed, use string) (inquiry, bool) {
	var v wire
	if !p.box.Open(sealed, use, &v) {
		return inquiry{}, false
	}
	cf, _ := answer.ReadCF(v.CF)
	return inquiry{
		QR:        v.QR,
		CF:        cf,
		Card:      v.Card,
		Benefit:   v.Benefit,
		Request:   v.Request,
		Seen:      v.Seen,
		Nonce:     v.Nonce,
		Challenge: v.Challenge,
	}, true
}

// field returns the inquiry for a hidden field of a page.
func (p *Pages) field(i inquiry) string { return p.seal(i, inPage, pageLife) }

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
	if p.config.HTTPS {
		return "__Secure-" + name
	}
	return name
}

// keep stores the inquiry in a cookie during a login.
func (p *Pages) keep(w http.ResponseWriter, i inquiry) {
	p.cookie(w, cookieInquiry, p.seal(i, inCookie, cookieLife), int(cookieLife.Seconds()))
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

// kept returns the inquiry in the cookie of keep.
func (p *Pages) kept(r *http.Request) (inquiry, bool) {
	c, err := r.Cookie(p.cookieName(cookieInquiry))
	if err != nil {
		return inquiry{}, false
	}
	return p.open(c.Value, inCookie)
}

func newNonce() string { return rand.Text() }
