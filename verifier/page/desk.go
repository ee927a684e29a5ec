package page

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/internal/typed"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// desk is what a person at a desk chooses once for everybody who comes. The browser stores it in a cookie. It
// contains nothing about the people. The zero desk asks for the category only.
type desk struct {
	Benefit, Organisation, Purpose string
	// Waits reports that no form sends itself.
	Waits bool
}

// deskLife is the lifetime of the desk's cookie in seconds: a year.
const deskLife = 365 * 24 * 60 * 60

// maxOrganisation is the maximum length of a declared organisation in characters, as in package otp.
const maxOrganisation = 24

// purposes returns the purposes to choose from.
func (p *Pages) purposes() []string {
	if p.config.Purposes != nil {
		return p.config.Purposes
	}
	return Purposes()
}

// checkPurposes returns an error if a purpose is not one of [Purposes], or if the list is empty.
func checkPurposes(list []string) error {
	unknown := func(id string) bool { return !slices.Contains(Purposes(), id) }
	if list != nil && len(list) == 0 || slices.ContainsFunc(list, unknown) {
		return errors.New("page: Purposes has none, or one that is not in the list of Purposes()")
	}
	return nil
}

// desk returns the desk of the browser. What is no longer to be chosen is empty.
func (p *Pages) desk(r *http.Request) desk {
	var q url.Values
	if c, err := r.Cookie(p.cookieName(cookieDesk)); err == nil {
		q, _ = url.ParseQuery(c.Value)
	}
	return p.deskOf(q)
}

// deskOf returns the desk in a cookie or a form. A wrong organisation remains.
func (p *Pages) deskOf(q url.Values) desk {
	d := desk{
		Organisation: strings.Join(strings.Fields(q.Get("organisation")), " "),
		Waits:        q.Get("wait") != "",
	}
	if _, ok := p.config.Catalogue.Lookup(q.Get("benefit"), p.today()); ok && !p.config.Offline {
		d.Benefit = q.Get("benefit")
	}
	if all := p.purposes(); len(all) == 1 {
		d.Purpose = all[0]
	} else if slices.Contains(all, q.Get("purpose")) {
		d.Purpose = q.Get("purpose")
	}
	return d
}

// request fills in what a request of the second level takes from the desk. It leaves what the operator chose.
func (d desk) request(i inquiry) request {
	q := i.Request
	if q.Kind != "" {
		return q
	}
	q.Benefit = i.Benefit
	q.Organisation, q.Purpose = cmp.Or(q.Organisation, d.Organisation), cmp.Or(q.Purpose, d.Purpose)
	if d.Benefit != "" && d.Benefit == i.Benefit {
		q.Kind = kindBenefit
	}
	return q
}

// directView is a request that the desk can send without a form.
type directView struct {
	request
	// Inquiry is the sealed inquiry with the request.
	Inquiry string
}

// direct returns the request that the desk would send about an inquiry. It returns nil if something is left
// to choose, or if nobody is logged in.
func (p *Pages) direct(r *http.Request, i inquiry) *directView {
	i.Request = p.desk(r).request(i)
	o, ok := p.config.Operators.Operator(r)
	if !ok || i.Request.Kind != kindBenefit || p.wrong(i.Request, o) != (mistakes{}) {
		return nil
	}
	if o.Organisation != "" {
		i.Request.Organisation = "" // the login guarantees another
	}
	v := directView{i.Request, p.field(i)}
	v.Organisation = cmp.Or(v.Organisation, o.Organisation)
	return &v
}

// deskLine is the data of the line in the header that says which desk this is, and of the scanner.
type deskLine struct {
	desk
	place
	Title   string // of the benefit
	Offline bool
	// WrongKeyboard and Keyboards are for the script that listens to a scanner: see package typed.
	WrongKeyboard, Keyboards string
}

func (p *Pages) deskLine(r *http.Request) deskLine {
	d := p.desk(r)
	wrong := answer.For(language(r), api.CodeWrongKeyboard)
	return deskLine{
		desk: d, place: p.at(), Offline: p.config.Offline,
		Title:         answer.Title(language(r), p.config.Catalogue, d.Benefit),
		WrongKeyboard: wrong.Headline + ". " + wrong.Next,
		Keyboards:     typed.Keyboards(),
	}
}

// deskView is the data of the page on which the desk is chosen.
type deskView struct {
	place
	Desk deskLine
	desk
	Groups []answer.Group
	// Purposes is empty if there is nothing to choose.
	Purposes []string
	// Second reports that there is a second level.
	Second bool
	Wrong  mistakes
}

// Redraw implements [web.Redrawer].
func (v deskView) Redraw() string { return v.At(pathDesk) }

// Mistakes returns the mistakes in the order of the fields.
func (v deskView) Mistakes() []mistake {
	return made(mistake{"organisation", "q.organisation", v.Wrong.Organisation})
}

func (p *Pages) chooseDesk(w http.ResponseWriter, r *http.Request) {
	p.deskPage(w, r, http.StatusOK, deskView{desk: p.desk(r)})
}

func (p *Pages) deskPage(w http.ResponseWriter, r *http.Request, code int, v deskView) {
	v.place, v.Desk = p.at(), p.deskLine(r)
	v.Groups = answer.Groups(language(r), p.config.Catalogue, p.today())
	v.Second = p.config.Operators != nil
	if all := p.purposes(); len(all) > 1 {
		v.Purposes = all
	}
	p.config.Site.Render(w, r, code, "q-desk", v)
}

// keepDesk stores the desk in the browser.
func (p *Pages) keepDesk(w http.ResponseWriter, r *http.Request) {
	d := p.deskOf(r.PostForm)
	o := d.Organisation
	if web.Redraws(r) {
		d.Organisation = withoutCF(o)
		p.deskPage(w, r, http.StatusOK, deskView{desk: d})
		return
	}
	if utf8.RuneCountInString(o) > maxOrganisation || withoutCF(o) != o {
		d.Organisation = withoutCF(o)
		p.deskPage(w, r, http.StatusUnprocessableEntity,
			deskView{desk: d, Wrong: mistakes{Organisation: "q.organisation_wrong"}})
		return
	}
	q := url.Values{"benefit": {d.Benefit}, "organisation": {o}, "purpose": {d.Purpose}}
	if d.Waits {
		q.Set("wait", "1")
	}
	p.cookie(w, cookieDesk, q.Encode(), deskLife)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, p.at().At(""), http.StatusSeeOther)
}
