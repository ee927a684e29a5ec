package accesslog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

// maxRecords is the maximum number of records that [Log.ByPerson] returns. It is more than the
// limits of package otp allow within the retention.
const maxRecords = 5000

// ByPerson returns what was disclosed about a person, newest first and at most 5,000, without suppressed
// records. A record is never rewritten: it stays under the codice fiscale of its day. If the
// person's code has changed, pass the earlier codes.
func (l *Log) ByPerson(
	ctx context.Context, person codicefiscale.Code, earlier ...codicefiscale.Code,
) ([]Record, error) {
	if err := l.ready(); err != nil {
		return nil, err
	}
	where, args := l.among(person, earlier)
	// A suppressed record is read and checked too, because nothing else tells who suppressed it.
	rows, err := l.DB.QueryContext(ctx, l.bind(`SELECT `+rowColumns+` FROM access_record
WHERE `+where+` ORDER BY number DESC`), args...)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	defer rows.Close()
	var list []Record
	now := l.now().Unix()
	for len(list) < maxRecords && rows.Next() {
		r, record, err := l.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
		if r.hidden <= now {
			list = append(list, record)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return list, nil
}

// among returns the condition that a record is about one of the codes.
func (l *Log) among(person codicefiscale.Code, earlier []codicefiscale.Code) (where string, args []any) {
	args = append(args, l.person(person))
	for _, cf := range earlier {
		args = append(args, l.person(cf))
	}
	return "person IN (?" + strings.Repeat(", ?", len(earlier)) + ")", args
}

// Proof returns a [proof.File] that proves the record of that ID against the present
// checkpoint. If the record is not one of [Log.ByPerson], the error is [ErrNotFound]. If it is
// not what was appended, the error is [ErrTampered].
func (l *Log) Proof(
	ctx context.Context, person codicefiscale.Code, id string, earlier ...codicefiscale.Code,
) ([]byte, error) {
	if err := l.ready(); err != nil {
		return nil, err
	}
	where, args := l.among(person, earlier)
	var p proof.File
	r, _, err := l.scan(l.DB.QueryRowContext(ctx,
		l.bind(`SELECT `+rowColumns+` FROM access_record WHERE `+where+` AND id = ?`), append(args, id)...))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrNotFound
	case err != nil:
		return nil, fmt.Errorf("read: %w", err)
	case r.hidden > l.now().Unix():
		return nil, ErrNotFound
	}
	p.Number, p.Record, p.Salt = r.number, r.record, r.salt
	t := l.tree(ctx, l.DB)
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
	if tlog.CheckRecord(p.Hashes, size, root, p.Number, proof.Leaf(r.salt, r.record)) != nil {
		return nil, fmt.Errorf("%w: record %d", ErrTampered, p.Number)
	}
	signed, err := l.checkpoint(t, size)
	if err != nil {
		return nil, err
	}
	p.Checkpoint = string(signed)
	return p.Text()
}

// Suppress hides a record from the person until a time, for example during an inquiry that the
// person must not know of yet. The record stays in the log and is shown afterwards. A time in
// the past shows it at once.
func (l *Log) Suppress(ctx context.Context, id string, until time.Time) error {
	if err := l.ready(); err != nil {
		return err
	}
	r, _, err := l.scan(l.DB.QueryRowContext(ctx,
		l.bind(`SELECT `+rowColumns+` FROM access_record WHERE id = ?`), id))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case err != nil:
		return fmt.Errorf("read: %w", err)
	}
	before := r.mac
	r.hidden = until.Unix()
	update := l.bind(`UPDATE access_record SET hidden_until_s = ?, mac = ? WHERE id = ? AND mac = ?`)
	result, err := l.DB.ExecContext(ctx, update, r.hidden, l.sign(&r), id, before)
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNotFound)
	}
	return nil
}
