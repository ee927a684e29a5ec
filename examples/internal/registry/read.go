package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// Lookup implements [status.Source] by reading one row. It returns the verbali that count,
// each in its highest version. A replaced code is unknown here: see [Registry.Codes].
func (r *Registry) Lookup(ctx context.Context, cf codicefiscale.Code) (status.Record, error) {
	if cf.IsZero() {
		return status.Record{}, status.ErrNoStatus
	}
	p, err := r.find(ctx, cf)
	if err == nil && p != nil {
		err = p.open(inRecord)
	}
	switch {
	case err != nil:
		return status.Record{}, wrap(err)
	case p == nil:
		return status.Record{}, status.ErrNoStatus
	}
	return p.record.answer()
}

// VoidBefore returns the person's cut-off: papers issued before it are void. It is the later one of the
// tables and of [Registry.Voids], and the zero time if there is none.
func (r *Registry) VoidBefore(ctx context.Context, cf codicefiscale.Code) (time.Time, error) {
	p, err := r.find(ctx, cf)
	switch {
	case err != nil:
		return time.Time{}, wrap(err)
	case p == nil:
		return cutOff(r.later(ctx, r.names.subject(cf), 0)), nil
	}
	return cutOff(r.later(ctx, p.subject, p.voidBefore)), nil
}

// Contacts returns the person's phones in the form and order that [otp.Challenges] needs, except
// one that may not be used yet: see [Registry.UsableFrom]. The active printed list comes last.
// An empty list is no error.
func (r *Registry) Contacts(ctx context.Context, cf codicefiscale.Code) ([]otp.Contact, error) {
	c, lists, err := r.contactsOf(ctx, cf)
	if err != nil {
		return nil, err
	}
	if len(c.Phones) > 0 && r.now().Before(c.UsableFrom) {
		c.Phones = c.Phones[1:]
	}
	var out []otp.Contact
	for _, p := range c.Phones {
		out = append(out, otp.Contact{Channel: p.Channel, Phone: p.Number, VerifiedAt: c.Verified})
	}
	for _, l := range lists {
		if l.Active && r.now().Before(l.Expires) {
			out = append(out, otp.Contact{Channel: otp.List, Codes: l.Codes})
		}
	}
	return out, nil
}

// Language returns the language of the person's messages; empty means Italian, also for an unknown person.
func (r *Registry) Language(ctx context.Context, cf codicefiscale.Code) (status.Language, error) {
	p, err := r.find(ctx, cf)
	if err != nil || p == nil {
		return "", wrap(err)
	}
	if err := p.open(inContacts); err != nil {
		return "", wrap(err)
	}
	c, err := p.contacts.open()
	return c.Language, wrap(err)
}

// wrap adds the prefix of the package to an error.
func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("registry: %w", err)
}

// Person returns everything about the person, also after death. The error is [ErrUnknown],
// [ErrReplaced] if another code has replaced this one, or [ErrErased].
func (r *Registry) Person(ctx context.Context, cf codicefiscale.Code) (Person, error) {
	p, err := r.find(ctx, cf)
	switch {
	case err != nil:
		return Person{}, wrap(err)
	case p == nil:
		return Person{}, ErrUnknown
	case p.erased != 0:
		return Person{}, ErrErased
	}
	if err := p.openAll(); err != nil {
		return Person{}, wrap(err)
	}
	return p.row.person(cf)
}
