package page

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// Purposes returns the ids of the purposes to choose from on these pages. The key of each text is
// "q.purpose." followed by the id. Over the API, a desk may use others.
func Purposes() []string {
	return []string{"benefit", "tax", "employment", "study", "priority", "other"}
}

// requestView is the data of the form of the second level.
type requestView struct {
	place
	request
	// Vouched is the organisation of the login. If it is set, the form has no field for the organisation.
	Vouched  string
	Desk     deskLine
	Purposes []string
	Groups   []answer.Group
	Domains  []answer.Option
	Locales  []string
	Channels []string
	// Only reports that the person has the Channels and no others.
	Only bool
	// Questions are about papers and annotations for the benefit About.
	Questions []answer.Question
	// AboutTitle is its title.
	About, AboutTitle string
	Wrong             mistakes
	Inquiry           string
}

// Redraw implements [web.Redrawer].
func (v requestView) Redraw() string { return v.At(pathDraft) }

// Mistakes returns the mistakes in the order of the fields.
func (v requestView) Mistakes() []mistake {
	w := v.Wrong
	return made(mistake{"organisation", "q.organisation", w.Organisation},
		mistake{"purpose", "q.purpose", w.Purpose}, mistake{"kind-benefit", "q.scope", w.Scope},
		mistake{"case", "q.case", w.CaseNumber}, mistake{"channel", "q.channel", w.Channel})
}

// second shows the form of the second level. If nobody is logged in, it goes to the login first.
func (p *Pages) second(w http.ResponseWriter, r *http.Request) {
	i, ok := p.posted(r)
	if !ok {
		p.gone(w, r)
		return
	}
	i.Challenge, i.Nonce = nil, newNonce()
	i.Request = p.desk(r).request(i)
	i.see(fieldsOf(r))
	if _, ok := p.operator(w, r, i); ok {
		p.next(w, r, i, pathSecond)
	}
}

// operator returns the operator who is logged in. If nobody is, it keeps the inquiry, redirects to the login
// and returns false.
func (p *Pages) operator(w http.ResponseWriter, r *http.Request, i inquiry) (Operator, bool) {
	if p.config.Operators == nil {
		p.result(w, r, troubled(api.SecondLevelNotOffered), i, 2)
		return Operator{}, false
	}
	o, ok := p.config.Operators.Operator(r)
	if !ok {
		back := pathSecond
		if i.Challenge != nil {
			back = pathCode
		}
		p.keep(w, i, loginLife)
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, p.loginPath(i, back), http.StatusSeeOther)
	}
	return o, ok
}

// loginPath returns the path of the login, from which the browser comes back to the path in the tab of i.
func (p *Pages) loginPath(i inquiry, path string) string {
	return p.config.Operators.LoginPath(p.at().At(path) + i.query())
}

// resume shows the form of the second level with what was typed before, also after a login.
func (p *Pages) resume(w http.ResponseWriter, r *http.Request) {
	i, ok := p.kept(r)
	if !ok || p.config.Operators == nil || i.Nonce == "" || i.CF == (codicefiscale.Code{}) {
		p.redirect(w, r, "")
		return
	}
	o, ok := p.config.Operators.Operator(r)
	if !ok {
		p.config.Site.Say(w, r, http.StatusOK, web.Message{Title: "q.login_title", Text: "q.login",
			Next: p.loginPath(i, pathSecond), NextText: "q.login_button"})
		return
	}
	p.keep(w, i, cookieLife)
	p.requestPage(w, r, i, o)
}

// requestPage shows the form of the second level, with the content and the mistakes of the last time. If the
// issuer has said which channels the person has, only those are offered.
func (p *Pages) requestPage(w http.ResponseWriter, r *http.Request, i inquiry, o Operator) {
	lang, code, wrong, channels := language(r), http.StatusOK, i.Last.Wrong, i.Channels
	if wrong != (mistakes{}) {
		code = http.StatusUnprocessableEntity
	}
	v := requestView{
		place:    p.at(),
		request:  i.Request,
		Channels: p.config.Channels,
		Only:     channels != nil,
		Vouched:  o.Organisation,
		Desk:     p.deskLine(r),
		Purposes: p.purposes(),
		Groups:   answer.Groups(lang, p.config.Catalogue, p.today()),
		Locales:  web.Languages(),
		Wrong:    wrong,
		Inquiry:  p.field(i),
	}
	if channels != nil {
		v.Channels = channels
		if !slices.Contains(channels, v.Channel) {
			v.Channel = ""
		}
	}
	v.About = i.Request.about()
	if i.Request.Kind == "" {
		v.About = i.Request.Benefit // that of the first level
	}
	v.About = cmp.Or(i.Last.About, v.About)
	v.AboutTitle = answer.Title(lang, p.config.Catalogue, v.About)
	v.Questions = answer.Accepted(lang, p.config.Catalogue, v.About, p.today(), i.evidence(v.About))
	v.Organisation, v.CaseNumber = withoutCF(v.Organisation), withoutCF(v.CaseNumber)
	if wrong.CaseNumber != "" {
		v.CaseNumber = ""
	}
	for _, d := range status.Domains() {
		v.Domains = append(v.Domains, answer.Option{ID: string(d), Title: answer.Domain(lang, d)})
	}
	p.config.Site.Render(w, r, code, "q-request", v)
}

