package router

import (
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

const (
	// window is the period over which messages are judged, as in GOV.UK Notify.
	window = 15 * time.Minute
	// fewest is the least number of messages on which a provider is judged.
	fewest = 10
	// longestID is the longest ID of a message or a provider that is remembered.
	longestID = 128
)

// delivery holds a provider's messages of the last 15 minutes and what became of them.
type delivery struct {
	queue      []*sent // in order of time
	byMessage  map[string]*sent
	byProvider map[string]*sent

	demoted bool
	changed time.Time
}

type sent struct {
	message, provider, providerID string
	at                            time.Time
	outcome                       otp.Delivery  // that of the send until a receipt changes it
	took                          time.Duration // with DeliveryDelivered
}

func newDelivery() delivery {
	return delivery{byMessage: map[string]*sent{}, byProvider: map[string]*sent{}}
}

// sent records a message that was accepted, or may have been. With DeliveryUnknown it does not
// count as slow if it never arrives. When limit is reached, new messages are left out instead
// of old ones, because old ones would be forgotten before they could count as slow.
func (d *delivery) sent(message string, s otp.Submission, outcome otp.Delivery, now time.Time, limit int) {
	d.forget(now)
	if len(d.queue) >= limit || message == "" || len(message) > longestID || d.byMessage[message] != nil {
		return
	}
	e := &sent{message: message, provider: s.Provider, at: now, outcome: outcome}
	if id := s.ProviderID; id != "" && len(id) <= longestID && d.byProvider[id] == nil {
		e.providerID = id
		d.byProvider[id] = e
	}
	d.byMessage[message] = e
	d.queue = append(d.queue, e)
}

func (d *delivery) forget(now time.Time) {
	n := 0
	for ; n < len(d.queue) && now.Sub(d.queue[n].at) > window; n++ {
		delete(d.byMessage, d.queue[n].message)
		delete(d.byProvider, d.queue[n].providerID)
		d.queue[n] = nil
	}
	d.queue = d.queue[n:]
}

// find returns the message of a receipt, or nil.
func (d *delivery) find(r otp.Receipt) *sent {
	e := d.byProvider[r.ProviderID]
	if r.ProviderID == "" || e == nil {
		e = d.byMessage[r.MessageID]
	}
	if e == nil || e.provider != r.Provider || r.MessageID != "" && e.message != r.MessageID ||
		r.ProviderID != "" && e.providerID != "" && e.providerID != r.ProviderID {
		return nil
	}
	return e
}

// receive records a receipt. A delivery is final. A failure says nothing about speed, except
// that the time ran out.
func (e *sent) receive(r otp.Receipt, now time.Time) {
	if e.outcome == otp.DeliveryDelivered {
		return
	}
	switch r.Delivery {
	case otp.DeliveryDelivered:
		// Use the provider's clock only if it makes the way shorter.
		if r.At.After(e.at) && r.At.Before(now) {
			now = r.At
		}
		e.outcome, e.took = r.Delivery, now.Sub(e.at)
	case otp.DeliveryFailed, otp.DeliveryExpired:
		e.outcome = r.Delivery
	}
}

// measure returns the number of messages whose speed is known, and how many of them are slow.
// A message that has not arrived after slowAfter is slow, whatever becomes of it.
func (d *delivery) measure(now time.Time, slowAfter time.Duration) (measured, slow int) {
	d.forget(now)
	for _, e := range d.queue {
		switch {
		case e.outcome == otp.DeliveryFailed, e.outcome == otp.DeliveryUnknown:
		case e.outcome == otp.DeliveryDelivered && e.took <= slowAfter:
			measured++
		case e.outcome != otp.DeliveryAccepted || now.Sub(e.at) > slowAfter:
			measured++
			slow++
		}
	}
	return measured, slow
}

// Receive records a delivery receipt. A receipt that is repeated, late, out of order, for an
// unknown message or from another provider changes nothing.
func (r *Router) Receive(receipt otp.Receipt) {
	now := r.config.Now()
	r.mu.Lock()
	for _, p := range r.providers {
		if e := p.delivery.find(receipt); e != nil {
			e.receive(receipt, now)
			break
		}
	}
	events := r.judge(now)
	r.mu.Unlock()
	r.emit(events)
}

// judge demotes and restores providers, at most once a second.
func (r *Router) judge(now time.Time) []Event {
	if since := now.Sub(r.judged); since >= 0 && since < time.Second {
		return nil
	}
	r.judged = now
	type figures struct{ measured, slow int }
	all := map[*provider]figures{}
	isSlow := func(p *provider) bool {
		f := all[p]
		return f.measured >= fewest && float64(f.slow) >= r.config.SlowShare*float64(f.measured)
	}
	for _, p := range r.providers {
		if p.measured {
			measured, slow := p.delivery.measure(now, r.config.SlowAfter)
			all[p] = figures{measured, slow}
		}
	}
	var events []Event
	for _, p := range r.providers {
		f, d := all[p], &p.delivery
		if !p.measured || !d.changed.IsZero() && now.Sub(d.changed) < r.config.Hold {
			continue
		}
		e := Event{Kind: EventDemoted, Provider: p.Name, Measured: f.measured, Slow: f.slow}
		switch {
		case !d.demoted && isSlow(p) && r.better(p, isSlow):
		case d.demoted && (f.measured < fewest || 3*float64(f.slow) <= r.config.SlowShare*float64(
			f.measured)):
			e.Kind = EventRecovered
		default:
			continue
		}
		d.demoted, d.changed = !d.demoted, now
		events = append(events, e)
	}
	return events
}

// better reports whether every channel of p has another provider that is not slow. If all
// providers are slow, none is demoted, because then the network or the receipts are slow.
func (r *Router) better(p *provider, isSlow func(*provider) bool) bool {
	for _, c := range p.channels {
		found := false
		for _, q := range r.providers {
			found = found || q != p && !q.delivery.demoted && !q.circuit.open && !isSlow(q) &&
				slices.Contains(q.channels, c)
		}
		if !found {
			return false
		}
	}
	return true
}

// Health describes a provider.
type Health struct {
	Provider string // Provider.Name
	// Open reports that its circuit is open: it is tried last, except for a message now and then.
	Open bool
	// Demoted reports that its receipts were slow: it is tried after the others.
	Demoted bool
	// Measured is the number of measured messages of the last 15 minutes, and Slow the number of
	// slow ones among them.
	Measured, Slow int
}

// Health returns the state of each provider, in the order of the configuration.
func (r *Router) Health() []Health {
	now := r.config.Now()
	r.mu.Lock()
	events := r.judge(now)
	all := make([]Health, 0, len(r.providers))
	for _, p := range r.providers {
		h := Health{Provider: p.Name, Open: p.circuit.open, Demoted: p.delivery.demoted}
		if p.measured {
			h.Measured, h.Slow = p.delivery.measure(now, r.config.SlowAfter)
		}
		all = append(all, h)
	}
	r.mu.Unlock()
	r.emit(events)
	return all
}
