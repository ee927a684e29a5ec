// Package otptest tests implementations of the interfaces of package otp and helps to test
// programs built on it.
//
// [TestStore], [TestLimiter] and [TestSender] are the conformance suites. Run them on your own
// store, limiter or sender, against the real server if there is one, with the race detector
// on. [HTTPSender] makes the setup for a sender that speaks HTTP. [Config], [Clock],
// [Recorder] and [Rand] make challenges whose time, messages and randomness a test controls.
// Nothing here is for production: the keys are public.
package otptest

import (
	"bytes"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

// A Clock is a time that changes only by Advance. It is safe for concurrent use. The zero
// Clock shows 2026-01-15 09:00:00 UTC.
type Clock struct {
	mu     sync.Mutex
	offset time.Duration
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC).Add(c.offset)
}

// Advance moves the time by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// Rand returns a source of bytes that depend on seed alone. It is safe for concurrent use.
func Rand(seed uint64) io.Reader {
	var s [32]byte
	for i := range 8 {
		s[i] = byte(seed >> (8 * i))
	}
	return &lockedRand{r: rand.NewChaCha8(s)}
}

type lockedRand struct {
	mu sync.Mutex
	r  *rand.ChaCha8
}

func (l *lockedRand) Read(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(b)
}

// Pepper returns a key of 32 bytes, each of them b.
func Pepper(b byte) otp.Pepper {
	p, err := otp.NewPepper(bytes.Repeat([]byte{b}, otp.MinPepper))
	if err != nil {
		panic(err)
	}
	return p
}

// Config returns a configuration for tests: fixed keys, the given sender, a store and a
// limiter in memory that use clock (nil means the real time), the default policy, and the
// display name "INPS".
func Config(sender otp.Sender, clock *Clock) otp.Config {
	now := time.Now
	if clock != nil {
		now = clock.Now
	}
	return otp.Config{
		Keys:        otp.Keyring{Current: "a", Peppers: map[string]otp.Pepper{"a": Pepper('a')}},
		RecordKey:   Pepper('r'),
		DisplayName: "INPS",
		Sender:      sender,
		Store:       &otp.MemoryStore{Clock: now},
		Limiter:     &otp.MemoryLimiter{Clock: now},
	}
}

// Unlimited returns limits without any limit by count and time.
func Unlimited() otp.Limits {
	none := []otp.Rate{}
	return otp.Limits{Phone: none, Claimed: none, Claims: none, Operator: none, People: none,
		Failures: none, Organisation: none, Tenant: none, Source: none, Checks: none}
}
