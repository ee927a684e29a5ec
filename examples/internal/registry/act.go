package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// An Act is something that one person did for another, or for themselves, such as confirming
// contacts.
type Act struct {
	At       time.Time
	Guardian codicefiscale.Code
	Name     string // the guardian's name in the login
	Ward     codicefiscale.Code
	Kind     Kind // empty if both are the same person
	// What is the action, a word of small letters and _, such as download.
	What string
	// Count is how often, if the action counts something; otherwise 0.
	Count int
}

// Format writes "[personal data]", whatever the verb and its flags.
func (Act) Format(f fmt.State, _ rune) { io.WriteString(f, mask) }

// LogValue returns "[personal data]".
func (Act) LogValue() slog.Value { return slog.StringValue(mask) }

// maxActs is the maximum number of acts that are shown.
const maxActs = 500

// act is the sealed part of an Act, under the ward's data key.
type act struct {
	At       int64  `json:"at"` // milliseconds since 1970
	Guardian string `json:"guardian"`
	Name     string `json:"name,omitempty"`
	Kind     Kind   `json:"kind"`
	What     string `json:"what"`
	Count    int    `json:"count,omitempty"`
}

// TraceAct records an act. Call it before the act. If it fails, do not perform the act, so
// that nothing is done without a trace.
func (r *Registry) TraceAct(ctx context.Context, a Act) error {
	switch {
	case a.Guardian.IsZero() || a.Ward.IsZero() || a.At.IsZero():
		return errors.New("registry: an act has a time and two people")
	case a.What == "" || len(a.What) > 40 || strings.Trim(a.What, "abcdefghijklmnopqrstuvwxyz_") != "":
		return errors.New("registry: an act is named by small letters")
	case !isText(a.Name, 2*maxName):
		return errors.New("registry: a name that is none")
	}
	ward := r.names.subject(a.Ward)
	var row actRow
	var body []byte
	err := r.change(ctx, []edit{{cf: a.Ward, apply: notReplaced, last: func(p *stored) (err error) {
		p.acts++
		row = actRow{ward, p.acts, newID()}
		body, err = p.vault.sealJSON(row.at(),
			act{a.At.UnixMilli(), a.Guardian.Reveal(), a.Name, a.Kind, a.What, a.Count})
		return err
	}}}, func(tx *sql.Tx) error {
		query := r.db.Bind("INSERT INTO act (ward, number, id, body) VALUES (?, ?, ?, ?)")
		_, err := tx.ExecContext(ctx, query, ward[:], row.number, row.id, body)
		return err
	})
	return wrap(err)
}

// actRow is what identifies a row of the table act.
type actRow struct {
	ward   subject
	number int64 // from 1, in the order of recording
	id     []byte
}

func (a actRow) at() place { return columnAct.at(a.ward[:], integer(a.number), a.id) }

// Acts returns the acts for the person, under this code and the earlier ones, newest first,
// five hundred at most. Acts of the person under an earlier code are shown under this one. If one
// of them is missing, Acts returns an error.
func (r *Registry) Acts(ctx context.Context, ward codicefiscale.Code) ([]Act, error) {
	people, err := r.history(ctx, ward)
	if err != nil {
		return nil, wrap(err)
	}
	var all []Act
	for _, p := range slices.Backward(people) {
		acts, err := r.actsOf(ctx, p)
		if err != nil {
			return nil, wrap(err)
		}
		all = append(all, acts...)
	}
	slices.SortStableFunc(all, func(a, b Act) int { return b.At.Compare(a.At) })
	for i := range all {
		all[i].Ward = ward
		guardian := r.names.subject(all[i].Guardian)
		if slices.ContainsFunc(people, func(p *stored) bool { return p.subject == guardian }) {
			all[i].Guardian = ward
		}
	}
	return all[:min(len(all), maxActs)], nil
}

// actsOf returns the newest acts, newest first.
func (r *Registry) actsOf(ctx context.Context, p *stored) ([]Act, error) {
	rows, err := r.db.QueryContext(ctx, r.db.Bind("SELECT number, id, body FROM act "+
		"WHERE ward = ? AND number <= ? ORDER BY number DESC LIMIT ?"), p.subject[:], p.acts, maxActs)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var acts []Act
	for rows.Next() {
		row := actRow{ward: p.subject}
		var body []byte
		if err := rows.Scan(&row.number, &row.id, &body); err != nil {
			return nil, err
		}
		var a act
		if err := p.vault.openJSON(row.at(), body, &a); err != nil {
			return nil, fmt.Errorf("%s: %w", columnAct, err)
		}
		if row.number != p.acts-int64(len(acts)) {
			return nil, fmt.Errorf("%s: %w", columnAct, errMissing)
		}
		guardian, err := codicefiscale.ParseAny(a.Guardian)
		if err != nil {
			return nil, err
		}
		acts = append(acts, Act{At: time.UnixMilli(a.At).UTC(), Guardian: guardian, Name: a.Name,
			Kind: a.Kind, What: a.What, Count: a.Count})
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if int64(len(acts)) != min(p.acts, maxActs) {
		return nil, fmt.Errorf("%s: %w", columnAct, errMissing)
	}
	return acts, nil
}
