// Package merge makes one call to a server out of those that wait while another is under way.
package merge

import (
	"context"
	"runtime"
	"sync"
	"time"
)

const (
	// most calls are made one.
	most = 64
	// limit is the time for calls that were made one. Callers may leave earlier.
	limit = 10 * time.Second
	// stalled is how long calls wait for the one under way: its connection may hang, and others not.
	stalled = time.Second
)

// Calls are calls to a server, in which a caller asks Q and gets A. A call that finds none under way goes at
// once. The others wait until it ends and go together. Set both functions before the first call.
type Calls[Q, A any] struct {
	// Alone is the call of one caller.
	Alone func(context.Context, Q) (A, error)
	// Together is the call of several, with an answer for each. If it returns neither answers nor an error,
	// each calls alone. Its context is not that of a caller.
	Together func(context.Context, []Q) ([]A, error)

	mu      sync.Mutex
	waiting []*call[Q, A]
	running int
	began   time.Time // the last call under way
}

// call is a call that waits.
type call[Q, A any] struct {
	ctx  context.Context // the caller's
	q    Q
	done chan answer[A]
}

// answer is the answer to a call. If alone is true, there is none.
type answer[A any] struct {
	a        A
	err      error
	alone    bool
	panicked any
}

// Do returns the answer to q. If ctx ends before, q may be done nevertheless.
func (m *Calls[Q, A]) Do(ctx context.Context, q Q) (A, error) {
	m.mu.Lock()
	if m.running == 0 || time.Since(m.began) > stalled {
		m.running++
		m.began = time.Now()
		m.mu.Unlock()
		runtime.Gosched() // others may be about to ask
		m.mu.Lock()
		if len(m.waiting) == 0 {
			m.mu.Unlock()
			defer m.free()
			return m.Alone(ctx, q)
		}
		go m.run()
	}
	c := &call[Q, A]{ctx, q, make(chan answer[A], 1)}
	m.waiting = append(m.waiting, c)
	m.mu.Unlock()
	select {
	case r := <-c.done:
		switch {
		case r.panicked != nil:
			panic(r.panicked) // as if it had called by itself
		case r.alone:
			return m.Alone(ctx, q)
		}
		return r.a, r.err
	case <-ctx.Done():
		var none A
		return none, ctx.Err()
	}
}

// free ends a call. If others wait, they take its place.
func (m *Calls[Q, A]) free() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.waiting) == 0 {
		m.running--
		return
	}
	go m.run()
}

// run calls for those that wait until none does.
func (m *Calls[Q, A]) run() {
	for {
		runtime.Gosched() // those who got their answers may have more to ask
		calls := m.next()
		if len(calls) == 0 {
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(calls[0].ctx), limit)
		m.call(ctx, calls)
		cancel()
	}
}

// next takes the calls that go together. Those whose callers have left are dropped.
func (m *Calls[Q, A]) next() (calls []*call[Q, A]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.waiting) > 0 && len(calls) < most {
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

func (m *Calls[Q, A]) call(ctx context.Context, calls []*call[Q, A]) {
	defer func() {
		if p := recover(); p != nil {
			for _, c := range calls {
				c.done <- answer[A]{panicked: p}
			}
		}
	}()
	if len(calls) == 1 {
		a, err := m.Alone(ctx, calls[0].q)
		calls[0].done <- answer[A]{a: a, err: err}
		return
	}
	qs := make([]Q, len(calls))
	for i, c := range calls {
		qs[i] = c.q
	}
	answers, err := m.Together(ctx, qs)
	for i, c := range calls {
		r := answer[A]{err: err, alone: err == nil && answers == nil}
		if answers != nil {
			r.a = answers[i]
		}
		c.done <- r
	}
}
