package accesslog

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// querier is the common part of a database and a transaction.
type querier interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// tree reads and writes the hashes during one call. Hashes never change, so a reader that
// knows a size needs no transaction.
type tree struct {
	ctx context.Context // tlog's reader takes no context
	q   querier
	log *Log
}

func (l *Log) tree(ctx context.Context, q querier) tree { return tree{ctx, q, l} }

func (t tree) query(query string, args ...any) (*sql.Rows, error) {
	return t.q.QueryContext(t.ctx, t.log.bind(query), args...)
}

// next takes the number of a new record.
func (t tree) next() (int64, error) {
	s, err := t.lock()
	if err != nil {
		return 0, fmt.Errorf("take a number: %w", err)
	}
	s.size++
	return s.size - 1, t.setState(s)
}

// lock returns the state of the tree. A second transaction waits here until the first has
// committed, because the statement locks the row in PostgreSQL and the database in SQLite.
func (t tree) lock() (s state, err error) {
	row := t.q.QueryRowContext(t.ctx,
		`UPDATE access_tree SET kept = kept WHERE one = 1 RETURNING size, kept, mac`)
	err = row.Scan(&s.size, &s.kept, &s.mac)
	if err == nil {
		err = t.log.checkState(s)
	}
	return s, err
}

func (t tree) setState(s state) error {
	update := t.log.bind(`UPDATE access_tree SET size = ?, kept = ?, mac = ? WHERE one = 1`)
	_, err := t.q.ExecContext(t.ctx, update, s.size, s.kept, t.log.signState(s))
	return err
}

// size returns the number of appended records, and the number of the first that still exists.
func (t tree) size() (size, kept int64, err error) {
	var s state
	row := t.q.QueryRowContext(t.ctx, `SELECT size, kept, mac FROM access_tree WHERE one = 1`)
	err = row.Scan(&s.size, &s.kept, &s.mac)
	if err == nil {
		err = t.log.checkState(s)
	}
	if err != nil {
		err = fmt.Errorf("read the size: %w", err)
	}
	return s.size, s.kept, err
}

// add writes the hashes that a new leaf completes.
func (t tree) add(number int64, leaf tlog.Hash) error {
	hashes, err := tlog.StoredHashesForRecordHash(number, leaf, t)
	if err != nil {
		return fmt.Errorf("hash: %w", err)
	}
	first := tlog.StoredHashIndex(0, number)
	var args []any
	for n := range hashes {
		args = append(args, first+int64(n), hashes[n][:])
	}
	rows := strings.TrimSuffix(strings.Repeat("(?, ?), ", len(hashes)), ", ")
	insert := t.log.bind(`INSERT INTO access_hash (place, hash) VALUES ` + rows)
	if _, err := t.q.ExecContext(t.ctx, insert, args...); err != nil {
		return fmt.Errorf("insert hashes: %w", err)
	}
	return nil
}

// ReadHashes implements [tlog.HashReader].
func (t tree) ReadHashes(places []int64) ([]tlog.Hash, error) {
	if len(places) == 0 {
		return nil, nil
	}
	var args []any
	for _, p := range places {
		args = append(args, p)
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(places)), ", ")
	rows, err := t.query(`SELECT place, hash FROM access_hash WHERE place IN (`+marks+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("read hashes: %w", err)
	}
	found, err := scanHashes(rows)
	if err != nil {
		return nil, err
	}
	out := make([]tlog.Hash, len(places))
	for n, p := range places {
		h, ok := found[p]
		if !ok {
			return nil, fmt.Errorf("%w: hash %d is missing", ErrTampered, p)
		}
		out[n] = h
	}
	return out, nil
}

// scanHashes reads rows of place and hash, and closes them. A hash of the wrong length counts as missing.
func scanHashes(rows *sql.Rows) (map[int64]tlog.Hash, error) {
	defer rows.Close()
	found := map[int64]tlog.Hash{}
	for rows.Next() {
		var place int64
		var b []byte
		if err := rows.Scan(&place, &b); err != nil {
			return nil, fmt.Errorf("read hashes: %w", err)
		}
		if len(b) == tlog.HashSize {
			found[place] = tlog.Hash(b)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read hashes: %w", err)
	}
	return found, nil
}
