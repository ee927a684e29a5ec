package citizen

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/mail"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// contactsView is how a person is reached.
type contactsView struct {
	For whose
	// Known: the registry knows the person. Who is not known has no contacts here.
	Known bool
	// Phones are masked, the first one first.
	Phones []phoneView
	Email  string // masked
	// Language of the messages, and those to choose from.
	Language  string
	Languages []string
	// Confirmed is when and by whom the contacts were last confirmed here; the zero time: never, or they changed since.
	Confirmed confirmation
	// Proven says that it was once shown that the first number is the person's. Otherwise a look at it does not do.
	Proven bool
	// Number and Address are what was typed, with the key of what is wrong with it.
	Number, NumberWrong, Address, AddressWrong string
	// Minutes to wait, for the texts of what is wrong that need it.
	Minutes int
	// Next: the person was on the way to the QR.
	Next bool
	// Numbers and Addresses say whether new ones can be proven here.
	Numbers, Addresses bool
}

type phoneView struct {
	Masked string
	Voice  bool
}

// masked keeps a masked number on one line.
func masked(number string) string { return strings.ReplaceAll(number, " ", "\u00a0") }

// confirmation is who said when that the contacts are right.
type confirmation struct {
	At time.Time
	// Name of who acted for the person; empty: the person.
	Name string
}

// confirming are the acts after which the contacts count as seen.
func confirming() []string { return []string{actConfirmed, actPhone, actNoPhone} }

// confirmation returns the last one that is not older than the contacts; the zero one if there is none.
func (p *Pages) confirmation(ctx context.Context, person registry.Person) (confirmation, error) {
	acts, err := p.Registry.Acts(ctx, person.CF)
	if err != nil {
		return confirmation{}, err
	}
	for _, a := range acts {
		if !slices.Contains(confirming(), a.What) {
			continue
		}
		if a.At.Before(person.Contacts.Verified) {
			break
		}
		c := confirmation{At: a.At}
		if a.Guardian != person.CF {
			c.Name = a.Name
		}
		return c, nil
	}
	return confirmation{}, nil
}

func (p *Pages) contactsView(ctx context.Context, v visit) (contactsView, error) {
	person, known, err := p.known(ctx, v)
	if err != nil {
		return contactsView{}, err
	}
	c := person.Contacts
	view := contactsView{For: v.For, Known: known, Email: mail.Mask(c.Email), Language: string(c.Language), Languages: web.Languages(),
		Proven: !c.Verified.IsZero(), Numbers: p.Codes != nil, Addresses: p.Mail != nil}
	if view.Language == "" {
		view.Language = string(status.Italian)
	}
	for _, phone := range c.Phones {
		view.Phones = append(view.Phones, phoneView{masked(phone.Number.Mask()), phone.Channel == otp.Voice})
	}
	view.Confirmed, err = p.confirmation(ctx, person)
	return view, err
}

func (p *Pages) contacts(w http.ResponseWriter, r *http.Request, v visit) error {
	return p.showContacts(w, r, v, func(view *contactsView) { view.Next = r.URL.Query().Has("qr") && view.Confirmed.At.IsZero() })
}

// showContacts shows the page with what was typed and what is wrong with it.
func (p *Pages) showContacts(w http.ResponseWriter, r *http.Request, v visit, change func(*contactsView)) error {
	view, err := p.contactsView(r.Context(), v)
	if err != nil {
		return err
	}
	change(&view)
	code := http.StatusOK
	if view.NumberWrong != "" || view.AddressWrong != "" {
		code = http.StatusUnprocessableEntity
	}
	p.Site.Render(w, r, code, "area-contacts", view)
	return nil
}

// changeContacts traces a change and makes it. change gets the instant of both: contacts that are verified then count as seen.
func (p *Pages) changeContacts(ctx context.Context, v visit, act string, change func(c *registry.Contacts, now time.Time)) error {
	person, err := p.Registry.Person(ctx, v.person)
	if err != nil {
		return err
	}
	now := p.Now()
	if err := p.trace(ctx, v, act, now); err != nil {
		return err
	}
	change(&person.Contacts, now)
	return p.Registry.SetContacts(ctx, v.person, person.Contacts)
}

// confirm takes the person's word for a number that was proven before, or for having none.
func (p *Pages) confirm(w http.ResponseWriter, r *http.Request, v visit) error {
	view, err := p.contactsView(r.Context(), v)
	if err != nil {
		return err
	}
	if !view.Known || len(view.Phones) > 0 && !view.Proven {
		http.Redirect(w, r, pathContacts, http.StatusSeeOther)
		return nil
	}
	if err := p.trace(r.Context(), v, actConfirmed, p.Now()); err != nil {
		return err
	}
	http.Redirect(w, r, pathQR, http.StatusSeeOther)
	return nil
}

// setLanguage chooses the language of the messages.
func (p *Pages) setLanguage(w http.ResponseWriter, r *http.Request, v visit) error {
	lang := status.Language(r.PostFormValue("lingua"))
	if !slices.Contains(status.Languages(), lang) {
		lang = status.Italian
	}
	err := p.changeContacts(r.Context(), v, actLanguage, func(c *registry.Contacts, _ time.Time) { c.Language = lang })
	if err != nil {
		return err
	}
	http.Redirect(w, r, pathContacts, http.StatusSeeOther)
	return nil
}
