package registry

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// A Kind is the reason why one person acts for another.
type Kind string

// These are the kinds.
const (
	// Minor is the parent of a minor. It ends on the 18th birthday whatever the delegation says.
	Minor        Kind = "minor"
	Guardianship Kind = "guardianship" // tutore, curatore, amministratore di sostegno
	// Voluntary is a delegate whom the person chose, and Counter somebody at the counter of a patronato or
	// a CAF. They have a last day, at most MaxGiven years after the first.
	Voluntary Kind = "voluntary"
	Counter   Kind = "counter"
)

// MaxGiven is the longest time of a delegation that a person gives, in years. It is a choice of this program:
// INPS's delega dell'identità digitale may be without end (circ. 127/2021).
const MaxGiven = 3

// LastGiven returns the latest last day of a delegation that a person gives on the day from.
func LastGiven(from status.Date) status.Date {
	first, _ := time.Parse(time.DateOnly, from.String()) // no date: long ago
	return status.DateOf(first.AddDate(MaxGiven, 0, 0))
}

func kinds() []Kind { return []Kind{Minor, Guardianship, Voluntary, Counter} }

// Given reports whether the person gives and withdraws such a delegation. The body records the others.
func (k Kind) Given() bool { return k == Voluntary || k == Counter }

// A Delegation lets one person act for another.
type Delegation struct {
	Guardian, Ward codicefiscale.Code
	Kind           Kind
	// From and Until are the first and the last day; zero means without limit.
	From, Until status.Date
	// Detail lets a Voluntary delegate see the judgements and percentages.
	Detail bool
}

// dayError returns what is wrong with the days of the delegation on the day at.
func (d Delegation) dayError(at status.Date) error {
	switch {
	case d.From != 0 && !d.From.Valid() || d.Until != 0 && !d.Until.Valid():
		return fmt.Errorf("registry: %w", status.ErrDate)
	case d.Kind.Given() && (d.Until == 0 || d.Until > LastGiven(cmp.Or(d.From, at))):
		return ErrDelegationDays
	}
	return nil
}

// A Ward is a person for whom another acts.
type Ward struct {
	Delegation
	Given, Family string
	Birth         status.Date
}

// Format writes "[personal data]", whatever the verb and its flags.
func (Ward) Format(f fmt.State, _ rune) { io.WriteString(f, mask) }

// LogValue returns "[personal data]".
func (Ward) LogValue() slog.Value { return slog.StringValue(mask) }

const (
	adultAge = 18
	maxWards = 1000
)

// delegation is the sealed part of a Delegation, under the guardian's data key.
type delegation struct {
	Kind  Kind        `json:"kind"`
	From  status.Date `json:"from,omitzero"`
	Until status.Date `json:"until,omitzero"`

	Detail bool `json:"detail,omitempty"`
}

// Delegate records a delegation, or changes the existing one between the two people. To end
// it, put the last day in Until. The registry must know the ward, but not the guardian. For a
// replaced code the error is [ErrReplaced], for a delegation that the ward could give and that has
// no last day, or one too late, [ErrDelegationDays].
func (r *Registry) Delegate(ctx context.Context, d Delegation) error {
	if !slices.Contains(kinds(), d.Kind) {
		return errors.New("registry: unknown kind of delegation")
	}
	if err := d.dayError(status.DateOf(r.now())); err != nil {
		return err
	}
	return r.delegate(ctx, d.Guardian, d.Ward, func([]between, *record) (delegation, error) {
		return delegation{d.Kind, d.From, d.Until, d.Detail}, nil
	})
}

// delegate records the delegation that next makes of those of the ward.
func (r *Registry) delegate(ctx context.Context, guardian, ward codicefiscale.Code,
	next func([]between, *record) (delegation, error)) error {
	if guardian.IsZero() || ward.IsZero() || guardian == ward {
		return errors.New("registry: a delegation is between two people")
	}
	g, w := r.names.subject(guardian), r.names.subject(ward)
	var by *stored
	var known *record
	// Lock both rows, so that neither code changes meanwhile.
	err := r.change(ctx, []edit{{cf: guardian, apply: func(p *row) error {
		if p.identity.CF == "" { // so that the ward can be told who it is
			p.identity.CF = guardian.Reveal()
		}
		return notReplaced(p)
	}, last: func(p *stored) error {
		by = p
		return nil
	}}, {cf: ward, apply: func(p *row) error {
		if known = p.record; p.moved == nil && p.record == nil {
			return ErrUnknown
		}
		return notReplaced(p)
	}}}, func(tx *sql.Tx) error {
		held, err := r.delegationsOf(ctx, tx, w)
		if err != nil {
			return err
		}
		held = slices.DeleteFunc(held, func(b between) bool { return b.ward != w })
		d, err := next(held, known)
		if err != nil {
			return err
		}
		body, err := by.sealDelegation(w, d)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, r.db.Bind("INSERT INTO delegation (guardian, ward, body) "+
			"VALUES (?, ?, ?) ON CONFLICT (guardian, ward) DO UPDATE SET body = excluded.body"),
			g[:], w[:], body)
		return err
	})
	return wrap(err)
}

