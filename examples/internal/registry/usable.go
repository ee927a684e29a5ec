package registry

import (
	"context"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

func (r *Registry) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

func (r *Registry) contactsOf(ctx context.Context, cf codicefiscale.Code) (Contacts, []List, error) {
	p, err := r.find(ctx, cf)
	if err != nil || p == nil {
		return Contacts{}, nil, wrap(err)
	}
	if err := p.open(inContacts); err != nil {
		return Contacts{}, nil, wrap(err)
	}
	c, err := p.contacts.open()
	if err != nil {
		return Contacts{}, nil, wrap(err)
	}
	lists, err := p.contacts.openLists()
	return c, lists, err
}

// UsableFrom returns the time from which [Registry.Contacts] has the number that it leaves out now; zero if
// it leaves none out.
func (r *Registry) UsableFrom(ctx context.Context, cf codicefiscale.Code) (time.Time, error) {
	c, _, err := r.contactsOf(ctx, cf)
	if err != nil || len(c.Phones) == 0 || !r.now().Before(c.UsableFrom) {
		return time.Time{}, err
	}
	return c.UsableFrom, nil
}

// EndWait lets the person's first phone be used at once, for a body that has made sure whose it is. The
// error is [ErrUnknown] if no phone waits.
func (r *Registry) EndWait(ctx context.Context, cf codicefiscale.Code) error {
	return r.changeOne(ctx, cf, func(p *row) error {
		if len(p.contacts.Phones) == 0 || p.contacts.UsableFrom == 0 {
			return ErrUnknown
		}
		p.contacts.UsableFrom = 0
		return nil
	})
}
