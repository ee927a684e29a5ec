// Package router sends codes through several providers: in an order or by weights, around
// providers that fail, and last through providers whose messages arrive late.
//
// [New] makes a [Router], which is an [otp.Sender], from a [Config]. Pass every receipt to
// [Router.Receive] as well as to otp.Challenges: without receipts no provider is found slow.
//
// A message goes to one provider at a time. After a failure the next provider is tried at
// once, even if the failure was ambiguous: the code is the same, so a second message does no
// harm, while a second code would. Only a number that cannot receive the message ends the
// search.
//
// What the router knows about the providers is in the memory of one process.
package router

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

// ownName is the provider of an [otp.SendError] that concerns no single provider.
const ownName = "router"

// A Provider is one way to send.
type Provider struct {
	// Name is the provider's name in events and Health. Required and unique.
	Name string
	// Sender sends. Required. If it is an [otp.CapableSender], it gets only its channels, and its
	// delivery is measured if it has receipts. Any other Sender gets SMS and is not measured. It
	// must return when its context ends.
	Sender otp.Sender
	// Weight is the share of messages that this provider gets first, in proportion to the other
	// weights. 0 means only after other providers failed. If all weights are 0, the order of the
	// list decides.
	Weight int
}

// A Config names the providers and the time that they may take.
type Config struct {
	// Providers are 1 to 16 providers in order of preference.
	Providers []Provider
	// Attempt limits the time of one provider; 0 means 4 seconds.
	Attempt time.Duration
	// Total limits the time of all providers; 0 means 8 seconds, because an operator waits for it.
	Total time.Duration

	// SlowAfter is the time from acceptance to delivery above which a message is slow; 0 means 60
	// seconds.
	SlowAfter time.Duration
	// SlowShare is the share of slow messages, among those measured in the last 15 minutes, that
	// demotes a provider; 0 means 0.15. If the share falls to a third of it, or fewer than 10
	// messages are measured, the provider is restored.
	//
	// The window and the share are those of GOV.UK Notify. Its limit of 5 minutes is too long for
	// a code that is valid for 10.
	SlowShare float64
	// Hold is the least time between two such changes of one provider; 0 means 10 minutes, as in
	// GOV.UK Notify.
	Hold time.Duration
	// Remember is the number of messages of the last 15 minutes that are kept for each provider,
	// to measure them and to find the next provider for a resend; 0 means 16,384, about 5 MB.
	// Further messages are sent but not kept.
	Remember int

	// Events is called for each event in the goroutine of Send or Receive; it may be nil. It must
	// not block.
	Events func(Event)
	// Logger gets a record for each event; nil means no log.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// A Router is an [otp.Sender] over several. It is safe for concurrent use.
type Router struct {
	config    Config
	providers []*provider

	mu     sync.Mutex // guards everything that changes, also in a provider
	judged time.Time
}

// Format writes a constant, because the changing fields of a Router cannot be read without its
// lock.
func (r *Router) Format(f fmt.State, _ rune) { io.WriteString(f, "[router]") }

type provider struct {
	Provider
	channels []otp.Channel
	measured bool
	circuit  circuit
	delivery delivery
}

// New returns a Router with the configuration c. The error names the first field that is
// missing or wrong.
func New(c Config) (*Router, error) {
	if len(c.Providers) == 0 || len(c.Providers) > 16 {
		return nil, errors.New("router: Providers has not 1 to 16 entries")
	}
	for _, d := range []struct {
		name     string
		value    *time.Duration
		fallback time.Duration
	}{
		{"Attempt", &c.Attempt, 4 * time.Second}, {"Total", &c.Total, 8 * time.Second},
		{"SlowAfter", &c.SlowAfter, time.Minute}, {"Hold", &c.Hold, 10 * time.Minute},
	} {
		if *d.value < 0 {
			return nil, fmt.Errorf("router: %s is negative", d.name)
		}
		*d.value = cmp.Or(*d.value, d.fallback)
	}
	c.SlowShare = cmp.Or(c.SlowShare, 0.15)
	c.Remember = cmp.Or(c.Remember, 16384)
	switch {
	case !(c.SlowShare > 0 && c.SlowShare <= 1):
		return nil, errors.New("router: SlowShare is not between 0 and 1")
	case c.Remember < 0:
		return nil, errors.New("router: Remember is negative")
	case c.SlowAfter >= window:
		return nil, errors.New("router: SlowAfter is not below 15 minutes")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	r := &Router{config: c}
	for i, p := range c.Providers {
		switch {
		case p.Name == "" || slices.ContainsFunc(c.Providers[:i],
			func(q Provider) bool { return q.Name == p.Name }):
			return nil, fmt.Errorf("router: Providers[%d]: Name is empty or not unique", i)
		case p.Sender == nil:
			return nil, fmt.Errorf("router: Providers[%d]: Sender is nil", i)
		case p.Weight < 0 || p.Weight > 1_000_000:
			return nil, fmt.Errorf("router: Providers[%d]: Weight is not between 0 and 1,000,000", i)
		}
		can := capabilities(p.Sender)
		r.providers = append(r.providers, &provider{Provider: p, channels: can.Channels,
			measured: can.Receipts, delivery: newDelivery()})
	}
	return r, nil
}

func capabilities(s otp.Sender) otp.Capabilities {
	var can otp.Capabilities
	if s, ok := s.(otp.CapableSender); ok {
		can = s.Capabilities()
	}
	if can.Channels == nil {
		can.Channels = []otp.Channel{otp.SMS}
	}
	return can
}

// Send sends m through the first provider that takes it. Every error is an [*otp.SendError].
// If one of the attempts was ambiguous, the error is too. Otherwise it has the class with the
// best chance, and the provider and code of that attempt.
func (r *Router) Send(ctx context.Context, m otp.Message) (otp.Submission, error) {
	start := r.config.Now()
	ctx, cancel := context.WithTimeout(ctx, r.config.Total)
	defer cancel()
	order := r.plan(m, start)
	if len(order) == 0 {
		return otp.Submission{}, &otp.SendError{Class: otp.ClassRejected, Provider: ownName, Code: "channel",
			Err: errors.New("no provider has the channel")}
	}
	var f failures
	// Providers with an open circuit come last, but they are tried: a code that may arrive is
	// better than none.
	for _, last := range []bool{false, true} {
		for i, p := range order {
			if p == nil {
				continue
			}
			if err := over(ctx); err != nil {
				f.add(&otp.SendError{Class: otp.ClassUnavailable, Provider: ownName, Err: err})
				return otp.Submission{}, f.error()
			}
			ok, wait := r.admit(p, last)
			if !ok {
				if wait > 0 && last {
					f.add(&otp.SendError{Class: otp.ClassThrottled, Provider: p.Name, RetryAfter: wait})
				}
				continue
			}
			order[i] = nil
			one := m
			one.Life -= r.config.Now().Sub(start)
			s, err := r.attempt(ctx, p, one)
			if err == nil {
				return s, nil
			}
			f.add(err)
			if err.Class == otp.ClassInvalidRecipient {
				return otp.Submission{}, f.error()
			}
		}
	}
	return otp.Submission{}, f.error()
}

// over returns an error if ctx leaves no time for an attempt. An attempt that is cut off at
// once would only be ambiguous.
func over(ctx context.Context) error {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < 50*time.Millisecond {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// plan returns the providers that have the channel, best first: those that this challenge was
// not sent through, those that are not slow, the one drawn by weight, then the order of the
// list.
func (r *Router) plan(m otp.Message, now time.Time) []*provider {
	var order []*provider
	for _, p := range r.providers {
		if slices.Contains(p.channels, m.Channel) {
			order = append(order, p)
		}
	}
	r.mu.Lock()
	events := r.judge(now)
	challenge, _, _ := strings.Cut(m.ID, ".")
	first := draw(order, challenge)
	rank := func(p *provider) int {
		switch {
		case p == first:
			return 0
		case !p.delivery.demoted:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(order, func(a, b *provider) int { return cmp.Compare(rank(a), rank(b)) })
	if m.Send > 1 {
		sends := earlier(order, challenge, m.Send)
		slices.SortStableFunc(order, func(a, b *provider) int { return cmp.Compare(sends[a], sends[b]) })
	}
	r.mu.Unlock()
	r.emit(events)
	return order
}

// draw picks by weight one of the providers that are not slow: the same one for each send of a
// challenge, in every process. It returns nil if none has a weight.
func draw(from []*provider, challenge string) *provider {
	var total uint64
	for _, p := range from {
		if !p.delivery.demoted {
			total += uint64(p.Weight)
		}
	}
	if total == 0 {
		return nil
	}
	sum := sha256.Sum256([]byte(challenge))
	at := binary.BigEndian.Uint64(sum[:]) % total
	for _, p := range from {
		if p.delivery.demoted {
			continue
		}
		if at < uint64(p.Weight) {
			return p
		}
		at -= uint64(p.Weight)
	}
	return nil
}

// earlier returns the number of earlier sends of a challenge through each provider. If none is
// remembered, as after a restart or in another process, it assumes that they went through the
// first providers of the order.
func earlier(order []*provider, challenge string, send int) map[*provider]int {
	count := map[*provider]int{}
	send = min(send, 10)
	for n := 1; n < send; n++ {
		for _, p := range order {
			if p.delivery.byMessage[challenge+"."+strconv.Itoa(n)] != nil {
				count[p]++
			}
		}
	}
	if len(count) == 0 && len(order) > 0 {
		for n := range send - 1 {
			count[order[n%len(order)]]++
		}
	}
	return count
}

// attempt sends m through p and records the result.
func (r *Router) attempt(ctx context.Context, p *provider, m otp.Message) (otp.Submission, *otp.SendError) {
	start := r.config.Now()
	ctx, cancel := context.WithTimeout(ctx, r.config.Attempt)
	defer cancel()
	s, err := p.Sender.Send(ctx, m)
	now := r.config.Now()
	took := now.Sub(start)
	if err == nil {
		r.mu.Lock()
		p.delivery.sent(m.ID, s, otp.DeliveryAccepted, now, r.config.Remember)
		change := p.circuit.done(now, took, good)
		r.mu.Unlock()
		r.emit(change.event(p))
		return s, nil
	}
	var failed *otp.SendError
	if !errors.As(err, &failed) {
		failed = &otp.SendError{Class: otp.ClassAmbiguous, Provider: p.Name, Err: err}
	}
	e := Event{Kind: EventFailed, Provider: p.Name, MessageID: m.ID, Class: failed.Class, Code: failed.Code,
		Took: took}
	r.mu.Lock()
	if failed.Class == otp.ClassAmbiguous {
		p.delivery.sent(m.ID, otp.Submission{Provider: failed.Provider}, otp.DeliveryUnknown, now,
			r.config.Remember)
	}
	change := p.circuit.done(now, took, judgeFailure(ctx, failed.Class, took >= r.config.Attempt/2))
	if failed.Class == otp.ClassThrottled {
		p.circuit.throttled(now, failed.RetryAfter)
	}
	r.mu.Unlock()
	r.emit(append([]Event{e}, change.event(p)...))
	return otp.Submission{}, failed
}

// Capabilities returns every channel that a provider has, receipts if one provider has them,
// and the rest if all providers have it.
func (r *Router) Capabilities() otp.Capabilities {
	all := otp.Capabilities{Life: true, Alphanumeric: true}
	for _, p := range r.providers {
		can := capabilities(p.Sender)
		for _, c := range can.Channels {
			if !slices.Contains(all.Channels, c) {
				all.Channels = append(all.Channels, c)
			}
		}
		all.Receipts = all.Receipts || can.Receipts
		all.Life = all.Life && can.Life
		all.Alphanumeric = all.Alphanumeric && can.Alphanumeric
	}
	return all
}

// Ready returns nil if one provider is ready. A provider that is no [otp.ReadySender] counts
// as ready while its circuit is closed. The providers are asked one after the other.
func (r *Router) Ready(ctx context.Context) error {
	var f failures
	for _, p := range r.providers {
		if s, ok := p.Sender.(otp.ReadySender); ok {
			err := s.Ready(ctx)
			if err == nil {
				return nil
			}
			f.add(&otp.SendError{Class: otp.ClassUnavailable, Provider: p.Name, Err: err})
			continue
		}
		r.mu.Lock()
		open := p.circuit.open
		r.mu.Unlock()
		if !open {
			return nil
		}
		f.add(&otp.SendError{Class: otp.ClassUnavailable, Provider: p.Name, Code: "circuit"})
	}
	return f.error()
}
