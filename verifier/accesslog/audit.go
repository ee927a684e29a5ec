package accesslog

import (
	"context"
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

// ErrTampered means that the log is not what it was when its records were appended.
var ErrTampered = errors.New("access log was tampered with")

// auditPage is how many records are in memory at once.
const auditPage = 500

// Audit reads the whole log, recomputes each of its hashes, and returns the resulting
// checkpoint. The error is [ErrTampered] if a record was changed, deleted out of turn or
// attributed to another person, or if the log does not continue the log of one of the
// published checkpoints. Records may be appended meanwhile.
//
// Only an older checkpoint reveals a log that was rewritten as a whole with new hashes. Keep
// some where people with write access to the database cannot write.
func (l *Log) Audit(ctx context.Context, log note.Verifier, published ...[]byte) (proof.Checkpoint, error) {
	if err := l.ready(); err != nil {
		return proof.Checkpoint{}, err
	}
	a := audit{log: l, tree: l.tree(ctx, l.DB), known: map[int64]tlog.Hash{}}
	last, err := a.last() // before the size, which may grow meanwhile
	if err != nil {
		return proof.Checkpoint{}, err
	}
	size, kept, err := a.tree.size()
	if err == nil && last >= size {
		err = fmt.Errorf("%w: record %d is not in the tree", ErrTampered, last)
	}
	if err != nil {
		return proof.Checkpoint{}, err
	}
	for _, signed := range published {
		c, err := proof.OpenCheckpoint(signed, log)
		if err != nil {
			return proof.Checkpoint{}, err
		}
		if known, ok := a.known[c.Size]; c.Size > size || ok && known != c.Root {
			return proof.Checkpoint{}, notContinued(c.Size)
		}
		a.known[c.Size] = c.Root
	}
	a.kept = kept
	for n := int64(0); n < size; n += auditPage {
		if err := a.page(n, min(n+auditPage, size)); err != nil {
			return proof.Checkpoint{}, err
		}
	}
	return proof.Checkpoint{Origin: log.Name(), Size: size, Root: a.root(size)}, nil
}

// last returns the number of the last record, or -1.
func (a *audit) last() (n int64, err error) {
	err = a.tree.q.QueryRowContext(a.tree.ctx,
		`SELECT coalesce(max(number), -1) FROM access_record`).Scan(&n)
	if err != nil {
		err = fmt.Errorf("read records: %w", err)
	}
	return n, err
}

func notContinued(size int64) error {
	return fmt.Errorf("%w: no continuation of the checkpoint of %d records", ErrTampered, size)
}

// audit is one run.
type audit struct {
	log   *Log
	tree  tree
	kept  int64
	known map[int64]tlog.Hash // roots by size
	// edge holds for each level the last subtree that is complete.
	edge [64]tlog.Hash
}

// page checks the records from one number to before another.
func (a *audit) page(from, to int64) error {
	kept := a.kept // before the rows are read: what expires meanwhile may still be among them
	rows, err := a.rows(from, to)
	if err != nil {
		return err
	}
	hashes, err := a.hashes(from, to)
	if err != nil {
		return err
	}
	for n := from; n < to; n++ {
		r, ok := rows[n]
		place := tlog.StoredHashIndex(0, n)
		h, stored := hashes[place]
		switch {
		case !stored:
			return fmt.Errorf("%w: hash %d is missing", ErrTampered, place)
		case ok && n < kept:
			return fmt.Errorf("%w: record %d is past the retention", ErrTampered, n)
		case ok:
			if err := a.record(n, r, h); err != nil {
				return err
			}
		default:
			if err := a.expired(n); err != nil {
				return err
			}
		}
		if err := a.add(n, h, hashes); err != nil {
			return err
		}
	}
	return nil
}

// record checks that a row is what was appended, and that its columns say the same.
func (a *audit) record(n int64, r row, h tlog.Hash) error {
	record, err := a.log.check(&r)
	if err != nil {
		return err
	}
	if proof.Leaf(r.salt, r.record) != h {
		return fmt.Errorf("%w: record %d", ErrTampered, n)
	}
	if _, err := a.log.open(&r, record); err != nil {
		return fmt.Errorf("record %d: %w", n, err)
	}
	return nil
}

// expired checks that a record may be gone.
func (a *audit) expired(n int64) (err error) {
	if n >= a.kept { // unless it expired since the audit began
		if _, a.kept, err = a.tree.size(); err != nil {
			return err
		}
	}
	if n >= a.kept {
		return fmt.Errorf("%w: record %d is missing", ErrTampered, n)
	}
	return nil
}

// add computes the subtrees that a leaf completes. It compares them with the stored ones, and the root with
// the known one.
func (a *audit) add(n int64, h tlog.Hash, stored map[int64]tlog.Hash) error {
	place := tlog.StoredHashIndex(0, n)
	level := bits.TrailingZeros64(uint64(n + 1))
	for i := range level {
		h = tlog.NodeHash(a.edge[i], h)
		place++
		if stored[place] != h {
			return fmt.Errorf("%w: hash %d", ErrTampered, place)
		}
	}
	a.edge[level] = h
	if root, ok := a.known[n+1]; ok && root != a.root(n+1) {
		return notContinued(n + 1)
	}
	return nil
}

// root folds the complete subtrees of a tree of that size, from the smallest on.
func (a *audit) root(size int64) tlog.Hash {
	if size == 0 {
		root, _ := tlog.TreeHash(0, nil) // reads nothing
		return root
	}
	level := bits.TrailingZeros64(uint64(size))
	root := a.edge[level]
	for level++; size>>level != 0; level++ {
		if size>>level&1 == 1 {
			root = tlog.NodeHash(a.edge[level], root)
		}
	}
	return root
}

func (a *audit) rows(from, to int64) (map[int64]row, error) {
	list, err := a.tree.query(`SELECT `+rowColumns+` FROM access_record WHERE number >= ? AND number < ?`,
		from, to)
	if err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	defer list.Close()
	found := map[int64]row{}
	for list.Next() {
		var r row
		if err := list.Scan(r.fields()...); err != nil {
			return nil, fmt.Errorf("read records: %w", err)
		}
		found[r.number] = r
	}
	return found, list.Err()
}

// hashes returns those that were stored with the records.
func (a *audit) hashes(from, to int64) (map[int64]tlog.Hash, error) {
	list, err := a.tree.query(`SELECT place, hash FROM access_hash WHERE place >= ? AND place < ?`,
		tlog.StoredHashIndex(0, from), tlog.StoredHashIndex(0, to))
	if err != nil {
		return nil, fmt.Errorf("read hashes: %w", err)
	}
	return scanHashes(list)
}
