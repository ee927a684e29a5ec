package registry

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"iter"
)

// A File is named by the SHA-256 of its content.
type File [sha256.Size]byte

// Progress is how far a file of people was read.
type Progress struct {
	Position, Line   int64 // bytes and lines that are done with
	Stored, Rejected int64 // entries
	Done             bool
}

// Progress returns how far the file was read, in whatever process: zero if never.
func (r *Registry) Progress(ctx context.Context, file File) (p Progress, err error) {
	query := r.db.Bind("SELECT position, line, stored, rejected, done FROM import WHERE file = ?")
	err = r.db.QueryRowContext(ctx, query, file[:]).Scan(&p.Position, &p.Line, &p.Stored, &p.Rejected, &p.Done)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Progress{}, fmt.Errorf("registry: %w", err)
	}
	return p, nil
}

// A Reject is an entry of a file that was not stored. Its reason names fields and rules, and no values.
type Reject struct {
	Line   int64
	Reason string
}

// PutFrom is [Registry.Put] for people from a file: in the same transaction it notes how far the file was read and what was
// rejected, so that an import that ends at any moment goes on where it was. The progress that was read or noted last has to
// be given: if another import of the file has noted something since, nothing is stored, and the error is [ErrOtherImport].
func (r *Registry) PutFrom(ctx context.Context, file File, last, next Progress, people []Person, rejects []Reject) error {
	return r.put(ctx, people, func(tx *sql.Tx) error {
		query := r.db.Bind(`INSERT INTO import (file, position, line, stored, rejected, done) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (file) DO UPDATE SET position = excluded.position, line = excluded.line, stored = excluded.stored,
rejected = excluded.rejected, done = excluded.done WHERE import.position = ? AND import.done = ?`)
		result, err := tx.ExecContext(ctx, query, file[:], next.Position, next.Line, next.Stored, next.Rejected, number(next.Done),
			last.Position, number(last.Done))
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
		var args []any
		for _, reject := range rejects {
			args = append(args, file[:], reject.Line, reject.Reason)
		}
		return r.insert(ctx, tx, "INSERT INTO import_reject (file, line, reason) VALUES ", "", 3, args)
	})
}

// Rejects are the entries of the file that were not stored, in its order.
func (r *Registry) Rejects(ctx context.Context, file File) iter.Seq2[Reject, error] {
	return func(yield func(Reject, error) bool) {
		query := r.db.Bind("SELECT line, reason FROM import_reject WHERE file = ? ORDER BY line")
		rows, err := r.db.QueryContext(ctx, query, file[:])
		if err != nil {
			yield(Reject{}, fmt.Errorf("registry: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var reject Reject
			if err := rows.Scan(&reject.Line, &reject.Reason); err != nil {
				yield(Reject{}, fmt.Errorf("registry: %w", err))
				return
			}
			if !yield(reject, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Reject{}, fmt.Errorf("registry: %w", err))
		}
	}
}

// number is how the tables write a truth.
func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
