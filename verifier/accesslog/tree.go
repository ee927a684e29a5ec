package accesslog

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
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
	query := `UPDATE access_tree SET kept = kept WHERE one = 1 RETURNING size, kept, mac`
	if t.log.Dialect == PostgreSQL { // without another version of the row
		query = `SELECT size, kept, mac FROM access_tree WHERE one = 1 FOR UPDATE`
	}
	row := t.q.QueryRowContext(t.ctx, query)
	err = row.Scan(&s.size, &s.kept, &s.mac)
	if err == nil {
		err = t.log.checkState(s)
	}
	return s, err
}

const setState = `UPDATE access_tree SET size = ?, kept = ?, mac = ? WHERE one = 1`

// A statement is one with its values.
type statement struct {
	text   string
	values []any
}

// write runs the statements, of which the last returns rows. PostgreSQL gets them as one, since the other
// replicas wait meanwhile.
func (t tree) write(list ...statement) (*sql.Rows, error) {
	last := len(list) - 1
	if t.log.Dialect != PostgreSQL {
		for _, s := range list[:last] {
			if _, err := t.q.ExecContext(t.ctx, s.text, s.values...); err != nil {
				return nil, err
			}
		}
		return t.query(list[last].text, list[last].values...)
	}
	var texts []string
	var values []any
	for n, s := range list[:last] {
		texts = append(texts, fmt.Sprintf("s%d AS (%s)", n, s.text))
		values = append(values, s.values...)
	}
	return t.query("WITH "+strings.Join(texts, ", ")+" "+list[last].text,
		append(values, list[last].values...)...)
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

// insertHashes writes hashes that are given as grow returns them.
func (l *Log) insertHashes() string {
	const insert = `INSERT INTO access_hash (place, hash, leaf) `
	if l.Dialect == PostgreSQL {
		return insert + `SELECT place, decode(hash, 'hex'), decode(leaf, 'hex')
FROM json_to_recordset(?::json) AS h (place bigint, hash text, leaf text)`
	}
	return insert + `SELECT value ->> 'place', unhex(value ->> 'hash'), unhex(value ->> 'leaf')
FROM json_each(?)`
}

// A grown is a row of access_hash, with bytes in hexadecimal.
type grown struct {
	Place int64   `json:"place"`
	Hash  string  `json:"hash"`
	Leaf  *string `json:"leaf"`
}

// grow returns new leaves, of which the first has the number, and the hashes that they complete, as JSON.
func (t tree) grow(number int64, leaves [][]byte) (string, error) {
	known, err := t.frontier(number)
	if err != nil {
		return "", err
	}
	var list []grown
	place := tlog.StoredHashIndex(0, number)
	for n, leaf := range leaves {
		hashes, err := tlog.StoredHashes(number+int64(n), leaf, known)
		if err != nil {
			return "", fmt.Errorf("hash: %w", err)
		}
		text := hex.EncodeToString(leaf)
		for i, h := range hashes {
			g := grown{Place: place, Hash: hex.EncodeToString(h[:])}
			if i == 0 { // the others are inner nodes
				g.Leaf = &text
			}
			list = append(list, g)
			known[place] = h
			place++
		}
	}
	text, err := json.Marshal(list)
	return string(text), err
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
