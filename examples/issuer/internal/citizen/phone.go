package citizen

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// phoneRegion is the country of a number without a prefix.
const phoneRegion = "IT"

var (
	errNumber = errors.New("not a telephone number")
	errKind   = errors.New("neither a mobile phone nor a landline")
)

// parsePhone reads a number as people write it. A landline gets its codes by a call.
func parsePhone(typed string) (registry.Phone, error) {
	n, err := phonenumbers.Parse(typed, phoneRegion)
	if err != nil || n.GetExtension() != "" || !phonenumbers.IsValidNumber(n) {
		return registry.Phone{}, errNumber
	}
	number := registry.Phone{Channel: otp.SMS}
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
	case phonenumbers.FIXED_LINE:
		number.Channel = otp.Voice
	default:
		return registry.Phone{}, errKind
	}
	number.Number, err = otp.ParsePhone(phonenumbers.Format(n, phonenumbers.E164))
	return number, err
}

func contact(n registry.Phone) []otp.Contact {
	return []otp.Contact{{Channel: n.Channel, Phone: n.Number}}
}

// codeView is the page that asks for the code.
type codeView struct {
	For whose
	otp.Challenge
	// Masked is the masked number for the page.
	Masked string
	// Number is the typed number; the form sends it back. It is empty for a code of the number on record.
	Number string
	// Typed is the typed code, on the page in another language.
	Typed string
	// Path is that of the forms: pathPhone, pathKnown or pathPresent.
	Path string
	// Wrong is the key of the error. Count is the argument of its text: attempts or minutes.
	Wrong string
	Count int
	// ResendIn is the number of seconds until the code can be sent again.
	ResendIn int
}

// Counter reports that the person tells the code to somebody at a counter.
func (v codeView) Counter() bool { return v.Path == pathPresent }

// parties returns the parties of a proof: the person at the page is the operator.
func (p *Pages) parties(v visit) otp.Parties {
	return otp.Parties{
		Tenant:   CodeTenant,
		Operator: otp.Operator{IdentityProvider: login.ByPerson, ID: otp.NewSecret(v.who.Person.Reveal())},
		Subject:  otp.NewSecret(v.person.Reveal()),
	}
}

// terms binds a code to the number, so that the code is wrong if the form holds another number.
func (p *Pages) terms(phone otp.Phone) otp.Terms {
	return otp.Terms{Organisation: codeOrganisation, Purpose: "number",
		Scope: p.pseudonym("number", phone.Reveal())}
}

// setPhone sends a code to the new number.
func (p *Pages) setPhone(w http.ResponseWriter, r *http.Request, v visit) error {
	typed := strings.TrimSpace(r.PostFormValue("number"))
	phone, err := parsePhone(typed)
	wrong, minutes := "", 0
	switch {
	case errors.Is(err, errKind), err == nil && !p.offers(phone.Channel):
		wrong = "contacts.number_mobile"
	case err != nil:
		wrong = "contacts.number_wrong"
	}
	var challenge otp.Challenge
	if wrong == "" {
		challenge, err = p.Codes.Start(r.Context(), otp.StartRequest{
			Parties: p.parties(v), Terms: p.terms(phone.Number), Locale: web.Language(r),
			Contacts: contact(phone),
		})
		if err != nil {
			if wrong, minutes = refusal(err); wrong == "" {
				return err
			}
		}
	}
	if wrong != "" {
		return p.showContacts(w, r, v, func(c *contactsView) {
			c.NumberWrong, c.Minutes = wrong, minutes
		})
	}
	p.Sessions.Remove(r.Context(), sessionNumber)
	p.showCode(w, r, v, codeView{Challenge: challenge, Number: typed, Path: pathPhone})
	return nil
}

// refusal returns the key of the text for a refusal by package otp, and the minutes to wait. The key is
// empty if err is a fault.
func refusal(err error) (key string, minutes int) {
	var refused *otp.Refusal
	if !errors.As(err, &refused) {
		return "", 0
	}
	minutes = int((refused.RetryAfter + time.Minute - 1) / time.Minute)
	switch refused.Cause {
	case otp.ErrRateLimited, otp.ErrWait, otp.ErrLocked, otp.ErrTooSoon:
		return "contacts.wait", max(minutes, 1)
	case otp.ErrBarred:
		if minutes > 0 {
			return "contacts.wait", minutes
		}
		return "contacts.blocked", 0
	case otp.ErrBlocked, otp.ErrRefused:
		return "contacts.blocked", 0
	case otp.ErrContact:
		return "contacts.number_foreign", 0
	}
	return "", 0
}

func (p *Pages) showCode(w http.ResponseWriter, r *http.Request, v visit, view codeView) {
	view.For, view.Masked = v.For, masked(view.MaskedPhone)
	if wait := view.ResendAt.Sub(p.Now()); !view.ResendAt.IsZero() && wait > 0 {
		view.ResendIn = int((wait + time.Second - 1) / time.Second)
	}
	code := http.StatusOK
	if view.Wrong != "" {
		code = http.StatusUnprocessableEntity
	}
	p.Site.Render(w, r, code, "area-phone", view)
}

