package otp

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// A record is everything that is kept about one person in one tenant. It is sealed before a
// store gets it. Times are milliseconds since 1970 by the store's clock.
type record struct {
	failures    uint16 // in a row
	lastFailure int64
	waitUntil   int64 // no answer is compared before this time
	lockUntil   int64 // no answer is compared and no challenge starts before this time
	operators   []standing
	lists       []listUse
	challenges  []challenge
}

// listUse records which codes of a printed list were asked for.
type listUse struct {
	list  [keySize]byte // digest of the list's ID
	asked uint16        // the highest number so far
	last  int64
}

type challenge struct {
	tail        [tailSize]byte
	state       State
	channel     Channel
	delivery    Delivery
	failure     ErrorClass
	declared    bool
	comparison  uint8
	attempts    uint8
	maxAttempts uint8
	sends       uint8
	digits      uint8
	listNumber  uint16
	started     int64
	expires     int64
	resendAt    int64
	nonce       [16]byte
	pepper      string
	verifier    [32]byte
	parties     [32]byte
	operator    [32]byte
	contact     [32]byte
	idempotency []byte // empty or keySize bytes
	masked      string
	listID      string
	locale      string

	organisation, purpose, scope, caseNumber, evidence string
}

const (
	recordVersion = 3
	maxLists      = 8
	maxChallenges = 40 // above the bound of Policy.PerPerson, so that 24 hours always fit
	maxString     = 1024
)

type encoder struct{ b []byte }

func (e *encoder) u8(v uint8)     { e.b = append(e.b, v) }
func (e *encoder) u16(v uint16)   { e.b = binary.BigEndian.AppendUint16(e.b, v) }
func (e *encoder) time(v int64)   { e.b = binary.BigEndian.AppendUint64(e.b, uint64(v)) }
func (e *encoder) fixed(v []byte) { e.b = append(e.b, v...) }
func (e *encoder) text(v string)  { e.u16(uint16(len(v))); e.b = append(e.b, v...) }
func (e *encoder) flag(v bool) {
	if v {
		e.u8(1)
	} else {
		e.u8(0)
	}
}
func (e *encoder) channel(c Channel) { e.u8(uint8(slices.Index(channels[:], c))) }

var channels = [...]Channel{SMS, Voice, List}

func (r *record) encode() []byte {
	e := encoder{make([]byte, 0, 64+448*len(r.challenges))}
	e.u8(recordVersion)
	e.u16(r.failures)
	e.time(r.lastFailure)
	e.time(r.waitUntil)
	e.time(r.lockUntil)
	e.u8(uint8(len(r.operators)))
	for _, s := range r.operators {
		e.fixed(s.operator[:])
		e.u8(s.failures)
		e.flag(s.recent)
		e.time(s.lastFailure)
		e.time(s.barredUntil)
	}
	e.u8(uint8(len(r.lists)))
	for _, l := range r.lists {
		e.fixed(l.list[:])
		e.u16(l.asked)
		e.time(l.last)
	}
	e.u8(uint8(len(r.challenges)))
	for i := range r.challenges {
		c := &r.challenges[i]
		e.fixed(c.tail[:])
		e.u8(uint8(c.state))
		e.channel(c.channel)
		e.u8(uint8(c.delivery))
		e.u8(uint8(c.failure))
		e.flag(c.declared)
		e.u8(c.comparison)
		e.u8(c.attempts)
		e.u8(c.maxAttempts)
		e.u8(c.sends)
		e.u8(c.digits)
		e.u16(c.listNumber)
		e.time(c.started)
		e.time(c.expires)
		e.time(c.resendAt)
		e.fixed(c.nonce[:])
		e.text(c.pepper)
		e.fixed(c.verifier[:])
		e.fixed(c.parties[:])
		e.fixed(c.operator[:])
		e.fixed(c.contact[:])
		e.text(string(c.idempotency))
		for _, s := range c.texts() {
			e.text(*s)
		}
	}
	return e.b
}

// decoder reads a record. It keeps one error for all fields: if one field is wrong, the whole
// record is.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) take(n int) []byte {
	if d.bad || n > len(d.b) {
		d.bad = true
		return make([]byte, n)
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) u8(lo, hi uint8) uint8 {
	v := d.take(1)[0]
	d.bad = d.bad || v < lo || v > hi
	return v
}

func (d *decoder) u16() uint16 { return binary.BigEndian.Uint16(d.take(2)) }

func (d *decoder) time() int64 {
	v := int64(binary.BigEndian.Uint64(d.take(8)))
	d.bad = d.bad || v < 0
	return v
}

