package registry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// Give records a delegation that the ward gives on the day at, from which it counts. The errors are
// [ErrDelegationDays]; [ErrOtherDelegate], since a person has one delegate of a kind at a time, as at INPS
// (circ. 127/2021); and [ErrGuarded], so that no guardian loses a guardianship by a delegation, nor one
// that is to begin. Others are those of [Registry.Delegate].
func (r *Registry) Give(ctx context.Context, d Delegation, at status.Date) error {
	d.From = at
	if !d.Kind.Given() || d.Until != 0 && d.Until < at {
		return ErrDelegationDays
	}
	if err := d.dayError(at); err != nil {
		return err
	}
	guardian := r.names.subject(d.Guardian)
	return r.delegate(ctx, d.Guardian, d.Ward, func(held []between, ward *record) (delegation, error) {
		for _, b := range held {
			same, acts := b.guardian.subject == guardian, b.inForce(ward, at)
			switch {
			case same && !b.Kind.Given() && (acts || b.From > at):
				return delegation{}, ErrGuarded
			case !same && b.Kind == d.Kind && acts:
				return delegation{}, ErrOtherDelegate
			}
		}
		return delegation{d.Kind, d.From, d.Until, d.Detail}, nil
	})
}

// Withdraw ends a delegation that the ward gave, at once. The error is [ErrNotDelegated] if there is none in
// force on the day at, or only one that the body recorded.
func (r *Registry) Withdraw(ctx context.Context, guardian, ward codicefiscale.Code, at status.Date) error {
	by := r.names.subject(guardian)
	return r.delegate(ctx, guardian, ward, func(held []between, known *record) (delegation, error) {
		i := slices.IndexFunc(held, func(b between) bool {
			return b.guardian.subject == by && b.Kind.Given() && b.inForce(known, at)
		})
		if i < 0 {
			return delegation{}, ErrNotDelegated
		}
		d := held[i].delegation
		day, err := time.Parse(time.DateOnly, at.String())
		d.Until = status.DateOf(day.AddDate(0, 0, -1))
		return d, err
	})
}

// A Guardian is a person who acts for another. The names are empty if the registry does not know them.
type Guardian struct {
	Delegation
	Given, Family string
}

// Format writes "[personal data]", whatever the verb and its flags.
func (Guardian) Format(f fmt.State, _ rune) { io.WriteString(f, mask) }

// LogValue returns "[personal data]".
func (Guardian) LogValue() slog.Value { return slog.StringValue(mask) }

// Guardians returns those who may act for the person on the day, by their names.
func (r *Registry) Guardians(ctx context.Context, ward codicefiscale.Code,
	at status.Date) ([]Guardian, error) {
	p, err := r.find(ctx, ward)
	if err != nil || p == nil || p.erased != 0 {
		return nil, wrap(err)
	}
	if err := p.open(inRecord); err != nil {
		return nil, wrap(err)
	}
	held, err := r.delegationsOf(ctx, r.db, p.subject)
	if err != nil {
		return nil, wrap(err)
	}
	var list []Guardian
	for _, b := range held {
		if b.ward != p.subject || !b.inForce(p.record, at) {
			continue
		}
		if err := b.guardian.open(inIdentity); err != nil {
			return nil, wrap(err)
		}
		id := b.guardian.identity
		by, err := codicefiscale.ParseAny(id.CF)
		if err != nil {
			return nil, wrap(err)
		}
		list = append(list, Guardian{Delegation{by, ward, b.Kind, b.From, b.Until, b.Detail}, id.Given,
			id.Family})
	}
	name := func(g Guardian) string { return g.Family + " " + g.Given + g.Guardian.Reveal() }
	slices.SortFunc(list, func(a, b Guardian) int { return strings.Compare(name(a), name(b)) })
	return list, nil
}
