package accesslog

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
	"github.com/qr-invalidita/attesta/verifier/service"
)

const (
	// maxGroup records are written in one transaction, and maxWaiting wait for theirs. A record has at most
	// 8 KiB, so what waits has at most 8 MiB.
	maxGroup   = 128
	maxWaiting = 1024
	// groupLimit is the time for a group, if need be for one record after the other. Callers may leave
	// earlier.
	groupLimit = 10 * time.Second
)

// errFull means that too many records wait, as when the database hangs.
var errFull = errors.New("too many records wait")

// An entry is a record that is to be appended.
type entry struct {
	Record
	text     []byte
	operator service.Operator
	ctx      context.Context // the caller's
	done     chan error
}

func newEntry(ctx context.Context, r Record, by service.Operator) (*entry, error) {
	text, err := r.Text()
	return &entry{Record: r, text: text, operator: by, ctx: ctx, done: make(chan error, 1)}, err
}

// group collects the entries of several callers, which one transaction writes: a commit waits for the disk,
// and the replicas of a service write one after the other.
type group struct {
	mu      sync.Mutex
	waiting []*entry
	writing bool
}

// join appends the entry with the others that wait, and returns when its transaction has ended, or when ctx
// is done. In the latter case the record may be written nevertheless.
func (l *Log) join(ctx context.Context, e *entry) error {
	l.group.mu.Lock()
	if len(l.group.waiting) == maxWaiting {
		l.group.mu.Unlock()
		return errFull
	}
	l.group.waiting = append(l.group.waiting, e)
	if !l.group.writing {
		l.group.writing = true
		go l.write()
	}
	l.group.mu.Unlock()
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// next takes the entries for a transaction. Those whose callers have left are dropped.
func (g *group) next() []*entry {
	g.mu.Lock()
	defer g.mu.Unlock()
	var entries []*entry
	for len(g.waiting) > 0 && len(entries) < maxGroup {
		if e := g.waiting[0]; e.ctx.Err() == nil {
			entries = append(entries, e)
		}
		g.waiting = g.waiting[1:]
	}
	g.writing = len(entries) > 0
	return entries
}

// write appends what waits until nothing does.
func (l *Log) write() {
	for {
		entries := l.group.next()
		if len(entries) == 0 {
			return
		}
		l.writeGroup(entries)
	}
}

// writeGroup appends the entries in the time for a group.
func (l *Log) writeGroup(entries []*entry) {
	ctx, cancel := context.WithTimeout(context.Background(), groupLimit)
	defer cancel()
	l.appendEach(ctx, entries)
}

// appendEach appends the entries and tells each caller how it ended. An entry that cannot be written is not
// its neighbours' fault: if the transaction was undone because of one, each is tried alone.
func (l *Log) appendEach(ctx context.Context, entries []*entry) {
	for len(entries) > 0 {
		refused, err := l.appendAll(ctx, entries)
		switch {
		case len(refused) > 0:
			entries = settle(entries, refused)
			continue
		case err != nil && !errors.Is(err, errCommit) && len(entries) > 1:
			for _, e := range entries {
				l.appendEach(ctx, []*entry{e})
			}
			return
		}
		for _, e := range entries {
			e.done <- err
		}
		return
	}
}

// settle answers those entries whose challenge has a record, and returns the others.
func settle(entries []*entry, refused map[*entry]bool) []*entry {
	var others []*entry
	for _, e := range entries {
		if refused[e] {
			e.done <- service.ErrRecorded
			continue
		}
		others = append(others, e)
	}
	return others
}

// errCommit means that nobody knows whether the transaction was committed.
var errCommit = errors.New("commit")

// appendAll appends the entries in one transaction, or nothing. refused are those whose challenge has a
// record.
func (l *Log) appendAll(ctx context.Context, entries []*entry) (refused map[*entry]bool, err error) {
	err = l.update(ctx, func(tx *sql.Tx) (err error) {
		refused, err = l.add(ctx, tx, entries)
		return err
	})
	return refused, err
}

// add appends the entries in the transaction. If some are refused, the error is service.ErrRecorded and the
// transaction is to be undone.
func (l *Log) add(ctx context.Context, tx *sql.Tx, entries []*entry) (refused map[*entry]bool, err error) {
	t := l.tree(ctx, tx)
	s, err := t.lock()
	if err != nil {
		return nil, fmt.Errorf("take a number: %w", err)
	}
	var leaves [][]byte
	var values []any
	for n, e := range entries {
		r, err := l.row(s.size+int64(n), e)
		if err != nil {
			return nil, err
		}
		leaves = append(leaves, proof.Leaf(e.At, r.salt, e.text))
		values = append(values, r.values()...)
	}
	refused, err = l.insert(t, s.size, entries, values)
	if err != nil {
		return refused, err
	}
	if err := t.add(s.size, leaves); err != nil {
		return nil, err
	}
	s.size += int64(len(entries))
	return nil, t.setState(s)
}

// row returns the row of an entry.
func (l *Log) row(number int64, e *entry) (r row, err error) {
	r = row{number: number, id: e.ID, challenge: e.Challenge, person: e.Person, at: e.At.Unix(),
		record: e.text, salt: make([]byte, proof.SaltSize)}
	rand.Read(r.salt) // never fails since Go 1.24
	if r.sealed, err = l.seal(r.number, r.id, e.operator); err != nil {
		return row{}, err
	}
	r.mac = l.sign(&r)
	return r, nil
}

// insert writes the rows of the entries, of which the first has the number.
func (l *Log) insert(t tree, first int64, entries []*entry, values []any) (map[*entry]bool, error) {
	rows, err := t.query(insertRows(len(entries)), values...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	refused := map[*entry]bool{}
	for _, e := range entries {
		refused[e] = true
	}
	for rows.Next() {
		var number int64
		if err := rows.Scan(&number); err != nil {
			return nil, err
		}
		delete(refused, entries[number-first])
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(refused) > 0 {
		return refused, service.ErrRecorded
	}
	return nil, nil
}
