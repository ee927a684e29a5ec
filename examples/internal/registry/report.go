package registry

import (
	"context"
	"database/sql"
	"errors"
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

// report is the sealed part of a Report, under the person's keys.
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

// operator returns the key of an operator in the rows of one person.
func (k personKeys) operator(o Operator) []byte {
	return digest(k.key, "operator", o.IdentityProvider, o.ID)[:16]
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
	q, s := list[i], r.keys.subject(person)
	return r.putReport(ctx, s, report{At: at.UnixMilli(), Operator: q.Operator, Challenge: q.Challenge,
		Purpose: q.Purpose, Scope: q.Scope, AskedAt: q.At.UnixMilli()})
}

func (r *Registry) putReport(ctx context.Context, s subject, p report) error {
	keys := r.keys.person(s)
	operator := keys.operator(p.Operator)
	body, err := keys.sealJSON(place(columnReport, operator, 0), p)
	if err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	return r.exec(ctx, "INSERT INTO report (subject, operator, body) VALUES (?, ?, ?) "+
		"ON CONFLICT (subject, operator) DO UPDATE SET body = excluded.body", s[:], operator, body)
}

// OperatorBarred reports whether the person has barred the operator, under this code or an earlier
// one, and the staff has not lifted it.
func (r *Registry) OperatorBarred(ctx context.Context, person codicefiscale.Code,
	o Operator) (bool, error) {
	subjects, err := r.subjects(ctx, person)
	if err != nil {
		return false, err
	}
	for _, s := range subjects {
		keys := r.keys.person(s)
		operator := keys.operator(o)
		var body []byte
		query := r.db.Bind("SELECT body FROM report WHERE subject = ? AND operator = ?")
		err := r.db.QueryRowContext(ctx, query, s[:], operator).Scan(&body)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		var p report
		if err == nil {
			err = keys.openJSON(place(columnReport, operator, 0), body, &p)
		}
		if err != nil {
			return false, fmt.Errorf("registry: %w", err)
		}
		if p.Lifted == 0 {
			return true, nil
		}
	}
	return false, nil
}

// Reports returns the reports of a person, under this code and the earlier ones, newest first.
func (r *Registry) Reports(ctx context.Context, person codicefiscale.Code) ([]Report, error) {
	subjects, err := r.subjects(ctx, person)
	if err != nil || len(subjects) == 0 {
		return nil, err
	}
	var list []Report
	err = r.reports(ctx, "WHERE subject IN "+tuple(len(subjects)), names(subjects),
		func(_ subject, p report) { list = append(list, p.open()) })
	return newestFirst(list), err
}

// AllReports returns the reports of all people, newest first, for the staff.
func (r *Registry) AllReports(ctx context.Context) ([]Report, error) {
	var list []Report
	err := r.reports(ctx, "", nil, func(_ subject, p report) { list = append(list, p.open()) })
	return newestFirst(list), err
}

func newestFirst(list []Report) []Report {
	slices.SortFunc(list, func(a, b Report) int { return b.At.Compare(a.At) })
	return list
}

func (r *Registry) reports(ctx context.Context, where string, args []any,
	each func(subject, report)) error {
	query := "SELECT subject, operator, body FROM report " + where
	rows, err := r.db.QueryContext(ctx, r.db.Bind(query), args...)
	if err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, operator, body []byte
		if err := rows.Scan(&name, &operator, &body); err != nil {
			return fmt.Errorf("registry: %w", err)
		}
		var p report
		err := r.keys.person(subject(name)).openJSON(place(columnReport, operator, 0), body, &p)
		if err != nil {
			return fmt.Errorf("registry: %w", err)
		}
		each(subject(name), p)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	return nil
}

// LiftBars lifts all bars that the person set and returns their number. The reports stay.
func (r *Registry) LiftBars(ctx context.Context, person codicefiscale.Code, at time.Time) (n int, err error) {
	subjects, err := r.subjects(ctx, person)
	if err != nil || len(subjects) == 0 {
		return 0, err
	}
	type row struct {
		subject
		report
	}
	var open []row
	err = r.reports(ctx, "WHERE subject IN "+tuple(len(subjects)), names(subjects),
		func(s subject, p report) {
			if p.Lifted == 0 {
				open = append(open, row{s, p})
			}
		})
	for _, o := range open {
		o.Lifted = at.UnixMilli()
		if err == nil {
			err = r.putReport(ctx, o.subject, o.report)
		}
	}
	return len(open), err
}
