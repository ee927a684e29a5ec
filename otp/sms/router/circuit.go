package router

import (
	"slices"
	"time"
)

// A provider's circuit judges its last 20 attempts of the last 5 minutes. It opens if the last
// 5 failed, if half of 20 failed, or if more than 5 % of 20 took 3 seconds or longer. The
// figures are our choice: enough attempts not to open after a single failure, few enough that
// not many people wait for a dead provider.
const (
	attempts   = 20
	inARow     = 5
	memory     = 5 * time.Minute
	slowSubmit = 3 * time.Second

	// After firstPause one message tries the provider again. The pause doubles after each failed
	// try.
	firstPause = 30 * time.Second
	lastPause  = 5 * time.Minute

	// If a throttling provider names no wait, it gets no messages for leastThrottle. A wait that
	// it names is kept up to mostThrottle.
	leastThrottle = time.Second
	mostThrottle  = 5 * time.Minute
)

type verdict uint8

const (
	unclear verdict = iota // says nothing about the provider
	good
	bad
)

type attempt struct {
	at     time.Time
	took   time.Duration
	failed bool
}

// A circuit is closed in its zero value.
type circuit struct {
	last     []attempt
	open     bool
	next     time.Time     // while open: the time of the next try
	pause    time.Duration // while open: the pause after that try
	throttle time.Time     // the provider gets no messages before this time
}

// change is the effect of an attempt on the circuit.
type change uint8

const (
	none change = iota
	opened
	closed
)

// admit reports whether a message may go through p now. If p is throttling, wait is the rest
// of the throttling.
func (r *Router) admit(p *provider, lastResort bool) (ok bool, wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.config.Now()
	if wait := p.circuit.throttle.Sub(now); wait > 0 {
		return false, wait
	}
	return p.circuit.admit(now) || lastResort, 0
}

// admit reports whether the circuit lets a message through. An open circuit lets one message
// through after the pause.
func (c *circuit) admit(now time.Time) bool {
	if !c.open {
		return true
	}
	if now.Before(c.next) {
		return false
	}
	c.next, c.pause = now.Add(c.pause), min(2*c.pause, lastPause)
	return true
}

// done records an attempt.
func (c *circuit) done(now time.Time, took time.Duration, v verdict) change {
	switch {
	case c.open && v == good && took < slowSubmit:
		*c = circuit{throttle: c.throttle}
		return closed
	case c.open, v == unclear:
		return none
	}
	if len(c.last) == attempts {
		c.last = slices.Delete(c.last, 0, 1)
	}
	c.last = append(c.last, attempt{now, took, v == bad})
	c.last = slices.DeleteFunc(c.last, func(a attempt) bool { return now.Sub(a.at) > memory })
	if !c.broken() {
		return none
	}
	*c = circuit{open: true, next: now.Add(firstPause), pause: 2 * firstPause, throttle: c.throttle}
	return opened
}

func (c *circuit) broken() bool {
	failed, slow, row := 0, 0, 0
	for _, a := range c.last {
		row++
		if a.failed {
			failed++
		} else {
			row = 0
		}
		if a.took >= slowSubmit {
			slow++
		}
	}
	return row >= inARow || len(c.last) == attempts && (2*failed >= attempts || 20*slow > attempts)
}

// throttled records that the provider wants no messages for d.
func (c *circuit) throttled(now time.Time, d time.Duration) {
	c.throttle = now.Add(min(max(d, leastThrottle), mostThrottle))
}