func (d *decoder) fixed(v []byte) { copy(v, d.take(len(v))) }

func (d *decoder) text() string {
	n := int(d.u16())
	if n > maxString {
		d.bad = true
		return ""
	}
	return string(d.take(n))
}

func decodeRecord(b []byte) (*record, error) {
	d := &decoder{b: b}
	r := &record{}
	d.u8(recordVersion, recordVersion)
	r.failures = d.u16()
	r.lastFailure = d.time()
	r.waitUntil = d.time()
	r.lockUntil = d.time()
	for range d.u8(0, maxOperators) {
		var s standing
		d.fixed(s.operator[:])
		s.failures = d.u8(1, maxShut)
		s.recent = d.u8(0, 1) == 1
		s.lastFailure = d.time()
		s.barredUntil = d.time()
		d.bad = d.bad || r.standing(s.operator[:]) != nil
		r.operators = append(r.operators, s)
	}
	for range d.u8(0, maxLists) {
		var l listUse
		d.fixed(l.list[:])
		l.asked = d.u16()
		l.last = d.time()
		r.lists = append(r.lists, l)
	}
	for range d.u8(0, maxChallenges) {
		if d.bad {
			break
		}
		r.challenges = append(r.challenges, d.challenge())
	}
	if d.bad || len(d.b) > 0 {
		return nil, errDamaged
	}
	return r, nil
}

func (d *decoder) challenge() (c challenge) {
	d.fixed(c.tail[:])
	c.state = State(d.u8(uint8(Pending), uint8(Superseded)))
	c.channel = channels[d.u8(0, uint8(len(channels)-1))%uint8(len(channels))]
	c.delivery = Delivery(d.u8(0, uint8(DeliveryUnknown)))
	c.failure = ErrorClass(d.u8(0, uint8(ClassUnavailable)))
	c.declared = d.u8(0, 1) == 1
	c.comparison = d.u8(0, 99)
	c.attempts = d.u8(0, 5)
	c.maxAttempts = d.u8(1, 5)
	c.sends = d.u8(0, 6)
	c.digits = d.u8(6, 8)
	c.listNumber = d.u16()
	c.started = d.time()
	c.expires = d.time()
	c.resendAt = d.time()
	d.fixed(c.nonce[:])
	c.pepper = d.text()
	d.fixed(c.verifier[:])
	d.fixed(c.parties[:])
	d.fixed(c.operator[:])
	d.fixed(c.contact[:])
	if s := d.text(); s != "" {
		c.idempotency = []byte(s)
		d.bad = d.bad || len(s) != keySize
	}
	for _, s := range c.texts() {
		*s = d.text()
	}
	return c
}

// texts returns the last fields of a stored challenge in their order.
func (c *challenge) texts() []*string {
	return []*string{&c.masked, &c.listID, &c.locale, &c.organisation, &c.purpose, &c.scope, &c.caseNumber,
		&c.evidence}
}

func (r *record) find(tail []byte) *challenge {
	for i := range r.challenges {
		if bytes.Equal(r.challenges[i].tail[:], tail) {
			return &r.challenges[i]
		}
	}
	return nil
}

// retention is the time that a challenge stays in its record, counted from the start. Within
// it a replay differs from an unknown ID, and an idempotency key is known.
const retention = day

// prune drops entries that are too old, so that a record does not grow.
func (r *record) prune(now int64, memory int64) {
	r.challenges = slices.DeleteFunc(r.challenges, func(c challenge) bool {
		return c.expires <= now && c.started+retention.Milliseconds() <= now
	})
	r.lists = slices.DeleteFunc(r.lists, func(l listUse) bool {
		return l.last+listMemory.Milliseconds() <= now
	})
	r.operators = slices.DeleteFunc(r.operators, func(s standing) bool {
		return s.lastFailure+memory <= now
	})
	if r.failures > 0 && r.lastFailure+memory <= now {
		r.failures, r.lastFailure, r.waitUntil, r.lockUntil = 0, 0, 0, 0
	}
}

// until is the time from which the record holds nothing of use.
func (r *record) until(now int64, memory int64) int64 {
	u := now
	if r.failures > 0 {
		u = max(u, r.lastFailure+memory)
	}
	for i := range r.operators {
		u = max(u, r.operators[i].lastFailure+memory)
	}
	for _, l := range r.lists {
		u = max(u, l.last+listMemory.Milliseconds())
	}
	for i := range r.challenges {
		u = max(u, r.challenges[i].expires, r.challenges[i].started+retention.Milliseconds())
	}
	return u
}
