package accesslog

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

// maxRecords is the maximum number of records of a kind that [Log.ByPerson] returns: accesses, acts of
// the staff, acts of guardians. It is more than the
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
	var list []Record
	count := map[string]int{} // by kind, so that acts bury no access
	err := l.visible(ctx, person, earlier, func(_ row, record Record) bool {
		kind, _, found := strings.Cut(record.Challenge, ":")
		if !found {
			kind = ""
		}
		if count[kind]++; count[kind] <= maxRecords {
			list = append(list, record)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// visible calls yield with the rows that the person may see, newest first, until it returns false.
func (l *Log) visible(ctx context.Context, person codicefiscale.Code, earlier []codicefiscale.Code,
	yield func(row, Record) bool) error {
	where, args := l.among(person, earlier)
	rows, err := l.DB.QueryContext(ctx, l.bind(`SELECT `+rowColumns+` FROM access_record
WHERE `+where+` ORDER BY number DESC`), args...)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	defer rows.Close()
	until := map[string]time.Time{} // a suppression comes before what it hides, the newest first
	now := l.now()
	for rows.Next() {
		r, record, err := l.scan(rows)
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		hidden := until[r.id]
		if s := record.Suppression; s != nil {
			hidden = s.Until
			if _, newer := until[s.ID]; s.Approved && !newer {
				until[s.ID] = s.Until
			}
		}
		if !hidden.After(now) && !yield(r, record) {
			return nil
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	return nil
}

// among returns the condition that a record is about one of the codes.
func (l *Log) among(person codicefiscale.Code, earlier []codicefiscale.Code) (where string, args []any) {
	args = append(args, l.person(person))
	for _, cf := range earlier {
		args = append(args, l.person(cf))
	}
	return "person IN (?" + strings.Repeat(", ?", len(earlier)) + ")", args
}

// Proof returns a [proof.File] that proves the record of that ID against the checkpoint of
// Log.Cosigned or, if that does not cover the record, the present one. If the record is not one of
// [Log.ByPerson], the error is [ErrNotFound]. If it is not what was appended, the error is
// [ErrTampered].
func (l *Log) Proof(
	ctx context.Context, person codicefiscale.Code, id string, earlier ...codicefiscale.Code,
) ([]byte, error) {
	if err := l.ready(); err != nil {
		return nil, err
	}
	var found *row
	var record Record
	err := l.visible(ctx, person, earlier, func(r row, rec Record) bool {
		if r.id == id {
			found, record = &r, rec
		}
		return found == nil
	})
	switch {
	case err != nil:
		return nil, err
	case found == nil:
		return nil, ErrNotFound
	}
	p := proof.File{Number: found.number, Record: found.record, Salt: found.salt}
	t := l.tree(ctx, l.DB)
	signed, size, err := l.covering(t, p.Number)
	if err != nil {
		return nil, err
	}
	p.Checkpoint = string(signed)
	if p.Hashes, err = tlog.ProveRecord(size, p.Number, t); err != nil {
		return nil, fmt.Errorf("prove: %w", err)
	}
	root, err := tlog.TreeHash(size, t)
	if err != nil {
		return nil, fmt.Errorf("root: %w", err)
	}
	leaf := tlog.RecordHash(proof.Leaf(record.At, p.Salt, p.Record))
	if tlog.CheckRecord(p.Hashes, size, root, p.Number, leaf) != nil {
		return nil, fmt.Errorf("%w: record %d", ErrTampered, p.Number)
	}
	return p.Text()
}

// covering returns a signed checkpoint that covers the record, and its size: the one that witnesses have
// co-signed, otherwise the present one.
func (l *Log) covering(t tree, number int64) (signed []byte, size int64, err error) {
	if l.Cosigned != nil {
		signed, c, err := l.Cosigned(t.ctx)
		if err != nil {
			return nil, 0, fmt.Errorf("co-signed checkpoint: %w", err)
		}
		if signed != nil && c.Size > number {
			return signed, c.Size, l.continues(t, c)
		}
	}
	size, kept, err := t.size()
	if err != nil {
		return nil, 0, err
	}
	signed, err = l.checkpoint(t, size, kept)
	return signed, size, err
}
