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
	// gather is how long a group waits for others before it asks for its turn: with two replicas and 16
	// callers, groups have a quarter more records. A disclosure takes tens of milliseconds anyway.
	gather = 3 * time.Millisecond
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

// next takes the entries for a transaction.
func (g *group) next() []*entry {
	g.mu.Lock()
	defer g.mu.Unlock()
	entries := g.take(nil)
	g.writing = len(entries) > 0
	return entries
}

// more adds the entries that have joined since.
func (g *group) more(entries []*entry) []*entry {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.take(entries)
}

// take moves what waits to the entries, up to maxGroup. Those whose callers have left are dropped.
func (g *group) take(entries []*entry) []*entry {
	for len(g.waiting) > 0 && len(entries) < maxGroup {
		if e := g.waiting[0]; e.ctx.Err() == nil {
			entries = append(entries, e)
		}
		g.waiting = g.waiting[1:]
	}
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

// writeGroup appends the entries in the time for a group, and with them those that join until it is this
// log's turn among those of all replicas.
func (l *Log) writeGroup(entries []*entry) {
	time.Sleep(gather)
	ctx, cancel := context.WithTimeout(context.Background(), groupLimit)
	defer cancel()
	refused, err := l.appendAll(ctx, func() []*entry {
		entries = l.group.more(entries)
		return entries
	})
	l.end(ctx, entries, refused, err)
}

// appendEach appends the entries and tells each caller how it ended.
func (l *Log) appendEach(ctx context.Context, entries []*entry) {
	if len(entries) > 0 {
		refused, err := l.appendAll(ctx, func() []*entry { return entries })
		l.end(ctx, entries, refused, err)
	}
}

// end tells each caller how the transaction ended. An entry that cannot be written is not its neighbours'
// fault: if the transaction was undone because of one, each is tried alone.
func (l *Log) end(ctx context.Context, entries []*entry, refused map[*entry]bool, err error) {
	switch {
	case len(refused) > 0:
		l.appendEach(ctx, settle(entries, refused))
	case err != nil && !errors.Is(err, errCommit) && len(entries) > 1:
		for _, e := range entries {
			l.appendEach(ctx, []*entry{e})
		}
	default:
		for _, e := range entries {
			e.done <- err
		}
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

// appendAll appends in one transaction what taken returns when it is this transaction's turn, or nothing.
// refused are those whose challenge has a record.
func (l *Log) appendAll(ctx context.Context, taken func() []*entry) (refused map[*entry]bool, err error) {
	err = l.update(ctx, func(tx *sql.Tx) (err error) {
		t := l.tree(ctx, tx)
		s, err := t.lock()
		if err != nil {
			return fmt.Errorf("take a number: %w", err)
		}
		refused, err = l.add(t, s, taken())
		return err
	})
	return refused, err
}

// add appends the entries to the tree in that state. If some are refused, the error is service.ErrRecorded
// and the transaction is to be undone.
func (l *Log) add(t tree, s state, entries []*entry) (refused map[*entry]bool, err error) {
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
	hashes, err := t.grow(s.size, leaves)
	if err != nil {
		return nil, err
	}
	first := s.size
	s.size += int64(len(entries))
	rows, err := t.write(
		statement{l.insertHashes(), []any{hashes}},
		statement{setState, []any{s.size, s.kept, l.signState(s)}},
		statement{insertRows(len(entries)), values})
	if err != nil {
		return nil, err
	}
	return refusals(rows, first, entries)
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

// refusals reads and closes the numbers of the rows that were written, of which the first has the number.
func refusals(rows *sql.Rows, first int64, entries []*entry) (map[*entry]bool, error) {
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
