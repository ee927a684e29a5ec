package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"

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
)

// A Delegation lets one person act for another.
type Delegation struct {
	Guardian, Ward codicefiscale.Code
	Kind           Kind
	// From and Until are the first and the last day; zero means without limit.
	From, Until status.Date
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
}

// Delegate records a delegation, or changes the existing one between the two people. To end
// it, put the last day in Until. The registry must know the ward, but not the guardian. For a
// replaced code the error is [ErrReplaced].
func (r *Registry) Delegate(ctx context.Context, d Delegation) error {
	switch {
	case d.Guardian.IsZero() || d.Ward.IsZero() || d.Guardian == d.Ward:
		return errors.New("registry: a delegation is between two people")
	case d.Kind != Minor && d.Kind != Guardianship:
		return errors.New("registry: unknown kind of delegation")
	case d.From != 0 && !d.From.Valid() || d.Until != 0 && !d.Until.Valid():
		return fmt.Errorf("registry: %w", status.ErrDate)
	}
	guardian, ward := r.names.subject(d.Guardian), r.names.subject(d.Ward)
	query := "INSERT INTO delegation (guardian, ward, body) VALUES (?, ?, ?) " +
		"ON CONFLICT (guardian, ward) DO UPDATE SET body = excluded.body"
	var body []byte
	// Lock both rows, so that neither code changes meanwhile.
	err := r.change(ctx, []edit{{cf: d.Guardian, apply: func(p *row) error {
		if p.identity.CF == "" { // so that the ward can be told who it is
			p.identity.CF = d.Guardian.Reveal()
		}
		return notReplaced(p)
	}, last: func(p *stored) (err error) {
		body, err = p.sealDelegation(ward, delegation{Kind: d.Kind, From: d.From, Until: d.Until})
		return err
	}}, {cf: d.Ward, apply: func(p *row) error {
		if p.moved == nil && p.record == nil {
			return ErrUnknown
		}
		return notReplaced(p)
	}}}, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, r.db.Bind(query), guardian[:], ward[:], body)
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

// Wards returns the people for whom the guardian may act on the day.
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
			Delegation: Delegation{guardian, ward, d.Kind, d.From, d.Until},
			Given:      p.identity.Given, Family: p.identity.Family, Birth: p.record.Birth,
		})
	}
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
	return d.Kind == Guardianship
}
