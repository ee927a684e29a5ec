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

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// An Operator is an operator as the login identifies them. It prints as a constant.
type Operator struct {
	IdentityProvider string `json:"idp,omitempty"`
	ID               string `json:"id"`
	// Organisation is the name in the message to the person. Declared reports that no login
	// guarantees it.
	Organisation string `json:"organisation"`
	Declared     bool   `json:"declared,omitempty"`
}

// Format writes "[personal data]", whatever the verb and its flags.
func (Operator) Format(f fmt.State, _ rune) { io.WriteString(f, mask) }

// LogValue returns "[personal data]".
func (Operator) LogValue() slog.Value { return slog.StringValue(mask) }

// A Step is what happened to a request of an operator.
type Step string

// These are the steps.
const (
	StepStarted Step = "started" // asked; a code was sent or asked from a printed list
	StepSent    Step = "sent"    // the same code again
	StepWrong   Step = "wrong"   // a wrong code
	StepRight   Step = "right"   // the person's code
)

func steps() []Step { return []Step{StepStarted, StepSent, StepWrong, StepRight} }

// A Request is what one operator asked of a person with one challenge. It prints as a constant.
type Request struct {
	At             time.Time // of the start
	Challenge      string
	Operator       Operator
	Purpose, Scope string
	// Messages is the number of messages sent, and Wrong the number of wrong codes.
	Messages, Wrong int
	// Right reports that the code was the person's.
	Right bool
}

// Format writes "[personal data]", whatever the verb and its flags.
func (Request) Format(f fmt.State, _ rune) { io.WriteString(f, mask) }

// LogValue returns "[personal data]".
func (Request) LogValue() slog.Value { return slog.StringValue(mask) }

// asked is the sealed part of a step, under the person's keys.
type asked struct {
	Operator  Operator `json:"operator"`
	Challenge string   `json:"challenge"`
	Purpose   string   `json:"purpose"`
	Scope     string   `json:"scope,omitempty"`
	Step      Step     `json:"step"`
	// Message reports that a message was sent, in contrast to a printed list.
	Message bool  `json:"message,omitempty"`
	At      int64 `json:"at"` // milliseconds since 1970
}

// maxAsked is the maximum number of steps that are read. A person's limits allow 10 starts a day with
// at most 10 steps each.
const maxAsked = 5000

// TraceAsked records a step of q at a time. Of q it needs the challenge, the operator, purpose and
// scope; message reports that a message goes out. Call it before the step; if it fails, do not send.
// With PostgreSQL, [StepRight] is durable with the next commit: that of the access record.
func (r *Registry) TraceAsked(ctx context.Context, person codicefiscale.Code, q Request, step Step,
	message bool, at time.Time) error {
	if person.IsZero() || q.Challenge == "" || q.Operator.ID == "" || at.IsZero() ||
		!slices.Contains(steps(), step) {
		return errors.New("registry: a request has a time, a person, an operator and a step")
	}
	p, err := r.findOrAdd(ctx, person)
	if err != nil {
		return wrap(err)
	}
	id, seconds := newID(), at.Unix()
	body, err := p.vault.sealJSON(askedAt(p.subject, id, seconds), asked{q.Operator, q.Challenge, q.Purpose,
		q.Scope, step, message, at.UnixMilli()})
	if err != nil {
		return wrap(err)
	}
	insert := "INSERT INTO asked (id, subject, at_s, body) VALUES (?, ?, ?, ?)"
	if step == StepRight && r.db.Dialect == database.Postgres {
		insert = insertSoon
	}
	return r.exec(ctx, insert, id, p.subject[:], seconds, body)
}

// insertSoon does not wait for the disk. After a right code nothing is disclosed before the record in the
// access log is committed, which makes all earlier commits durable too.
const insertSoon = `WITH soon AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO asked (id, subject, at_s, body) SELECT ?::bytea, ?::bytea, ?::bigint, ?::bytea FROM soon`

// askedAt is the place of a step.
func askedAt(s subject, id []byte, seconds int64) place {
	return columnAsked.at(s[:], id, integer(seconds))
}

// findOrAdd reads the row of the code, and makes one if there is none.
func (r *Registry) findOrAdd(ctx context.Context, cf codicefiscale.Code) (*stored, error) {
	p, err := r.find(ctx, cf)
	if err == nil && p == nil {
		nothing := func(*row) error { return nil }
		if err = r.change(ctx, []edit{{cf: cf, apply: nothing}}, nothingMore); err == nil {
			p, err = r.read(ctx, cf)
		}
	}
	if err == nil && p.erased != 0 {
		err = ErrErased
	}
	return p, err
}

// exec runs a statement that is a transaction of its own. Only the writers of SQLite have to queue for it.
func (r *Registry) exec(ctx context.Context, statement string, args ...any) error {
	if r.db.Dialect == database.Postgres {
		_, err := r.db.ExecContext(ctx, r.db.Bind(statement), args...)
		return wrap(err)
	}
	return wrap(r.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, r.db.Bind(statement), args...)
		return err
	}))
}

// Asked returns what operators asked of a person, under this code and the earlier ones, newest first.
// A row that somebody deleted from the tables is not missed, because rows end with their time.
func (r *Registry) Asked(ctx context.Context, person codicefiscale.Code) ([]Request, error) {
	people, err := r.history(ctx, person)
	if err != nil {
		return nil, wrap(err)
	}
	found := map[string]*Request{}
	for _, p := range people {
		if err := r.askedOf(ctx, p, found); err != nil {
			return nil, wrap(err)
		}
	}
	var list []Request
	for _, q := range found {
		list = append(list, *q)
	}
	slices.SortFunc(list, func(a, b Request) int { return b.At.Compare(a.At) })
	return list, nil
}

// askedOf adds what was asked under one code, by challenge.
func (r *Registry) askedOf(ctx context.Context, p *stored, found map[string]*Request) error {
	query := "SELECT id, at_s, body FROM asked WHERE subject = ? ORDER BY at_s DESC LIMIT ?"
	rows, err := r.db.QueryContext(ctx, r.db.Bind(query), p.subject[:], maxAsked)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, body []byte
		var seconds int64
		if err := rows.Scan(&id, &seconds, &body); err != nil {
			return err
		}
		var a asked
		if err := p.vault.openJSON(askedAt(p.subject, id, seconds), body, &a); err != nil {
			return fmt.Errorf("%s: %w", columnAsked, err)
		}
		q := found[a.Challenge]
		if q == nil {
			q = &Request{Challenge: a.Challenge, Operator: a.Operator, Purpose: a.Purpose, Scope: a.Scope}
			found[a.Challenge] = q
		}
		q.add(a)
	}
	return rows.Err()
}

func (q *Request) add(a asked) {
	if at := time.UnixMilli(a.At).UTC(); q.At.IsZero() || at.Before(q.At) {
		q.At = at
	}
	if a.Message {
		q.Messages++
	}
	switch a.Step {
	case StepWrong:
		q.Wrong++
	case StepRight:
		q.Right = true
	}
}

// ExpireAsked deletes what was asked before a time. Reports stay.
func (r *Registry) ExpireAsked(ctx context.Context, before time.Time) error {
	return r.exec(ctx, "DELETE FROM asked WHERE at_s < ?", before.Unix())
}
