package accesslog

import (
	"context"

	"github.com/qr-invalidita/attesta/verifier/service"
)

// MaxGroup and MaxWaiting are the bounds of what waits.
const (
	MaxGroup   = maxGroup
	MaxWaiting = maxWaiting
)

// Pending returns the number of records that wait for a transaction, and one more if there is a transaction.
func (l *Log) Pending() int {
	l.group.mu.Lock()
	defer l.group.mu.Unlock()
	if l.group.writing {
		return len(l.group.waiting) + 1
	}
	return len(l.group.waiting)
}

// AppendGroup appends the accesses as one group, whose time ends with ctx.
func (l *Log) AppendGroup(ctx context.Context, accesses []service.Access) (errs []error, err error) {
	var entries []*entry
	for _, a := range accesses {
		e, err := newEntry(context.Background(), l.record(a), a.Operator)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	l.appendEach(ctx, entries)
	for _, e := range entries {
		errs = append(errs, <-e.done)
	}
	return errs, nil
}
