package otp

import (
	"bytes"
	"slices"
)

// maxOperators is the maximum number of operators with failures that one record keeps. If
// a further operator fails, the one that failed longest ago is forgotten, but never one that is
// barred. If all of them are barred, no other operator can start or answer (ErrLocked, or
// ErrBlocked if none of the bars ends by itself): a failure that cannot be kept must not happen.
const maxOperators = 32

// A standing is what a record keeps of one operator who failed.
type standing struct {
	operator    [32]byte
	failures    uint8 // in a row, at most maxShut
	recent      bool  // also since the person's last right answer
	lastFailure int64
	barredUntil int64
}

// maxShut is the upper bound of Policy.ShutAt. At ShutAt no answer is compared any more.
const maxShut = 10

// bar returns until when the operator is barred; 0 means not at all. If shut, only the staff lifts
// it.
func (s *standing) bar(now int64, p Policy) (until int64, shut bool) {
	switch {
	case int(s.failures) >= p.ShutAt:
		return 0, true
	case now < s.barredUntil:
		return s.barredUntil, false
	}
	return 0, false
}

func (r *record) standing(operator []byte) *standing {
	for i := range r.operators {
		if bytes.Equal(r.operators[i].operator[:], operator) {
			return &r.operators[i]
		}
	}
	return nil
}

// barredOperator returns a refusal if operator is barred, or if there is no room to keep its
// failures.
func (r *record) barredOperator(operator []byte, now int64, p Policy) error {
	if s := r.standing(operator); s != nil {
		if until, shut := s.bar(now, p); shut || until > 0 {
			return &Refusal{Cause: ErrBarred, RetryAfter: millis(max(until-now, 0))}
		}
		return nil
	}
	if len(r.operators) < maxOperators || r.evictable(now, p) >= 0 {
		return nil
	}
	var first int64
	for i := range r.operators {
		until, shut := r.operators[i].bar(now, p)
		if !shut && (first == 0 || until < first) {
			first = until
		}
	}
	if first == 0 {
		return &Refusal{Cause: ErrBlocked}
	}
	return &Refusal{Cause: ErrLocked, RetryAfter: millis(first - now)}
}

// evictable returns the index of the operator that failed longest ago of those that are not
// barred, or -1.
func (r *record) evictable(now int64, p Policy) int {
	found := -1
	for i := range r.operators {
		s := &r.operators[i]
		if until, shut := s.bar(now, p); shut || until > 0 {
			continue
		}
		if found < 0 || s.lastFailure < r.operators[found].lastFailure {
			found = i
		}
	}
	return found
}

// keep returns the operator's standing. It makes one if there is none and room can be made.
func (r *record) keep(operator [32]byte, now int64, p Policy) *standing {
	if s := r.standing(operator[:]); s != nil {
		return s
	}
	if len(r.operators) >= maxOperators {
		i := r.evictable(now, p)
		if i < 0 {
			return nil
		}
		r.operators = slices.Delete(r.operators, i, i+1)
	}
	r.operators = append(r.operators, standing{operator: operator})
	return &r.operators[len(r.operators)-1]
}

// failOperator counts a failure of the operator and reports whether that barred them.
func (r *record) failOperator(operator [32]byte, now int64, p Policy) (barred bool) {
	s := r.keep(operator, now, p)
	if s == nil { // barredOperator has refused this
		return true
	}
	s.failures, s.recent, s.lastFailure = min(s.failures+1, maxShut), true, now
	if int(s.failures)%p.BarAt == 0 || int(s.failures) >= p.ShutAt {
		s.barredUntil, barred = now+p.BarFor.Milliseconds(), true
	}
	return barred
}

// failed is the number of operators that failed since the person's last right answer.
func (r *record) failed() (n int) {
	for i := range r.operators {
		if r.operators[i].recent {
			n++
		}
	}
	return n
}

// succeed notes a right answer to the operator. The bars of others stay.
func (r *record) succeed(operator [32]byte) {
	r.failures, r.lastFailure, r.waitUntil, r.lockUntil = 0, 0, 0, 0
	r.operators = slices.DeleteFunc(r.operators, func(s standing) bool { return s.operator == operator })
	for i := range r.operators {
		r.operators[i].recent = false
	}
}

// takeOperators adds the standings of another record of the same person and reports whether
// anything changes. Of two standings of one operator the stricter values count.
func (r *record) takeOperators(old []standing, now int64, p Policy) (changed bool) {
	for _, theirs := range old {
		mine := r.keep(theirs.operator, now, p)
		if mine == nil {
			continue // 32 are barred, so this one is refused too
		}
		before := *mine
		mine.failures = max(mine.failures, theirs.failures)
		mine.recent = mine.recent || theirs.recent
		mine.lastFailure = max(mine.lastFailure, theirs.lastFailure)
		mine.barredUntil = max(mine.barredUntil, theirs.barredUntil)
		changed = changed || *mine != before
	}
	return changed
}