// provePhone checks the code and stores the number.
func (p *Pages) provePhone(w http.ResponseWriter, r *http.Request, v visit) error {
	typed, id := r.PostFormValue("number"), r.PostFormValue("id")
	phone, err := parsePhone(typed)
	if err != nil {
		return p.overPhone(w, r, pathPhone)
	}
	terms := p.terms(phone.Number)
	_, err = p.Codes.Verify(r.Context(), otp.VerifyRequest{Parties: p.parties(v), ID: id,
		Code: otp.NewCode(r.PostFormValue("code")), Terms: &terms})
	if err != nil {
		return p.phoneFailed(w, r, v, id, codeView{Number: typed, Path: pathPhone}, err)
	}
	var from time.Time
	err = p.changeContacts(r.Context(), v, actPhone, func(c *registry.Contacts, now time.Time) {
		p.replace(r.Context(), v, c, phone, now)
		from = c.UsableFrom
	})
	if err != nil {
		return err
	}
	m := web.Message{Title: "contacts.phone_done_title",
		Text: "contacts.phone_done", Args: []any{masked(phone.Number.Mask())},
		Icon: "it-check-circle", Tone: "yes", Next: pathQR, NextText: "contacts.to_qr"}
	if !from.IsZero() {
		m.Text, m.Args = "contacts.phone_waits", append(m.Args, p.moment(from))
	}
	p.Site.Say(w, r, http.StatusOK, m)
	return nil
}

// resendCode sends the same code again.
func (p *Pages) resendCode(w http.ResponseWriter, r *http.Request, v visit) error {
	typed, id := r.PostFormValue("number"), r.PostFormValue("id")
	phone, err := parsePhone(typed)
	if err != nil {
		return p.overPhone(w, r, pathPhone)
	}
	challenge, err := p.Codes.Resend(r.Context(), otp.ResendRequest{Parties: p.parties(v), ID: id,
		Contacts: contact(phone)})
	if err != nil {
		return p.phoneFailed(w, r, v, id, codeView{Number: typed, Path: pathPhone}, err)
	}
	p.showCode(w, r, v, codeView{Challenge: challenge, Number: typed, Path: pathPhone})
	return nil
}

// phoneFailed shows the error. It stays on the page of the code if another attempt is possible.
func (p *Pages) phoneFailed(w http.ResponseWriter, r *http.Request, v visit, id string,
	view codeView, failed error) (err error) {
	view.Wrong, view.Count, view.Challenge, err = p.failedCode(r.Context(), p.parties(v), id, failed)
	switch {
	case err != nil:
		return err
	case view.ID == "":
		return p.overPhone(w, r, view.Path)
	}
	p.showCode(w, r, v, view)
	return nil
}

// failedCode returns the key of the text for a failed code with its argument, and the challenge if another
// attempt is possible. The key is empty if the code is no longer valid. err is an internal fault.
func (p *Pages) failedCode(ctx context.Context, parties otp.Parties, id string, failed error) (wrong string,
	count int, c otp.Challenge, err error) {
	var refused *otp.Refusal
	if !errors.As(failed, &refused) || refused.Cause == otp.ErrUnavailable {
		return "", 0, c, failed
	}
	switch refused.Cause {
	case otp.ErrWrongCode:
		wrong, count = "contacts.code_wrong", refused.AttemptsLeft
	case otp.ErrMalformedCode:
		wrong, count = "contacts.code_malformed", refused.AttemptsLeft
	case otp.ErrNoResends:
		wrong = "contacts.code_no_resends"
	default:
		wrong, count = refusal(failed)
	}
	if wrong == "" || id == "" {
		return wrong, count, c, nil
	}
	c, err = p.Codes.Status(ctx, otp.Ref{Parties: parties, ID: id})
	switch {
	case errors.Is(err, otp.ErrNotFound): // it is another person's, or was deleted after its end
		return "", 0, otp.Challenge{}, nil
	case err != nil:
		return "", 0, otp.Challenge{}, err
	case c.State != otp.Pending:
		return "", 0, otp.Challenge{}, nil
	}
	return wrong, count, c, nil
}

// overPhone says that the code of the form below the path is no longer valid.
func (p *Pages) overPhone(w http.ResponseWriter, r *http.Request, path string) error {
	m := web.Message{Title: "contacts.code_over_title", Text: "contacts.code_over", Next: pathContacts,
		NextText: "contacts.back"}
	if path == pathPresent {
		m.Text, m.Next, m.NextText = "present.over", pathPresent, "area.go_on"
	}
	p.Site.Say(w, r, http.StatusGone, m)
	return nil
}

// moment writes a time as digits, which all languages read alike.
func (p *Pages) moment(t time.Time) string { return t.In(p.Site.Zone()).Format("02/01/2006 15:04") }

// removePhone removes the first number, for example because it now belongs to somebody else.
func (p *Pages) removePhone(w http.ResponseWriter, r *http.Request, v visit) error {
	person, err := p.Registry.Person(r.Context(), v.person)
	if err != nil {
		return err
	}
	if len(person.Contacts.Phones) == 0 {
		http.Redirect(w, r, pathContacts, http.StatusSeeOther)
		return nil
	}
	err = p.changeContacts(r.Context(), v, actNoPhone, func(c *registry.Contacts, _ time.Time) {
		p.drop(r.Context(), v, c)
	})
	if err != nil {
		return err
	}
	return done(w, r, "phone")
}
