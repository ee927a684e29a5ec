package page

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// secondView is the form with which an operator asks for the second level.
type secondView struct {
	inquiry
	Inquiry                      string
	Organisation, Purpose        string
	Scope, Case, Channel, Locale string
	Key                          string // makes a form that is sent twice one request
	Error                        string // of the organisation, the purpose or the case number: a key
	ErrorField                   string
	LoggedIn                     bool
	BenefitTitle                 string
	Domains                      []answer.Option
	Locales                      []string
	Problem                      *answer.Answer
}

func (p *Pages) askSecond(w http.ResponseWriter, r *http.Request) {
	f, ok := p.secondForm(w, r)
	if !ok {
		toStart(w, r)
		return
	}
	p.secondPage(w, r, http.StatusOK, f)
}

// secondForm reads what the pages of the second level hand on; false if it is not of theirs.
func (p *Pages) secondForm(w http.ResponseWriter, r *http.Request) (secondView, bool) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if r.ParseForm() != nil {
		return secondView{}, false
	}
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	f := secondView{Organisation: get("organisation"), Purpose: get("purpose"), Scope: get("scope"), Case: get("case"),
		Channel: get("channel"), Locale: get("locale"), Key: get("key")}
	var ok bool
	f.inquiry, ok = p.handed(r)
	return f, ok && f.CF != "" && f.QR != ""
}

func (p *Pages) secondPage(w http.ResponseWriter, r *http.Request, code int, f secondView) {
	lang := language(r)
	f.Challenge = nil
	f.Inquiry = p.seal(f.inquiry)
	_, f.LoggedIn = p.Operators.with(r.Context(), r)
	f.BenefitTitle = answer.Title(lang, p.Catalogue, f.Benefit)
	for _, d := range status.Domains() {
		words, _ := status.Describe(d, lang)
		f.Domains = append(f.Domains, answer.Option{ID: api.ScopeDomain + string(d), Title: words.Legal})
	}
	if f.Key == "" {
		f.Key = rand.Text()
	}
	if f.Scope == "" && f.Benefit != "" {
		f.Scope = api.ScopeBenefit + f.Benefit
	}
	if f.Purpose == "" {
		f.Purpose = "check"
		if f.Benefit != "" {
			f.Purpose = f.Benefit
		}
	}
	if f.Locale == "" {
		f.Locale = string(lang)
	}
	p.Site.Render(w, r, code, "desk-second", f)
}

// codeView is the page on which the operator types the code that the person tells.
type codeView struct {
	inquiry
	Inquiry string
	Problem *answer.Answer
	Resent  bool
}

func (p *Pages) codePage(w http.ResponseWriter, r *http.Request, v codeView) {
	v.Inquiry = p.seal(v.inquiry)
	p.Site.Render(w, r, http.StatusOK, "desk-code", v)
}

// requestCode has the code sent to the person.
func (p *Pages) requestCode(w http.ResponseWriter, r *http.Request) {
	f, ok := p.secondForm(w, r)
	if !ok {
		toStart(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	ctx, loggedIn := p.Operators.with(ctx, r)
	switch {
	case !loggedIn:
		p.secondPage(w, r, http.StatusUnauthorized, f)
		return
	case f.Case != "" && !api.CaseNumberAllowed(f.Case):
		f.Error, f.ErrorField = "desk.case_refused", "case"
		p.secondPage(w, r, http.StatusUnprocessableEntity, f)
		return
	}
	cf, _ := answer.ReadCF(f.CF)
	challenge, report := p.Client.RequestSecondLevel(ctx, f.QR, cf, verifier.SecondLevelRequest{
		Organisation: f.Organisation, Purpose: f.Purpose, Scope: f.Scope, CaseNumber: f.Case, Channel: f.Channel, Locale: f.Locale, Key: f.Key,
	})
	if challenge != nil {
		f.Challenge = challenge
		p.codePage(w, r, codeView{inquiry: f.inquiry})
		return
	}
	if report.Problem != nil && report.Problem.Code == api.OrganisationRefused {
		f.Error, f.ErrorField = "desk.organisation_refused", "organisation"
		p.secondPage(w, r, http.StatusUnprocessableEntity, f)
		return
	}
	if report.Problem != nil && report.Problem.Code == api.IdempotencyConflict {
		f.Key = "" // the form was changed and sent again: a new question
	}
	a := answer.Of(language(r), report, p.Catalogue)
	f.Problem = &a
	p.secondPage(w, r, http.StatusOK, f)
}

// handedOn reads the page of the code again.
func (p *Pages) handedOn(w http.ResponseWriter, r *http.Request) (codeView, codicefiscale.Code, bool) {
	f, ok := p.secondForm(w, r)
	v := codeView{inquiry: f.inquiry}
	if !ok || v.Challenge == nil {
		toStart(w, r)
		return v, codicefiscale.Code{}, false
	}
	cf, _ := answer.ReadCF(f.CF)
	return v, cf, true
}

func (p *Pages) resendCode(w http.ResponseWriter, r *http.Request) {
	v, cf, ok := p.handedOn(w, r)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	ctx, _ = p.Operators.with(ctx, r)
	challenge, report := p.Client.Resend(ctx, v.Challenge.ID, v.QR, cf)
	if challenge != nil {
		v.Challenge, v.Resent = challenge, true
	} else {
		a := answer.Of(language(r), report, p.Catalogue)
		v.Problem = &a
	}
	p.codePage(w, r, v)
}

// answerCode brings the code. Where another try may help the page stays; else the answer is the end of it.
func (p *Pages) answerCode(w http.ResponseWriter, r *http.Request) {
	v, cf, ok := p.handedOn(w, r)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	ctx, _ = p.Operators.with(ctx, r)
	report := p.Client.Answer(ctx, v.Challenge.ID, v.QR, cf, r.PostForm.Get("code"))
	a := answer.Of(language(r), report, p.Catalogue)
	if report.Problem != nil {
		switch report.Problem.Code {
		case api.WrongCode, api.MalformedCode, api.WaitAfterFailures, api.RateLimited, api.Unavailable, api.Unauthenticated:
			if a.AttemptsLeft >= 0 {
				v.Challenge.AttemptsLeft = a.AttemptsLeft
			}
			v.Problem = &a
			p.codePage(w, r, v)
			return
		}
	}
	p.Shift.add(p.Client, report, 2, v.Benefit)
	if strings.HasPrefix(v.Challenge.Scope, api.ScopeBenefit) && a.Benefit == "" {
		a.Benefit = answer.Title(language(r), p.Catalogue, v.Challenge.Scope)
	}
	p.Site.Render(w, r, http.StatusOK, "desk-result", resultView{Answer: a})
}
