package otp

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
)

// take asks the limiter, and refuses if it refuses or cannot be reached.
func (g *Gate) take(ctx context.Context, buckets ...Bucket) error {
	if len(buckets) == 0 {
		return nil
	}
	d, err := g.limiter.Take(ctx, buckets)
	if err != nil {
		return g.unavailable(ctx, err)
	}
	if d.OK {
		return nil
	}
	limit, _, _ := strings.Cut(buckets[d.Bucket].Key, ":")
	return &Refusal{Cause: ErrRateLimited, Limit: Limit(limit), RetryAfter: max(d.RetryAfter, time.Millisecond)}
}

// buckets are the rates of one limit for one value.
func (g *Gate) buckets(limit Limit, rates []Rate, value ...[]byte) []Bucket {
	out := make([]Bucket, len(rates), len(rates)+4)
	for i, r := range rates {
		out[i] = r.bucket(g.keys.bucketKey(limit, i, value...))
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

// sendBuckets are for every message.
func (g *Gate) sendBuckets(tenant string, to Contact) []Bucket {
	if to.Channel == List {
		return nil
	}
	l := g.policy.Limits
	return append(g.buckets(LimitPhone, l.Phone, []byte(to.Phone.Reveal())),
		g.buckets(LimitTenant, l.Tenant, []byte(tenant))...)
}

// buckets are for a new challenge.
func (s *starting) buckets(r *record, now int64) []Bucket {
	g, l := s.g, s.g.policy.Limits
	out := g.sendBuckets(s.q.Tenant, s.contact)
	out = append(out, g.buckets(LimitOperator, l.Operator, s.operator)...)
	out = append(out, g.buckets(LimitOrganisation, l.Organisation, []byte(s.q.Tenant), []byte(s.q.Organisation))...)
	known := false
	for i := range r.challenges {
		c := &r.challenges[i]
		known = known || bytes.Equal(c.operator[:], s.operator) && c.started+time.Hour.Milliseconds() > now
	}
	if !known {
		out = append(out, g.buckets(LimitPeople, l.People, s.operator)...)
	}
	if s.q.Source.IsValid() {
		out = append(out, g.buckets(LimitSource, l.Source, netaddr.Network(s.q.Source))...)
	}
	return out
}

// limited tells about err if it is a limit.
func (g *Gate) limited(ctx context.Context, id string, p Parties, c Channel, err error) {
	var r *Refusal
	if errors.As(err, &r) && r.Cause == ErrRateLimited {
		g.emit(ctx, Event{Kind: EventLimited, ChallengeID: id, Tenant: p.Tenant, Operator: p.Operator, Channel: c, Limit: r.Limit})
	}
}
