package citizen

import (
	"cmp"
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

// contactsView holds the contacts of a person.
type contactsView struct {
	For whose
	// Known reports whether the registry knows the person. A person it does not know has no contacts here.
	Known bool
	// Phones are masked; the first is the preferred one.
	Phones []phoneView
	Email  string // masked
	// Language is the language of the messages, one of Languages.
	Language  string
	Languages []string
	// Confirmed is the last confirmation of the contacts on this page. It is zero if there is none since the
	// last change.
	Confirmed confirmation
	// Proven reports whether the first number was once proven to be the person's. If not, the person cannot
	// confirm it by looking at it.
	Proven bool
	// Number and Address are the typed values; NumberWrong and AddressWrong are the keys of their errors.
	Number, NumberWrong, Address, AddressWrong string
	// Minutes is the waiting time, for the error texts that name one.
	Minutes int
	// UsableFrom is when the first number can get codes, if it has to wait.
	UsableFrom time.Time
	// Again is the path of a fresh login, which must come before a change; empty if none has to come.
	// Unproved reports that a change has to wait instead.
	Again    string
	Unproved bool
	// Reachable reports that a code can be sent to the number on record, and Sure that its code was right.
	// KnownWrong is the key of the error.
	Reachable, Sure bool
	KnownWrong      string
	// LanguageWrong is the key of the error of the language.
	LanguageWrong string
	// Done is what was done, one of doneWords, and Removing what is to be removed if the person is sure:
	// phone or email.
	Done, Removing string
	// Voice reports that a landline can be proven here, by a call.
	Voice bool
	// Prefixes are the beginnings of the numbers to which codes are sent.
	Prefixes string
	// Next reports whether the person came from the page of the QR.
	Next bool
	// Numbers, Addresses and Lists report whether there can be new numbers, addresses and printed lists here.
	Numbers, Addresses, Lists bool
}

type phoneView struct {
	Masked string
	Voice  bool
}

// masked joins the parts of a masked number with no-break spaces.
func masked(number string) string { return strings.ReplaceAll(number, " ", "\u00a0") }

// confirmation records that somebody confirmed the contacts.
type confirmation struct {
	At time.Time
	// Name is the person who acted for the person; empty means the person themselves.
	Name string
}

// confirming returns the acts that confirm the contacts.
func confirming() []string { return []string{actConfirmed, actPhone, actNoPhone} }

// confirmation returns the last confirmation that is not older than the contacts, or the zero value.
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
	view := contactsView{For: v.For, Known: known, Email: mail.Mask(c.Email), Language: string(c.Language),
		Languages: web.Languages(),
		Proven:    !c.Verified.IsZero(), Numbers: p.Codes != nil, Addresses: p.Mail != nil,
		Lists: p.Codes != nil && p.Consents != nil}
	if view.Language == "" {
		view.Language = string(status.Italian)
	}
	for _, phone := range c.Phones {
		view.Phones = append(view.Phones, phoneView{masked(phone.Number.Mask()), phone.Channel == otp.Voice})
	}
	if p.Now().Before(c.UsableFrom) {
		view.UsableFrom = c.UsableFrom
	}
	_, view.Reachable = p.reachable(c)
	view.Voice = p.Codes != nil && p.offers(otp.Voice)
	view.Prefixes = strings.Join(p.prefixes(), ", ")
	view.Sure = p.confirmed(ctx, v.person, c)
	if ok := view.Sure || p.fresh(v); !ok && p.Again != nil {
		view.Again = p.Again(v.who, pathContacts)
	} else {
		view.Unproved = !ok
	}
	view.Confirmed, err = p.confirmation(ctx, person)
	return view, err
}

func (p *Pages) contacts(w http.ResponseWriter, r *http.Request, v visit) error {
	return p.showContacts(w, r, v, func(view *contactsView) {
		done := r.FormValue("done")
		if slices.Contains(doneWords(), done) {
			view.Done = done
		}
		view.Next = r.Form.Has("qr") && view.Confirmed.At.IsZero()
	})
}

// enter sends what was typed, after Enter in a field or to see the page in another language. If both fields
// hold something, the number comes first.
func (p *Pages) enter(w http.ResponseWriter, r *http.Request, v visit) error {
	number, address := r.PostFormValue("number") != "", r.PostFormValue("email") != ""
	switch {
	case web.Redraws(r):
	case p.Codes != nil && (number || !address):
		return p.guardedNumber(p.setPhone)(w, r, v)
	case p.Mail != nil && address:
		return p.guarded(p.setEmail)(w, r, v)
	}
	return p.contacts(w, r, v)
}

