package citizen

import (
	"errors"
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/mail"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// letterView is the page that asks for the code of a letter.
type letterView struct {
	For whose
	// Address is the typed address; the form sends it back.
	Address string
	// Typed is the typed code, on the page in another language.
	Typed string
	// Wrong is the key of the error.
	Wrong string
}

// setEmail sends a code to a new address.
func (p *Pages) setEmail(w http.ResponseWriter, r *http.Request, v visit) error {
	typed := r.PostFormValue("email")
	wrong := func(key string, minutes int) error {
		return p.showContacts(w, r, v, func(c *contactsView) {
			c.AddressWrong, c.Minutes = key, minutes
		})
	}
	address, err := mail.ParseAddress(typed)
	if err != nil || (registry.Contacts{Email: address}).Validate() != nil {
		return wrong("contacts.email_wrong", 0)
	}
	wait, err := p.take(r.Context(), limitLetter, v.person.Reveal(), address)
	if err != nil {
		return err
	}
	if wait > 0 {
		return wrong("contacts.wait", wait)
	}
	lang := web.Language(r)
	err = p.Mail.Send(r.Context(), mail.Message{
		To: address, Subject: p.Site.Text(lang, "letter.code_subject"),
		Text: p.letter(lang, "letter.code", p.letterCode(v.person, address, p.Now()), "letter.code_use",
			"letter.code_ignore"),
	})
	if errors.Is(err, mail.ErrRefused) || errors.Is(err, mail.ErrAddress) {
		return wrong("contacts.email_refused", 0)
	}
	if err != nil {
		return err
	}
	p.Sessions.Remove(r.Context(), sessionAddress)
	p.Site.Render(w, r, http.StatusOK, "area-email", letterView{For: v.For, Address: address})
	return nil
}

// proveEmail checks the code and stores the address.
func (p *Pages) proveEmail(w http.ResponseWriter, r *http.Request, v visit) error {
	address, err := mail.ParseAddress(r.PostFormValue("email"))
	if err != nil {
		http.Redirect(w, r, pathContacts, http.StatusSeeOther)
		return nil
	}
	if !p.letterCodeIs(r.PostFormValue("code"), v.person, address) {
		p.Site.Render(w, r, http.StatusUnprocessableEntity, "area-email",
			letterView{For: v.For, Address: address, Wrong: "contacts.letter_wrong"})
		return nil
	}
	if err := p.changeContacts(r.Context(), v, actEmail,
		func(c *registry.Contacts, _ time.Time) { c.Email = address }); err != nil {
		return err
	}
	p.Site.Say(w, r, http.StatusOK, web.Message{Title: "contacts.email_done_title",
		Text: "contacts.email_done", Args: []any{mail.Mask(address)},
		Icon: "it-check-circle", Tone: "yes", Next: pathContacts, NextText: "contacts.back"})
	return nil
}

// removeEmail removes the address.
func (p *Pages) removeEmail(w http.ResponseWriter, r *http.Request, v visit) error {
	person, err := p.Registry.Person(r.Context(), v.person)
	if err != nil {
		return err
	}
	if person.Contacts.Email == "" {
		http.Redirect(w, r, pathContacts, http.StatusSeeOther)
		return nil
	}
	if err := p.changeContacts(r.Context(), v, actNoEmail,
		func(c *registry.Contacts, _ time.Time) { c.Email = "" }); err != nil {
		return err
	}
	return done(w, r, "email")
}