// requested returns the inquiry of the form of the second level, with what was typed.
func (p *Pages) requested(r *http.Request) (inquiry, bool) {
	i, ok := p.posted(r)
	if r.PostForm.Has("purpose") { // not the button below an answer, whose request is sealed
		i.Request = filled(r)
	}
	i.see(fieldsOf(r))
	return i, ok
}

// ask asks the issuer to send a code to the person.
func (p *Pages) ask(w http.ResponseWriter, r *http.Request) {
	i, ok := p.requested(r)
	if !ok {
		p.gone(w, r)
		return
	}
	o, ok := p.operator(w, r, i)
	if !ok {
		return
	}
	if i.Last.Wrong = p.wrong(i.Request, o); i.Last.Wrong != (mistakes{}) {
		p.next(w, r, i, pathSecond)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	client, report := p.client(r)
	var challenge *api.Challenge
	if client != nil {
		challenge, report = client.RequestSecondLevel(ctx, i.QR, i.CF, verifier.SecondLevelRequest{
			Organisation: i.Request.Organisation, Purpose: i.Request.Purpose, Scope: i.Request.scope(),
			Evidence: i.evidence(i.Request.about()), CaseNumber: i.Request.CaseNumber,
			Channel: i.Request.Channel, Locale: i.Request.Locale, Key: i.idempotencyKey()})
	}
	if challenge != nil {
		i.Challenge, i.Channels = challenge, p.offered(challenge.Channels)
		p.next(w, r, i, pathCode)
		return
	}
	i.Challenge = nil
	switch problemOf(report) {
	case api.NoChannel:
		if i.Channels = p.offered(report.Problem.Channels); len(i.Channels) > 0 {
			i.Last.Wrong.Channel = "q.channel_instead"
		}
	case api.OrganisationRefused:
		i.Last.Wrong.Organisation = "q.organisation_wrong"
	case api.MalformedCaseNumber:
		i.Last.Wrong.CaseNumber = "q.case_wrong"
	}
	if i.Last.Wrong != (mistakes{}) {
		p.next(w, r, i, pathSecond)
		return
	}
	i.Last.Report = brief(report)
	p.next(w, r, i, pathCode)
}

// offered returns the person's channels that the pages offer.
func (p *Pages) offered(channels []string) []string {
	no := func(c string) bool { return !slices.Contains(p.config.Channels, c) }
	return slices.DeleteFunc(slices.Clone(channels), no)
}

func problemOf(r verifier.Report) api.ProblemCode {
	if r.Problem == nil {
		return ""
	}
	return r.Problem.Code
}

// maxText is the maximum length of a text of the form in bytes, longer than any that is allowed.
const maxText = 120

// filled returns the content of the form, with white space folded.
func filled(r *http.Request) request {
	text := func(name string) string {
		folded := strings.Join(strings.Fields(r.PostFormValue(name)), " ")
		return folded[:min(len(folded), maxText)]
	}
	return request{
		Organisation: text("organisation"),
		Purpose:      text("purpose"),
		Kind:         text("kind"),
		Benefit:      text("benefit"),
		Domain:       text("domain"),
		CaseNumber:   text("case"),
		Locale:       text("locale"),
		Channel:      text("channel"),
	}
}

// wrong returns the mistakes that the operator can correct. The issuer's service refuses all others, which a
// browser does not send.
func (p *Pages) wrong(q request, o Operator) mistakes {
	var m mistakes
	if q.Organisation == "" && o.Organisation == "" {
		m.Organisation = "q.organisation_missing"
	}
	if !slices.Contains(p.purposes(), q.Purpose) {
		m.Purpose = "q.purpose_missing"
	}
	if q.CaseNumber != "" && !api.CaseNumberAllowed(q.CaseNumber) {
		m.CaseNumber = "q.case_wrong"
	}
	if _, ok := p.config.Catalogue.Lookup(q.Benefit, p.today()); q.Kind == kindBenefit && !ok {
		m.Scope = "q.scope_benefit_missing"
	}
	if domains := status.Domains(); q.Kind == kindDomain &&
		!slices.Contains(domains[:], status.Domain(q.Domain)) {
		m.Scope = "q.scope_domain_missing"
	}
	if !slices.Contains([]string{kindBenefit, kindDomain, kindDetail}, q.Kind) {
		m.Scope = "q.scope_missing"
	}
	return m
}