// keepTyped is do for a button beside fields: what they hold is there when the page with them is shown next.
func (p *Pages) keepTyped(do handler) handler {
	return func(w http.ResponseWriter, r *http.Request, v visit) error {
		for key, name := range map[string]string{sessionNumber: "number", sessionAddress: "email"} {
			if typed := r.PostFormValue(name); typed != "" {
				p.Sessions.Put(r.Context(), key, first(typed, maxTyped))
			}
		}
		return do(w, r, v)
	}
}

// doneWords are the values of the query parameter that says what was done.
func doneWords() []string { return []string{"phone", "email", "language"} }

// done sends the browser to the page, which says what was done.
func done(w http.ResponseWriter, r *http.Request, what string) error {
	http.Redirect(w, r, pathContacts+"?done="+what, http.StatusSeeOther)
	return nil
}

// sure is do for a person who has said that they are sure. Others are asked.
func (p *Pages) sure(what string, do handler) handler {
	return func(w http.ResponseWriter, r *http.Request, v visit) error {
		if r.PostFormValue("answer") == "yes" && !web.Redraws(r) {
			return do(w, r, v)
		}
		return p.showContacts(w, r, v, func(view *contactsView) { view.Removing = what })
	}
}

// showContacts renders the page with the typed values and their errors.
func (p *Pages) showContacts(w http.ResponseWriter, r *http.Request, v visit,
	change func(*contactsView)) error {
	view, err := p.contactsView(r.Context(), v)
	if err != nil {
		return err
	}
	change(&view)
	if view.Removing == "" {
		view.Number = cmp.Or(r.PostFormValue("number"), p.Sessions.PopString(r.Context(), sessionNumber))
		view.Address = cmp.Or(r.PostFormValue("email"), p.Sessions.PopString(r.Context(), sessionAddress))
		if lang := r.PostFormValue("language"); slices.Contains(view.Languages, lang) {
			view.Language = lang
		}
	}
	code := http.StatusOK
	if view.NumberWrong+view.AddressWrong+view.KnownWrong+view.LanguageWrong != "" {
		code = http.StatusUnprocessableEntity
	}
	p.Site.Render(w, r, code, "area-contacts", view)
	return nil
}

// changeContacts records a change, tells the contacts from before, and makes it. It passes the instant of the
// record to change, so that contacts verified by the change count as confirmed.
func (p *Pages) changeContacts(ctx context.Context, v visit, act string,
	change func(c *registry.Contacts, now time.Time)) error {
	person, now, err := p.announce(ctx, v, act)
	if err != nil {
		return err
	}
	change(&person.Contacts, now)
	return p.Registry.SetContacts(ctx, v.person, person.Contacts)
}

// announce records an act and tells the contacts from before. It returns the instant of the record.
func (p *Pages) announce(ctx context.Context, v visit, act string) (person registry.Person, now time.Time,
	err error) {
	if person, err = p.Registry.Person(ctx, v.person); err != nil {
		return person, now, err
	}
	now = p.Now()
	if err := p.trace(ctx, v, act, now); err != nil {
		return person, now, err
	}
	return person, now, p.notify(ctx, person.Contacts, act, now)
}

// confirm accepts the person's statement that a number proven before is right, or that they have none.
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

// setLanguage sets the language of the messages.
func (p *Pages) setLanguage(w http.ResponseWriter, r *http.Request, v visit) error {
	lang := status.Language(r.PostFormValue("language"))
	if !slices.Contains(status.Languages(), lang) {
		lang = status.Italian
	}
	person, err := p.Registry.Person(r.Context(), v.person)
	if err != nil {
		return err
	}
	if person.Contacts.Language == lang {
		return done(w, r, "language")
	}
	wait, err := p.take(r.Context(), limitLanguage, v.person.Reveal())
	if err != nil {
		return err
	}
	if wait > 0 {
		return p.showContacts(w, r, v, func(c *contactsView) {
			c.LanguageWrong, c.Minutes = "contacts.wait", wait
		})
	}
	err = p.changeContacts(r.Context(), v, actLanguage,
		func(c *registry.Contacts, _ time.Time) { c.Language = lang })
	if err != nil {
		return err
	}
	return done(w, r, "language")
}
