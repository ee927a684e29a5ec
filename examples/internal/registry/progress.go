package registry

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"iter"
)

// A File identifies a file by the SHA-256 of its content.
type File [sha256.Size]byte

// Progress is the state of the import of a file.
type Progress struct {
	Position, Line   int64 // bytes and lines that were processed
	Stored, Rejected int64 // entries
	Warned           int64 // entries that were stored and need a look
	Done             bool
}

// Progress returns the import's state, whatever process imported; it is zero if the file was
// never imported.
func (r *Registry) Progress(ctx context.Context, file File) (p Progress, err error) {
	query := r.db.Bind(
		"SELECT position, line, stored, rejected, warned, done, mac FROM import WHERE file = ?")
	var mac []byte
	err = r.db.QueryRowContext(ctx, query, file[:]).Scan(&p.Position, &p.Line, &p.Stored, &p.Rejected,
		&p.Warned, &p.Done, &mac)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Progress{}, nil
	case err == nil && subtle.ConstantTimeCompare(mac, r.signProgress(file, p)) != 1:
		err = fmt.Errorf("%s: %w", columnImport, errSealed)
	}
	return p, wrap(err)
}

// signProgress returns the MAC of an import's row.
func (r *Registry) signProgress(file File, p Progress) []byte {
	return r.names.sign(columnImport.at(file[:], integer(p.Position), integer(p.Line), integer(p.Stored),
		integer(p.Rejected), integer(p.Warned), integer(int64(number(p.Done)))))
}

// A Reject is an entry of a file that was not stored, or that was stored and needs a look. Its
// reason names fields and rules, and no values.
type Reject struct {
	Line   int64
	Reason string
}

// An Entry is a person in a file.
type Entry struct {
	Line   int64
	Person Person
}

// PutFrom is [Registry.Put] for people from a file, each of whom [Person.Validate] has accepted. In the same
// transaction it records how far the file was read, what was rejected and the warnings, so an import that
// ends at any moment can continue there. Pass the progress that was last read or recorded. If another import
// of the file has recorded something since, nothing is stored and the error is [ErrOtherImport]. It returns
// next with the warnings counted, and a remark for each entry.
func (r *Registry) PutFrom(
	ctx context.Context, file File, last, next Progress, entries []Entry, rejects []Reject,
) (Progress, []Remark, error) {
	people, remarks := make([]Person, len(entries)), make([]Remark, len(entries))
	for i, e := range entries {
		people[i] = e.Person
	}
	noted := func(i int, remark Remark) {
		remarks[i] = remark
		remarks[i].Line = entries[i].Line
	}
	err := r.put(ctx, people, noted, func(tx *sql.Tx) error {
		var warnings []Reject
		for _, remark := range remarks {
			if text := remark.Warning(); text != "" {
				warnings = append(warnings, Reject{remark.Line, text})
			}
		}
		next.Warned = last.Warned + int64(len(warnings))
		if err := r.note(ctx, tx, file, last, next); err != nil {
			return err
		}
		if err := r.addLines(ctx, tx, "import_warning", file, warnings); err != nil {
			return err
		}
		return r.addLines(ctx, tx, "import_reject", file, rejects)
	})
	return next, remarks, err
}

func (r *Registry) note(ctx context.Context, tx *sql.Tx, file File, last, next Progress) error {
	query := r.db.Bind(
		`INSERT INTO import (file, position, line, stored, rejected, warned, done, mac)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (file) DO UPDATE SET position = excluded.position, line = excluded.line, stored = excluded.stored,
rejected = excluded.rejected, warned = excluded.warned, done = excluded.done, mac = excluded.mac
WHERE import.position = ? AND import.done = ?`)
	result, err := tx.ExecContext(ctx, query, file[:], next.Position, next.Line, next.Stored, next.Rejected,
		next.Warned, number(next.Done), r.signProgress(file, next), last.Position, number(last.Done))
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return err
	}
	if n != 1 {
		return ErrOtherImport
	}
	return nil
}

func (r *Registry) addLines(ctx context.Context, tx *sql.Tx, table string, file File, lines []Reject) error {
	var args []any
	for _, line := range lines {
		args = append(args, file[:], line.Line, line.Reason)
	}
	return r.insert(ctx, tx, "INSERT INTO "+table+" (file, line, reason) ", "", 3, args)
}

// Rejects returns the entries of the file that were not stored, in the file's order.
func (r *Registry) Rejects(ctx context.Context, file File) iter.Seq2[Reject, error] {
	return r.lines(ctx, "import_reject", file, func(p Progress) int64 { return p.Rejected })
}

// Warnings returns the entries of the file that were stored and need a look, in the file's
// order.
func (r *Registry) Warnings(ctx context.Context, file File) iter.Seq2[Reject, error] {
	return r.lines(ctx, "import_warning", file, func(p Progress) int64 { return p.Warned })
}

// lines returns the lines of the table, and an error at the end if there are not as many as the
// import counted.
func (r *Registry) lines(ctx context.Context, table string, file File,
	counted func(Progress) int64) iter.Seq2[Reject, error] {
	return func(yield func(Reject, error) bool) {
		fail := func(err error) { yield(Reject{}, wrap(err)) }
		query := r.db.Bind("SELECT line, reason FROM " + table + " WHERE file = ? ORDER BY line")
		rows, err := r.db.QueryContext(ctx, query, file[:])
		if err != nil {
			fail(err)
			return
		}
		defer rows.Close()
		var n int64
		for ; rows.Next(); n++ {
			var reject Reject
			if err := rows.Scan(&reject.Line, &reject.Reason); err != nil {
				fail(err)
				return
			}
			if !yield(reject, nil) {
				return
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			fail(err)
			return
		}
		if p, err := r.Progress(ctx, file); err != nil {
			fail(err)
		} else if n != counted(p) {
			fail(fmt.Errorf("%s: %w", table, errMissing))
		}
	}
}

// number is a bool as the tables hold it.
func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
