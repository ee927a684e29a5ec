package registry

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// ListCodes is the number of rows of a printed list: what a person needs in a year or two, on two pages.
const ListCodes = 40

// A List is a printed list of codes of a person. It is a contact once it is active, before Expires.
type List struct {
	Codes         otp.PrintedCodes
	Made, Expires time.Time
	Active        bool
}

// listYears is the validity of a list. After five years package otp forgets which codes were used.
const listYears = 4

// Format writes "[personal data]", whatever the verb and its flags.
func (List) Format(f fmt.State, _ rune) { io.WriteString(f, mask) }

// LogValue returns "[personal data]".
func (List) LogValue() slog.Value { return slog.StringValue(mask) }

// list is the sealed part of a List. The codes follow from the seed and are kept nowhere.
type list struct {
	ID     string `json:"id"`
	Seed   []byte `json:"seed"`
	Made   int64  `json:"made"` // seconds since 1970
	Active bool   `json:"active,omitempty"`
}

func (l list) open() (List, error) {
	seed, err := otp.NewPepper(l.Seed)
	made := cutOff(l.Made)
	return List{Codes: otp.PrintedCodes{ID: l.ID, Seed: seed, Count: ListCodes}, Made: made,
		Expires: made.AddDate(listYears, 0, 0), Active: l.Active}, err
}

// listID omits 0, 1, I and O, which are easily confused.
var listID = base32.NewEncoding("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")

// MakeList makes a list for the person and returns it. It gets no code until [Registry.ActivateList]; an
// earlier one that was never active is void. The error is [ErrUnknown] if the registry does not know the
// person.
func (r *Registry) MakeList(ctx context.Context, cf codicefiscale.Code, at time.Time) (List, error) {
	var random [37]byte
	rand.Read(random[:]) // never fails since Go 1.24
	made := list{ID: listID.EncodeToString(random[:5])[:6], Seed: random[5:], Made: at.Unix()}
	err := r.changeOne(ctx, cf, func(p *row) error {
		if p.record == nil {
			return ErrUnknown
		}
		p.contacts.Lists = append(slices.DeleteFunc(p.contacts.Lists,
			func(l list) bool { return !l.Active }), made)
		return nil
	})
	if err != nil {
		return List{}, err
	}
	l, err := made.open()
	return l, wrap(err)
}

// ActivateList makes the list with the ID the person's only one, once a code of it has shown that it is in
// the right hands. The error is [ErrUnknown] if there is no such list.
func (r *Registry) ActivateList(ctx context.Context, cf codicefiscale.Code, id string) error {
	return r.changeOne(ctx, cf, func(p *row) error {
		i := slices.IndexFunc(p.contacts.Lists, func(l list) bool { return l.ID == id })
		if i < 0 {
			return ErrUnknown
		}
		l := p.contacts.Lists[i]
		l.Active = true
		p.contacts.Lists = []list{l}
		return nil
	})
}

// VoidLists makes all lists of the person void. The error is [ErrUnknown] if there is none.
func (r *Registry) VoidLists(ctx context.Context, cf codicefiscale.Code) error {
	return r.changeOne(ctx, cf, func(p *row) error {
		if len(p.contacts.Lists) == 0 {
			return ErrUnknown
		}
		p.contacts.Lists = nil
		return nil
	})
}

// Lists returns the person's lists: at most one that is active, and one that is not yet.
func (r *Registry) Lists(ctx context.Context, cf codicefiscale.Code) ([]List, error) {
	_, lists, err := r.contactsOf(ctx, cf)
	return lists, err
}

func (c contacts) openLists() (out []List, err error) {
	for _, l := range c.Lists {
		opened, err := l.open()
		if err != nil {
			return nil, wrap(err)
		}
		out = append(out, opened)
	}
	return out, nil
}
