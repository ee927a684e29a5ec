package otp

import (
	"context"
	"runtime"
	"sync"
	"time"
)

const (
	// maxMerged calls are made one.
	maxMerged = 64
	// mergedLimit is the time for a merged call. Callers may leave earlier.
	mergedLimit = 10 * time.Second
	// stalled is how long calls wait for the one under way: its connection may hang, and others not.
	stalled = time.Second
)

// A merger makes one call out of those that wait while another is at the server. A call that finds none under
// way goes alone, at once. Q is what a caller asks, and A the answer.
type merger[Q, A any] struct {
	// alone is the call of one, and together that of several, with an answer for each. If together returns
	// neither answers nor an error, each caller calls alone.
	alone    func(context.Context, Q) (A, error)
	together func(context.Context, []Q) ([]A, error)

	mu      sync.Mutex
	waiting []*merging[Q, A]
	running int
	began   time.Time // the last call that is running
}

// merging is a call that waits.
type merging[Q, A any] struct {
	ctx  context.Context // the caller's
	q    Q
	done chan merged[A]
}

// merged is the answer to a call. If alone is true, there is none.
type merged[A any] struct {
	a     A
	err   error
	alone bool
}

// do returns the answer to q. If ctx ends before, q may be done nevertheless.
func (m *merger[Q, A]) do(ctx context.Context, q Q) (A, error) {
	m.mu.Lock()
	if m.running == 0 || time.Since(m.began) > stalled {
		m.running++
		m.began = time.Now()
		m.mu.Unlock()
		defer m.free()
		return m.alone(ctx, q)
	}
	c := &merging[Q, A]{ctx, q, make(chan merged[A], 1)}
	m.waiting = append(m.waiting, c)
	m.mu.Unlock()
	select {
	case r := <-c.done:
		if r.alone {
			return m.alone(ctx, q)
		}
		return r.a, r.err
	case <-ctx.Done():
		var none A
		return none, ctx.Err()
	}
}

// free ends a call. If others wait, they take its place.
func (m *merger[Q, A]) free() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.waiting) == 0 {
		m.running--
		return
	}
	go m.run()
}

// run calls for those that wait until none does.
func (m *merger[Q, A]) run() {
	for {
		runtime.Gosched() // those who got their answers may have more to ask
		calls := m.next()
		if len(calls) == 0 {
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(calls[0].ctx), mergedLimit)
		m.call(ctx, calls)
		cancel()
	}
}

// next takes the calls to be merged. Those whose callers have left are dropped.
func (m *merger[Q, A]) next() (calls []*merging[Q, A]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.waiting) > 0 && len(calls) < maxMerged {
		if c := m.waiting[0]; c.ctx.Err() == nil {
			calls = append(calls, c)
		}
		m.waiting = m.waiting[1:]
	}
	if m.began = time.Now(); len(calls) == 0 {
		m.running--
	}
	return calls
}

func (m *merger[Q, A]) call(ctx context.Context, calls []*merging[Q, A]) {
	if len(calls) == 1 {
		a, err := m.alone(ctx, calls[0].q)
		calls[0].done <- merged[A]{a: a, err: err}
		return
	}
	qs := make([]Q, len(calls))
	for i, c := range calls {
		qs[i] = c.q
	}
	answers, err := m.together(ctx, qs)
	for i, c := range calls {
		r := merged[A]{err: err, alone: err == nil && answers == nil}
		if answers != nil {
			r.a = answers[i]
		}
		c.done <- r
	}
}
