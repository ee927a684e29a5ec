package accesslog

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
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

// add writes new leaves, of which the first has the number, and the hashes that they complete.
func (t tree) add(number int64, leaves [][]byte) error {
	known, err := t.frontier(number)
	if err != nil {
		return err
	}
	var args []any
	place := tlog.StoredHashIndex(0, number)
	for n, leaf := range leaves {
		hashes, err := tlog.StoredHashes(number+int64(n), leaf, known)
		if err != nil {
			return fmt.Errorf("hash: %w", err)
		}
		for _, h := range hashes {
			args = append(args, place, h[:], leaf)
			known[place] = h
			place++
			leaf = nil // the others are inner nodes
		}
	}
	rows := strings.TrimSuffix(strings.Repeat("(?, ?, ?), ", len(args)/3), ", ")
	insert := t.log.bind(`INSERT INTO access_hash (place, hash, leaf) VALUES ` + rows)
	if _, err := t.q.ExecContext(t.ctx, insert, args...); err != nil {
		return fmt.Errorf("insert hashes: %w", err)
	}
	return nil
}

// hashes are hashes by their places.
type hashes map[int64]tlog.Hash

// ReadHashes implements [tlog.HashReader].
func (h hashes) ReadHashes(places []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(places))
	for n, p := range places {
		found, ok := h[p]
		if !ok {
			return nil, fmt.Errorf("%w: hash %d is missing", ErrTampered, p)
		}
		out[n] = found
	}
	return out, nil
}

// frontier returns the roots of the largest complete subtrees of a tree of the size, which are all that new
// leaves need: one for each bit of the size.
func (t tree) frontier(size int64) (hashes, error) {
	var places []int64
	for level := range 63 {
		if size>>level&1 == 1 {
			places = append(places, tlog.StoredHashIndex(level, size>>level-1))
		}
	}
	roots, err := t.ReadHashes(places)
	if err != nil {
		return nil, err
	}
	known := hashes{}
	for n, p := range places {
		known[p] = roots[n]
	}
	return known, nil
}

// day returns the day of a leaf.
func (t tree) day(number int64) (time.Time, error) {
	var leaf []byte
	row := t.q.QueryRowContext(t.ctx, t.log.bind(`SELECT leaf FROM access_hash WHERE place = ?`),
		tlog.StoredHashIndex(0, number))
	if err := row.Scan(&leaf); err != nil {
		return time.Time{}, fmt.Errorf("read leaf %d: %w", number, err)
	}
	day, err := proof.LeafDay(leaf)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: leaf %d", ErrTampered, number)
	}
	return day, nil
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
	rows, err := t.query(`SELECT place, hash, leaf FROM access_hash WHERE place IN (`+marks+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("read hashes: %w", err)
	}
	found, _, err := scanHashes(rows)
	if err != nil {
		return nil, err
	}
	return found.ReadHashes(places)
}

// scanHashes reads rows of place, hash and leaf, and closes them. A hash of the wrong length counts as
// missing.
func scanHashes(rows *sql.Rows) (hashes, map[int64][]byte, error) {
	defer rows.Close()
	found, leaves := hashes{}, map[int64][]byte{}
	for rows.Next() {
		var place int64
		var b, leaf []byte
		if err := rows.Scan(&place, &b, &leaf); err != nil {
			return nil, nil, fmt.Errorf("read hashes: %w", err)
		}
		if len(b) == tlog.HashSize {
			found[place], leaves[place] = tlog.Hash(b), leaf
		}
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("read hashes: %w", err)
	}
	return found, leaves, nil
}
