package citizen

import (
	"net/http"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// sessionPresent is the session key of the last time that a person was at the counter, and of the person.
const sessionPresent = "citizen.present"

// presentView asks somebody at a counter whether the person is there.
type presentView struct {
	For whose
	// Masked is the number that gets a code; if it is empty, the operator declares that the person is there.
	Masked string
	// What was typed, the mistakes in it, and the minutes to wait.
	CF       string
	Declared bool
	Mistakes []mistake
	Minutes  int
}

// Redraw implements [web.Redrawer].
func (presentView) Redraw() string { return pathPresent }

// Error returns the key of the text about the mistake in the field, or "".
func (v presentView) Error(field string) string { return textOf(v.Mistakes, field) }

// whilePresent is do for the person themselves and those who may act without them. Somebody at a counter
// makes documents for [freshFor] after the person told them a code, or after they declared that the person
// is there.
func (p *Pages) whilePresent(do handler) handler {
	return func(w http.ResponseWriter, r *http.Request, v visit) error {
		if v.ward.Kind == registry.Counter && !p.lately(r.Context(), sessionPresent, v.For.Ref) {
			http.Redirect(w, r, pathPresent, http.StatusSeeOther)
			return nil
		}
		return do(w, r, v)
	}
}

// atCounter calls do for somebody at a counter, with the mobile number of the person; its Channel is empty if
// there is none.
func (p *Pages) atCounter(do func(http.ResponseWriter, *http.Request, visit, otp.Contact) error) handler {
	return func(w http.ResponseWriter, r *http.Request, v visit) error {
		if v.ward.Kind != registry.Counter {
			http.Redirect(w, r, pathQR, http.StatusSeeOther)
			return nil
		}
		person, err := p.Registry.Person(r.Context(), v.person)
		if err != nil {
			return err
		}
		var to otp.Contact
		if phone, ok := p.reachable(person.Contacts); ok && phone.Channel == otp.SMS && p.Presence != nil {
			to = contact(phone)[0]
		}
		return do(w, r, v, to)
	}
}

// presence asks whether the person is there.
func (p *Pages) presence(w http.ResponseWriter, r *http.Request, v visit, to otp.Contact) error {
	p.askPresence(w, r, v, to, presentView{CF: r.FormValue("cf"), Declared: r.FormValue("declared") == "yes"})
	return nil
}

func (p *Pages) askPresence(w http.ResponseWriter, r *http.Request, v visit, to otp.Contact,
	view presentView) {
	if view.For = v.For; to.Channel != "" {
		view.Masked = masked(to.Phone.Mask())
	}
	code := http.StatusOK
	if len(view.Mistakes) > 0 {
		code = http.StatusUnprocessableEntity
	}
	p.Site.Render(w, r, code, "area-present", view)
}

// proveHere sends a code to the person's phone, or records the operator's declaration if there is none.
func (p *Pages) proveHere(w http.ResponseWriter, r *http.Request, v visit, to otp.Contact) error {
	if web.Redraws(r) {
		return p.presence(w, r, v, to)
	}
	if to.Channel == "" {
		return p.declareHere(w, r, v)
	}
	challenge, err := p.Presence.Start(r.Context(), otp.StartRequest{Parties: p.parties(v),
		Terms: presenceTerms(), Locale: web.Language(r), Contacts: []otp.Contact{to}})
	if err == nil {
		p.showCode(w, r, v, codeView{Challenge: challenge, Path: pathPresent})
		return nil
	}
	wrong, minutes := refusal(err)
	if wrong == "" {
		return err
	}
	p.askPresence(w, r, v, to, presentView{Minutes: minutes,
		Mistakes: mistakes(mistake{"go", "contacts.number_send", wrong})})
	return nil
}

func presenceTerms() otp.Terms {
	return otp.Terms{Organisation: "sportello", Purpose: "present", Scope: "present"}
}

// declareHere records that the operator declared that the person is there, and tells the person's contacts.
func (p *Pages) declareHere(w http.ResponseWriter, r *http.Request, v visit) error {
	typed, declared := r.PostFormValue("cf"), r.PostFormValue("declared") == "yes"
	cf, err := answer.ReadCF(typed)
	wrongCF, missing := "", ""
	switch {
	case strings.TrimSpace(typed) == "":
		wrongCF = "cf.missing"
	case err != nil:
		wrongCF = answer.CFKey(err)
	case cf != v.person:
		wrongCF = "present.cf_other"
	}
	if !declared {
		missing = "present.declare_missing"
	}
	view := presentView{CF: typed, Declared: declared, Mistakes: mistakes(
		mistake{"cf", "cf.label", wrongCF}, mistake{"declared", "present.declare", missing})}
	if len(view.Mistakes) == 0 {
		if _, _, err := p.announce(r.Context(), v, actDeclared); err != nil {
			return err
		}
		return p.isHere(w, r, v)
	}
	p.askPresence(w, r, v, otp.Contact{}, view)
	return nil
}

// isHere opens the page of the document.
func (p *Pages) isHere(w http.ResponseWriter, r *http.Request, v visit) error {
	p.remember(r.Context(), sessionPresent, v.For.Ref)
	http.Redirect(w, r, pathQR, http.StatusSeeOther)
	return nil
}

// hearHere checks the code that the person told.
func (p *Pages) hearHere(w http.ResponseWriter, r *http.Request, v visit, to otp.Contact) error {
	switch {
	case to.Channel == "": // the number was removed meanwhile
		return p.overPhone(w, r, pathPresent)
	case web.Redraws(r):
		return p.drawCode(pathPresent)(w, r, v)
	}
	id, terms := r.PostFormValue("id"), presenceTerms()
	_, err := p.Codes.Verify(r.Context(), otp.VerifyRequest{Parties: p.parties(v), ID: id,
		Code: otp.NewCode(r.PostFormValue("code")), Terms: &terms})
	if err != nil {
		return p.phoneFailed(w, r, v, id, codeView{Path: pathPresent}, err)
	}
	if err := p.trace(r.Context(), v, actPresent, p.Now()); err != nil {
		return err
	}
	return p.isHere(w, r, v)
}

// resendHere sends the same code again.
func (p *Pages) resendHere(w http.ResponseWriter, r *http.Request, v visit, to otp.Contact) error {
	if to.Channel == "" {
		return p.overPhone(w, r, pathPresent)
	}
	id := r.PostFormValue("id")
	challenge, err := p.Presence.Resend(r.Context(), otp.ResendRequest{Parties: p.parties(v), ID: id,
		Contacts: []otp.Contact{to}})
	if err != nil {
		return p.phoneFailed(w, r, v, id, codeView{Path: pathPresent}, err)
	}
	p.showCode(w, r, v, codeView{Challenge: challenge, Path: pathPresent})
	return nil
}
