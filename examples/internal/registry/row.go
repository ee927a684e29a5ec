package registry

import (
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// row is a person's row, opened.
type row struct {
	record     *record // nil: the person is not known, only a cut-off or contacts are
	identity   identity
	contacts   contacts
	voidBefore int64
	arrived    []status.Verbale // events to add
}

// record is what a check reads.
type record struct {
	status.Record             // definitive verbali, by ID
	Died          status.Date `json:"died,omitzero"`
	Elsewhere     bool        `json:"elsewhere,omitempty"`
}

type identity struct {
	CF     string `json:"cf,omitempty"`
	Given  string `json:"given,omitempty"`
	Family string `json:"family,omitempty"`
}

type contacts struct {
	Phones   []phone `json:"phones,omitempty"`
	Email    string  `json:"email,omitempty"`
	Language string  `json:"language,omitempty"`
	Verified int64   `json:"verified,omitempty"` // seconds since 1970
}

type phone struct {
	Channel string `json:"channel"`
	Number  string `json:"number"`
}

// answer is what [status.Source] wants.
func (r *record) answer() (status.Record, error) {
	switch {
	case r == nil || r.Died != 0:
		return status.Record{}, status.ErrNoStatus
	case len(r.Verbali) > 0:
		return r.Record, nil
	case r.Elsewhere:
		return status.Record{}, status.ErrClassNotHeld
	}
	return status.Record{}, status.ErrNoStatus
}

// add takes in an event. What is not definitive goes to the log only.
func (r *row) add(v status.Verbale) error {
	if err := v.Validate(); err != nil {
		return err
	}
	if !v.Definitive {
		r.arrived = append(r.arrived, v)
		return nil
	}
	if slices.ContainsFunc(r.record.Verbali, v.Equal) {
		return nil
	}
	verbali := append(slices.Clone(r.record.Verbali), v)
	if err := checkHistory(verbali, r.record.Birth); err != nil {
		return err
	}
	r.record.Verbali = verbali
	r.arrived = append(r.arrived, v)
	return nil
}

// merge takes in what a feed says about the person.
func (r *row) merge(p Person) error {
	if r.record == nil {
		r.record = new(record)
	}
	r.record.Birth, r.record.Died = p.Birth, p.Died
	r.record.Complete, r.record.Elsewhere = p.Complete, p.Elsewhere
	r.identity.CF = p.CF.Reveal()
	if p.Given != "" || p.Family != "" {
		r.identity.Given, r.identity.Family = p.Given, p.Family
	}
	if c := p.Contacts.row(); !p.Contacts.empty() && c.Verified >= r.contacts.Verified {
		r.contacts = c
	}
	r.void(p.VoidBefore)
	for _, v := range p.Verbali {
		if err := r.add(v); err != nil {
			return err
		}
	}
	// A new date of birth may contradict what was there before.
	return checkHistory(r.record.Verbali, r.record.Birth)
}

// void moves the cut-off, never back.
func (r *row) void(at time.Time) {
	if !at.IsZero() {
		r.voidBefore = max(r.voidBefore, at.Unix())
	}
}

func (r *row) person(cf codicefiscale.Code) (Person, error) {
	if r.record == nil {
		return Person{}, ErrUnknown
	}
	c, err := r.contacts.open()
	return Person{
		CF: cf, Given: r.identity.Given, Family: r.identity.Family,
		Birth: r.record.Birth, Died: r.record.Died, Verbali: r.record.Verbali,
		Complete: r.record.Complete, Elsewhere: r.record.Elsewhere,
		Contacts: c, VoidBefore: cutOff(r.voidBefore),
	}, err
}

func cutOff(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

func (c Contacts) row() contacts {
	out := contacts{Email: c.Email, Language: string(c.Language)}
	if !c.Verified.IsZero() {
		out.Verified = c.Verified.Unix()
	}
	for _, p := range c.Phones {
		out.Phones = append(out.Phones, phone{string(p.Channel), p.Number.Reveal()})
	}
	return out
}

func (c contacts) open() (Contacts, error) {
	out := Contacts{Email: c.Email, Language: status.Language(c.Language), Verified: cutOff(c.Verified)}
	for _, p := range c.Phones {
		number, err := otp.ParsePhone(p.Number)
		if err != nil {
			return Contacts{}, err
		}
		out.Phones = append(out.Phones, Phone{otp.Channel(p.Channel), number})
	}
	return out, nil
}
