package citizen

import (
	"net/http"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// knownTerms binds a code to the number on record. A code that proves a new number does not fit.
func (p *Pages) knownTerms(v visit, phone otp.Phone) otp.Terms {
	return otp.Terms{Organisation: codeOrganisation, Purpose: "known", Scope: p.knownName(v.person, phone)}
}

// withKnown calls do with the number on record, if a code can be sent to it.
func (p *Pages) withKnown(do func(http.ResponseWriter, *http.Request, visit, otp.Contact) error) handler {
	return func(w http.ResponseWriter, r *http.Request, v visit) error {
		person, err := p.Registry.Person(r.Context(), v.person)
		if err != nil {
			return err
		}
		phone, ok := p.reachable(person.Contacts)
		if !ok {
			http.Redirect(w, r, pathContacts, http.StatusSeeOther)
			return nil
		}
		return do(w, r, v, otp.Contact{Channel: phone.Channel, Phone: phone.Number,
			VerifiedAt: person.Contacts.Verified})
	}
}

// askKnown sends a code to the number on record.
func (p *Pages) askKnown(w http.ResponseWriter, r *http.Request, v visit, to otp.Contact) error {
	challenge, err := p.Codes.Start(r.Context(), otp.StartRequest{
		Parties: p.parties(v), Terms: p.knownTerms(v, to.Phone), Locale: web.Language(r),
		Contacts: []otp.Contact{to},
	})
	if err == nil {
		p.showCode(w, r, v, codeView{Challenge: challenge, Path: pathKnown})
		return nil
	}
	wrong, minutes := refusal(err)
	if wrong == "" {
		return err
	}
	return p.showContacts(w, r, v, func(c *contactsView) { c.KnownWrong, c.Minutes = wrong, minutes })
}

// proveKnown checks the code and keeps in the session that it was right.
func (p *Pages) proveKnown(w http.ResponseWriter, r *http.Request, v visit, to otp.Contact) error {
	id, terms := r.PostFormValue("id"), p.knownTerms(v, to.Phone)
	_, err := p.Codes.Verify(r.Context(), otp.VerifyRequest{Parties: p.parties(v), ID: id,
		Code: otp.NewCode(r.PostFormValue("code")), Terms: &terms})
	if err != nil {
		return p.phoneFailed(w, r, v, id, codeView{Path: pathKnown}, err)
	}
	p.remember(r.Context(), sessionKnown, p.knownName(v.person, to.Phone))
	http.Redirect(w, r, pathContacts, http.StatusSeeOther)
	return nil
}

// resendKnown sends the same code again.
func (p *Pages) resendKnown(w http.ResponseWriter, r *http.Request, v visit, to otp.Contact) error {
	id := r.PostFormValue("id")
	challenge, err := p.Codes.Resend(r.Context(), otp.ResendRequest{Parties: p.parties(v), ID: id,
		Contacts: []otp.Contact{to}})
	if err != nil {
		return p.phoneFailed(w, r, v, id, codeView{Path: pathKnown}, err)
	}
	p.showCode(w, r, v, codeView{Challenge: challenge, Path: pathKnown})
	return nil
}
