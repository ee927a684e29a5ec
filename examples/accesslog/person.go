package accesslog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/qr-invalidita/attesta/examples/accesslog/accessproof"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// MaxRecords is how many records [Log.ByPerson] returns at most, more than the limits of otp let anybody make within the
// retention.
const MaxRecords = 5000

// ByPerson returns what was disclosed about a person, the newest first, without what is suppressed. A person whose codice
// fiscale has changed sees what was disclosed under the earlier ones too: a record is never rewritten, so it stays under the
// code of its day.
func (l *Log) ByPerson(ctx context.Context, person codicefiscale.Code, earlier ...codicefiscale.Code) ([]Record, error) {
	where, args := l.among(person, earlier)
	rows, err := l.DB.QueryContext(ctx, l.DB.Bind(`SELECT record FROM access_record
WHERE `+where+` AND hidden_until_s <= ? ORDER BY number DESC LIMIT ?`), append(args, l.now().Unix(), MaxRecords)...)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	defer rows.Close()
	var list []Record
	for rows.Next() {
		var text []byte
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
		r, err := accessproof.ParseRecord(text)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrTampered, err)
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return list, nil
}

// among is the condition that a record is about one of the codes.
func (l *Log) among(person codicefiscale.Code, earlier []codicefiscale.Code) (where string, args []any) {
	args = append(args, l.person(person))
	for _, cf := range earlier {
		args = append(args, l.person(cf))
	}
	return "person IN (?" + strings.Repeat(", ?", len(earlier)) + ")", args
}

// Proof returns the file, as JSON, that proves the record of that id against a checkpoint of now. The error is
// [ErrNotFound] if it is not one of [Log.ByPerson], and [ErrTampered] if it is not what was appended.
func (l *Log) Proof(ctx context.Context, person codicefiscale.Code, id string, earlier ...codicefiscale.Code) ([]byte, error) {
	where, args := l.among(person, earlier)
	var p accessproof.Proof
	var text []byte
	err := l.DB.QueryRowContext(ctx, l.DB.Bind(`SELECT number, record, salt FROM access_record
WHERE `+where+` AND id = ? AND hidden_until_s <= ?`), append(args, id, l.now().Unix())...).Scan(&p.Number, &text, &p.Salt)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrNotFound
	case err != nil:
		return nil, fmt.Errorf("read: %w", err)
	}
	p.Record = text
	t := tree{ctx, l.DB, l.DB.Bind}
	size, _, err := t.size()
	if err != nil {
		return nil, err
	}
	if p.Hashes, err = tlog.ProveRecord(size, p.Number, t); err != nil {
		return nil, fmt.Errorf("prove: %w", err)
	}
	root, err := tlog.TreeHash(size, t)
	if err != nil {
		return nil, fmt.Errorf("root: %w", err)
	}
	if tlog.CheckRecord(p.Hashes, size, root, p.Number, accessproof.Leaf(p.Salt, text)) != nil {
		return nil, fmt.Errorf("%w: record %d", ErrTampered, p.Number)
	}
	signed, err := l.checkpoint(t, size)
	if err != nil {
		return nil, err
	}
	p.Checkpoint = string(signed)
	return p.File()
}

// Suppress keeps a record from the person's eyes until a time, such as in the course of an inquiry of which the person
// must not know yet; a time in the past shows it again. It stays in the log, and is shown afterwards.
func (l *Log) Suppress(ctx context.Context, id string, until time.Time) error {
	result, err := l.DB.ExecContext(ctx, l.DB.Bind(`UPDATE access_record SET hidden_until_s = ? WHERE id = ?`), until.Unix(), id)
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNotFound)
	}
	return nil
}