func delegationAt(guardian, ward subject) place { return columnDelegation.at(guardian[:], ward[:]) }

// sealDelegation seals a delegation of the guardian p.
func (p *stored) sealDelegation(ward subject, d delegation) ([]byte, error) {
	return p.vault.sealJSON(delegationAt(p.subject, ward), d)
}

func (p *stored) openDelegation(ward subject, body []byte) (d delegation, err error) {
	if err = p.vault.openJSON(delegationAt(p.subject, ward), body, &d); err != nil {
		err = fmt.Errorf("%s: %w", columnDelegation, err)
	}
	return d, err
}

func notReplaced(p *row) error {
	if p.moved != nil {
		return ErrReplaced
	}
	return nil
}

// Wards returns the people for whom the guardian may act on the day, by their names.
func (r *Registry) Wards(ctx context.Context, guardian codicefiscale.Code, at status.Date) ([]Ward, error) {
	return r.wards(ctx, guardian, at, "")
}

// MayActFor returns the delegation by which guardian may act for ward on the day, or
// [ErrNotDelegated].
func (r *Registry) MayActFor(ctx context.Context, guardian, ward codicefiscale.Code,
	at status.Date) (Ward, error) {
	w := r.names.subject(ward)
	found, err := r.wards(ctx, guardian, at, " AND d.ward = ?", w[:])
	switch {
	case err != nil:
		return Ward{}, err
	case len(found) == 0:
		return Ward{}, ErrNotDelegated
	}
	return found[0], nil
}

func (r *Registry) wards(ctx context.Context, guardian codicefiscale.Code, at status.Date, where string,
	args ...any) ([]Ward, error) {
	by, err := r.find(ctx, guardian)
	if err != nil || by == nil || by.erased != 0 {
		return nil, wrap(err)
	}
	query := "SELECT d.body, " + personColumns + " FROM delegation AS d " +
		"JOIN person AS p ON p.subject = d.ward WHERE d.guardian = ?" + where + " LIMIT ?"
	rows, err := r.db.QueryContext(ctx, r.db.Bind(query),
		slices.Concat([]any{by.subject[:]}, args, []any{maxWards})...)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var wards []Ward
	for rows.Next() {
		var body []byte
		p, err := r.scan(ctx, rows.Scan, &body)
		if err != nil {
			return nil, wrap(err)
		}
		d, err := by.openDelegation(p.subject, body)
		if err := errors.Join(err, p.open(inRecord, inIdentity)); err != nil {
			return nil, wrap(err)
		}
		if !d.inForce(p.record, at) {
			continue
		}
		ward, err := codicefiscale.ParseAny(p.identity.CF)
		if err != nil {
			return nil, wrap(err)
		}
		wards = append(wards, Ward{
			Delegation: Delegation{guardian, ward, d.Kind, d.From, d.Until, d.Detail},
			Given:      p.identity.Given, Family: p.identity.Family, Birth: p.record.Birth,
		})
	}
	name := func(w Ward) string { return w.Family + " " + w.Given + w.Ward.Reveal() }
	slices.SortFunc(wards, func(a, b Ward) int { return strings.Compare(name(a), name(b)) })
	return wards, wrap(rows.Err())
}

func (d delegation) inForce(ward *record, at status.Date) bool {
	switch {
	case ward == nil, ward.Died != 0, !at.Valid(), at < d.From, d.Until != 0 && at > d.Until:
		return false
	case d.Kind == Minor:
		age := status.Age(ward.Birth, at)
		return age >= 0 && age < adultAge
	}
	return slices.Contains(kinds(), d.Kind)
}
