package otp_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
)

var errDown = errors.New("connection refused by 10.0.0.1")

// faulty is a store whose next calls fail, before or after the write.
type faulty struct {
	otp.Store
	load, swap func(n int) fault
	loads      int
	swaps      int
}

type fault int

const (
	works  fault = iota
	before       // fails, nothing written
	after        // fails, written
	lies         // says "conflict", written: a client that repeated a call whose answer was lost
	damage       // one bit of the body
)

func (s *faulty) Load(ctx context.Context, key string) (otp.Snapshot, error) {
	f := works
	if s.load != nil {
		f = s.load(s.loads)
	}
	s.loads++
	if f == before {
		return otp.Snapshot{}, errDown
	}
	r, err := s.Store.Load(ctx, key)
	if f == damage && len(r.Body) > 0 {
		b := append([]byte(nil), r.Body...)
		b[len(b)/2] ^= 1
		r.Body = b
	}
	return r, err
}

func (s *faulty) Swap(ctx context.Context, key string, c otp.Change) (bool, error) {
	f := works
	if s.swap != nil {
		f = s.swap(s.swaps)
	}
	s.swaps++
	if f == before {
		return false, errDown
	}
	ok, err := s.Store.Swap(ctx, key, c)
	switch f {
	case after:
		return false, errDown
	case lies:
		return false, nil
	}
	return ok, err
}

func newFaulty(t *testing.T) (*fixture, *faulty) {
	s := &faulty{}
	f := newFixture(t, func(c *otp.Config) {
		s.Store = c.Store
		c.Store = s
	})
	return f, s
}

func always(f fault) func(int) fault { return func(int) fault { return f } }

func TestStoreDown(t *testing.T) {
	f, s := newFaulty(t)
	c, code := f.start()
	ref := otp.Ref{Parties: parties(), ID: c.ID}
	for name, set := range map[string]func(){
		"load": func() { s.load, s.swap = always(before), nil },
		"swap": func() { s.load, s.swap = nil, always(before) },
	} {
		set()
		sent := len(f.sent.Messages())
		got, err := f.Start(t.Context(), request(t))
		require.ErrorIs(t, err, otp.ErrUnavailable, name)
		require.ErrorIs(t, err, errDown, "the cause below can be found")
		assert.Equal(t, "cannot tell, try again", err.Error(), "and is not printed")
		assert.Zero(t, got)
		v, err := f.Verify(t.Context(), otp.VerifyRequest{Parties: parties(), ID: c.ID, Code: code})
		require.ErrorIs(t, err, otp.ErrUnavailable, name)
		assert.Zero(t, v)
		assert.ErrorIs(t, f.answer(c.ID, wrong(code)), otp.ErrUnavailable,
			"a wrong code is not told from the right one")
		assert.ErrorIs(t, f.Cancel(t.Context(), ref), otp.ErrUnavailable)
		f.clock.Advance(30 * time.Second)
		_, err = f.resend(c.ID)
		assert.ErrorIs(t, err, otp.ErrUnavailable)
		assert.Len(t, f.sent.Messages(), sent, "nothing is sent that was not written")
		_, err = f.CancelAll(t.Context(), "", otp.NewSecret(person))
		assert.ErrorIs(t, err, otp.ErrUnavailable)
	}
	s.load, s.swap = always(before), nil
	assert.ErrorIs(t, f.Ready(t.Context()), otp.ErrUnavailable)
	_, err := f.Status(t.Context(), ref)
	assert.ErrorIs(t, err, otp.ErrUnavailable)
	assert.ErrorIs(t, f.Receive(t.Context(), otp.Receipt{MessageID: c.ID + ".1",
		Delivery: otp.DeliveryDelivered}), otp.ErrUnavailable)
	assert.ErrorIs(t, f.ClearFailures(t.Context(), "", otp.NewSecret(person)), otp.ErrUnavailable)
	assert.Contains(t, f.events.kinds(), otp.EventFault)
	s.load = nil
	require.NoError(t, f.Ready(t.Context()))
	require.NoError(t, f.answer(c.ID, code), "afterwards all goes on")
}

