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

// act is the sealed part of an Act, under the ward's keys.
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
	ward := r.keys.subject(a.Ward)
	body, err := r.keys.person(ward).sealJSON(columnAct,
		act{a.At.UnixMilli(), a.Guardian.Reveal(), a.Name, a.Kind, a.What, a.Count})
	if err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	err = r.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, r.db.Bind("INSERT INTO act (ward, body) VALUES (?, ?)"), ward[:], body)
		return err
	})
	if err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	return nil
}

// Acts returns the acts for the person, under this code and the earlier ones, newest first,
// five hundred at most. Acts of the person under an earlier code are shown under this one.
func (r *Registry) Acts(ctx context.Context, ward codicefiscale.Code) ([]Act, error) {
	subjects, err := r.subjects(ctx, ward)
	if err != nil || len(subjects) == 0 {
		return nil, err
	}
	query := "SELECT ward, body FROM act WHERE ward IN " + tuple(len(subjects)) + " ORDER BY seq DESC LIMIT ?"
	rows, err := r.db.QueryContext(ctx, r.db.Bind(query), append(names(subjects), maxActs)...)
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	defer rows.Close()
	var acts []Act
	for rows.Next() {
		var name, body []byte
		if err := rows.Scan(&name, &body); err != nil {
			return nil, fmt.Errorf("registry: %w", err)
		}
		var a act
		if err := r.keys.person(subject(name)).openJSON(columnAct, body, &a); err != nil {
			return nil, fmt.Errorf("registry: %w", err)
		}
		guardian, err := codicefiscale.ParseAny(a.Guardian)
		if err != nil {
			return nil, fmt.Errorf("registry: %w", err)
		}
		if slices.Contains(subjects, r.keys.subject(guardian)) {
			guardian = ward
		}
		acts = append(acts, Act{time.UnixMilli(a.At).UTC(), guardian, a.Name, ward, a.Kind, a.What, a.Count})
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	return acts, nil
}
