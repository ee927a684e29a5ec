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

// takeLoad is take before a change of the record under key. If the limiter is the store and a
// [TakeLoader], it also loads the record, unless key is nil.
func (cs *Challenges) takeLoad(ctx context.Context, key []byte, buckets ...Bucket) (Snapshot, error) {
	if cs.both == nil || len(buckets) == 0 {
		return Snapshot{}, cs.take(ctx, buckets...)
	}
	name := ""
	if key != nil {
		name = storeKey(key)
	}
	d, s, err := cs.both.TakeLoad(ctx, buckets, name)
	return s, cs.decided(ctx, buckets, d, err)
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
	for i, r := range rates {
		out[i] = r.Bucket(cs.keys.bucketKey(limit, i, value...))
	}
	return out
}

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