func TestAnswerOfTheStoreIsLost(t *testing.T) {
	for name, c := range map[string]struct {
		fault        fault
		load         func(n int) fault
		first, again otp.Error
	}{
		"written, and a look shows it":      {after, nil, "", otp.ErrAlreadyUsed},
		"written, and repeated by a client": {lies, nil, "", otp.ErrAlreadyUsed},
		"not written":                       {before, nil, otp.ErrUnavailable, ""},
		"written, and the look fails too": {after,
			func(n int) fault { return map[bool]fault{true: before}[n == 1] },
			otp.ErrUnavailable, otp.ErrAlreadyUsed},
	} {
		t.Run(name, func(t *testing.T) {
			f, s := newFaulty(t)
			ch, code := f.start()
			s.loads, s.swaps, s.load = 0, 0, c.load
			s.swap = func(n int) fault { return map[bool]fault{true: c.fault}[n == 0] }
			check := func(err error, want otp.Error) {
				t.Helper()
				if want == "" {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, want)
				}
			}
			check(f.answer(ch.ID, code), c.first)
			check(f.answer(ch.ID, code), c.again)
		})
	}
}

func TestDamagedRecordFailsClosed(t *testing.T) {
	f, s := newFaulty(t)
	c, code := f.start()
	s.load = always(damage)
	assert.ErrorIs(t, f.answer(c.ID, code), otp.ErrUnavailable)
	_, err := f.Start(t.Context(), request(t))
	assert.ErrorIs(t, err, otp.ErrUnavailable, "a damaged record is not replaced: it may hold a lock")
	assert.Equal(t, 2, s.swaps, "nothing is written over it")
}

// A record stored under another person's key does not open.
func TestRecordOfAnotherPerson(t *testing.T) {
	f, s := newFaulty(t)
	c, code := f.start()
	keys := &keyLog{Store: s.Store}
	s.Store = keys
	f.start(func(q *otp.StartRequest) { q.Subject = otp.NewSecret("another") })
	require.ErrorIs(t, f.answer(c.ID, wrong(code)), otp.ErrWrongCode)
	keys.foreign = keys.seen[0]
	assert.ErrorIs(t, f.answer(c.ID, code), otp.ErrUnavailable)
}

// keyLog records the keys, and if foreign is set, returns the record under foreign for every
// key.
type keyLog struct {
	otp.Store
	seen    []string
	foreign string
}

func (s *keyLog) Load(ctx context.Context, key string) (otp.Snapshot, error) {
	s.seen = append(s.seen, key)
	if s.foreign != "" {
		key = s.foreign
	}
	return s.Store.Load(ctx, key)
}

// After a crash between the write and the send, Resend sends the challenge's code.
func TestCrashBeforeSend(t *testing.T) {
	f := newFixture(t)
	crash := f.config
	crash.Sender = senderFunc(func(context.Context, otp.Message) (otp.Submission, error) { panic("kill -9") })
	g, err := otp.New(crash)
	require.NoError(t, err)
	q := request(t)
	q.IdempotencyKey = "k"
	require.Panics(t, func() { g.Start(t.Context(), q) })

	c, err := f.Start(t.Context(), q)
	require.NoError(t, err)
	require.True(t, c.Repeated)
	assert.Equal(t, otp.DeliverySubmitting, c.Delivery)
	assert.Empty(t, f.sent.Messages(), "a repeated start sends nothing")
	f.clock.Advance(30 * time.Second)
	_, err = f.resend(c.ID)
	require.NoError(t, err)
	require.NoError(t, f.answer(c.ID, f.sent.Last().Code))
}

type deadLimiter struct{}

func (deadLimiter) Take(context.Context, []otp.Bucket) (otp.Decision, error) {
	return otp.Decision{OK: true}, errDown
}

func TestLimiterDown(t *testing.T) {
	f := newFixture(t)
	c, code := f.start()
	cfg := f.config
	cfg.Limiter = deadLimiter{}
	cfg.Policy.Limits = otp.Limits{}
	g, err := otp.New(cfg)
	require.NoError(t, err)
	_, err = g.Start(t.Context(), request(t))
	require.ErrorIs(t, err, otp.ErrUnavailable)
	_, err = g.Verify(t.Context(), otp.VerifyRequest{Parties: parties(), ID: c.ID, Code: code})
	require.ErrorIs(t, err, otp.ErrUnavailable)
	require.NoError(t, f.answer(c.ID, code), "nothing was spent")
}

func TestCancelledCaller(t *testing.T) {
	f := newFixture(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Start(ctx, request(t))
	require.ErrorIs(t, err, otp.ErrUnavailable)
	require.ErrorIs(t, err, context.Canceled)
}
