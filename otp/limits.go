package otp

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
)

// take asks the limiter. It refuses if the limiter refuses or returns an error.
func (cs *Challenges) take(ctx context.Context, buckets ...Bucket) error {
	if len(buckets) == 0 {
		return nil
	}
	d, err := cs.limiter.Take(ctx, buckets)
	return cs.decided(ctx, buckets, d, err)
}

// peekLoad refuses if a bucket has no token, and loads the record under key. What it looked at may have
// changed when the tokens are taken.
func (cs *Challenges) peekLoad(ctx context.Context, key []byte, buckets ...Bucket) (Snapshot, error) {
	buckets = peek(buckets)
	if cs.batches != nil {
		a, err := cs.batches.reads.Do(ctx, reading{buckets, storeKey(key)})
		return a.Snapshot, cs.decided(ctx, buckets, a.Decision, err)
	}
	if err := cs.take(ctx, buckets...); err != nil {
		return Snapshot{}, err
	}
	s, err := cs.store.Load(ctx, storeKey(key))
	if err != nil {
		return Snapshot{}, cs.unavailable(ctx, err)
	}
	return s, nil
}

// takeTraced has the next write take from the buckets. A step that is traced before is refused before, too: a
// person is not to read of requests that the limits kept away.
func (cs *Challenges) takeTraced(ctx context.Context, at *held, buckets []Bucket) error {
	at.take = buckets
	if cs.trace == nil {
		return nil
	}
	return cs.take(ctx, peek(buckets)...)
}

// decided returns the refusal of a limiter that answered d or err.
func (cs *Challenges) decided(ctx context.Context, buckets []Bucket, d Decision, err error) error {
	if err != nil {
		return cs.unavailable(ctx, err)
	}
	if d.OK {
		return nil
	}
	limit, _, _ := strings.Cut(buckets[d.Bucket].Key, ":")
	return &Refusal{Cause: ErrRateLimited, Limit: Limit(limit),
		RetryAfter: max(d.RetryAfter, time.Millisecond)}
}

// buckets returns a bucket for each rate of one limit on one value.
func (cs *Challenges) buckets(limit Limit, rates []Rate, value ...[]byte) []Bucket {
	out := make([]Bucket, len(rates), len(rates)+4)
	for i, key := range cs.keys.bucketKeys(limit, len(rates), value...) {
		out[i] = rates[i].Bucket(key)
	}
	return out
}

// peek returns the buckets with Peek.
func peek(buckets []Bucket) []Bucket {
	out := make([]Bucket, len(buckets))
	for i, b := range buckets {
		b.Peek = true
		out[i] = b
	}
	return out
}

// sendBuckets returns the buckets of every message. A number that was never verified is only
// claimed: its messages leave the buckets of the number's owner alone.
func (cs *Challenges) sendBuckets(p Parties, to Contact) []Bucket {
	if to.Channel == List {
		return nil
	}
	l, number := cs.policy.Limits, []byte(to.Phone.Reveal())
	out := cs.buckets(LimitTenant, l.Tenant, []byte(p.Tenant))
	if !to.VerifiedAt.IsZero() {
		return append(cs.buckets(LimitPhone, l.Phone, number), out...)
	}
	out = append(cs.buckets(LimitClaimed, l.Claimed, number), out...)
	return append(out, cs.buckets(LimitClaims, l.Claims, []byte(p.Tenant), []byte(p.Subject.reveal()))...)
}

// buckets returns the buckets of a new challenge.
func (s *starting) buckets(r *record, now int64) []Bucket {
	cs, l := s.cs, s.cs.policy.Limits
	out := cs.sendBuckets(s.q.Parties, s.contact)
	out = append(out, cs.buckets(LimitOperator, l.Operator, s.operator)...)
	out = append(out, cs.buckets(LimitOrganisation, l.Organisation, []byte(s.q.Tenant),
		[]byte(s.q.Organisation))...)
	known := false
	for i := range r.challenges {
		c := &r.challenges[i]
		known = known || bytes.Equal(c.operator[:], s.operator) && c.started+time.Hour.Milliseconds() > now
	}
	if !known {
		out = append(out, cs.buckets(LimitPeople, l.People, s.operator)...)
	}
	if s.q.Source.IsValid() {
		out = append(out, cs.buckets(LimitSource, l.Source, netaddr.Customer(s.q.Source))...)
	}
	return out
}

// limited emits an event if err is a limit.
func (cs *Challenges) limited(ctx context.Context, id string, p Parties, c Channel, err error) {
	var r *Refusal
	if errors.As(err, &r) && r.Cause == ErrRateLimited {
		cs.emit(ctx, Event{Kind: EventLimited, ChallengeID: id, Tenant: p.Tenant, Operator: p.Operator,
			Channel: c, Limit: r.Limit})
	}
}
