package registry

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// ErrNotAsked means that no operator asked this person with that challenge.
const ErrNotAsked Error = "no such request about this person"

// A Report is the statement of a person about an operator: "it was not me". Until the staff lifts it,
// the operator is barred for that person. It prints as a constant.
type Report struct {
	At time.Time
	// Asked is the request that the person pointed at.
	Asked    Request
	LiftedAt time.Time // zero: in force
}

// Format writes "[personal data]", whatever the verb and its flags.
func (Report) Format(f fmt.State, _ rune) { io.WriteString(f, mask) }

// LogValue returns "[personal data]".
func (Report) LogValue() slog.Value { return slog.StringValue(mask) }

// report is a Report in the person's row. There is one for an operator at most.
type report struct {
	At        int64    `json:"at"` // milliseconds since 1970, as the others
	Operator  Operator `json:"operator"`
	Challenge string   `json:"challenge"`
	Purpose   string   `json:"purpose"`
	Scope     string   `json:"scope,omitempty"`
	AskedAt   int64    `json:"asked"`
	Lifted    int64    `json:"lifted,omitempty"`
}

func (p report) open() Report {
	r := Report{At: time.UnixMilli(p.At).UTC(), Asked: Request{At: time.UnixMilli(p.AskedAt).UTC(),
		Challenge: p.Challenge, Operator: p.Operator, Purpose: p.Purpose, Scope: p.Scope}}
	if p.Lifted != 0 {
		r.LiftedAt = time.UnixMilli(p.Lifted).UTC()
	}
	return r
}

func (p report) of(o Operator) bool {
	return p.Operator.IdentityProvider == o.IdentityProvider && p.Operator.ID == o.ID
}

// BarOperator records that the request with that challenge was not the person's wish, and bars its
// operator for that person. If no such request is recorded, the error is [ErrNotAsked].
func (r *Registry) BarOperator(ctx context.Context, person codicefiscale.Code, challenge string,
	at time.Time) error {
	list, err := r.Asked(ctx, person)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(q Request) bool { return q.Challenge == challenge })
	if i < 0 {
		return ErrNotAsked
	}
	q := list[i]
	said := report{At: at.UnixMilli(), Operator: q.Operator, Challenge: q.Challenge, Purpose: q.Purpose,
		Scope: q.Scope, AskedAt: q.At.UnixMilli()}
	return wrap(r.change(ctx, []edit{{cf: person, apply: func(p *row) error {
		same := func(k report) bool { return k.of(q.Operator) }
		p.reports = append(slices.DeleteFunc(slices.Clone(p.reports), same), said)
		return nil
	}}}, nothingMore))
}

// OperatorBarred reports whether the person has barred the operator and the staff has not lifted it.
func (r *Registry) OperatorBarred(ctx context.Context, person codicefiscale.Code,
	o Operator) (barred bool, err error) {
	err = r.reportsOf(ctx, person, func(p report) { barred = barred || p.of(o) && p.Lifted == 0 })
	return barred, err
}

// Reports returns the reports of a person, newest first.
func (r *Registry) Reports(ctx context.Context, person codicefiscale.Code) ([]Report, error) {
	var list []Report
	err := r.reportsOf(ctx, person, func(p report) { list = append(list, p.open()) })
	return newestFirst(list), err
}

func (r *Registry) reportsOf(ctx context.Context, person codicefiscale.Code, each func(report)) error {
	p, err := r.find(ctx, person)
	if err == nil && p != nil {
		err = p.open(inReports)
	}
	if err != nil || p == nil {
		return wrap(err)
	}
	for _, k := range p.reports {
		each(k)
	}
	return nil
}

// AllReports returns the reports of all people, newest first, for the staff.
func (r *Registry) AllReports(ctx context.Context) ([]Report, error) {
	rows, err := r.db.QueryContext(ctx,
		"SELECT "+personColumns+" FROM person AS p WHERE p.reports IS NOT NULL")
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var list []Report
	for rows.Next() {
		p, err := r.scan(ctx, rows.Scan)
		if err == nil {
			err = p.open(inReports)
		}
		if err != nil {
			return nil, wrap(err)
		}
		for _, k := range p.reports {
			list = append(list, k.open())
		}
	}
	return newestFirst(list), wrap(rows.Err())
}

func newestFirst(list []Report) []Report {
	slices.SortFunc(list, func(a, b Report) int { return b.At.Compare(a.At) })
	return list
}

// LiftBars lifts all bars that the person set and returns their number. The reports stay.
func (r *Registry) LiftBars(ctx context.Context, person codicefiscale.Code, at time.Time) (n int, err error) {
	err = r.reportsOf(ctx, person, func(p report) {
		if p.Lifted == 0 {
			n++
		}
	})
	if err != nil || n == 0 {
		return 0, err
	}
	return n, wrap(r.change(ctx, []edit{{cf: person, apply: func(p *row) error {
		p.reports = slices.Clone(p.reports)
		for i := range p.reports {
			p.reports[i].Lifted = cmp.Or(p.reports[i].Lifted, at.UnixMilli())
		}
		return nil
	}}}, nothingMore))
}
