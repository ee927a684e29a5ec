package router_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/router"
	"github.com/qr-invalidita/attesta/otp/sms/twilio"
)

// A fake is a provider. do returns the result for a message; nil accepts every message.
type fake struct {
	name string
	can  otp.Capabilities
	do   func(ctx context.Context, m otp.Message) error

	mu  sync.Mutex
	got []otp.Message
}

func (f *fake) Capabilities() otp.Capabilities { return f.can }

func (f *fake) Send(ctx context.Context, m otp.Message) (otp.Submission, error) {
	f.mu.Lock()
	f.got = append(f.got, m)
	n := len(f.got)
	f.mu.Unlock()
	if f.do != nil {
		if err := f.do(ctx, m); err != nil {
			return otp.Submission{}, err
		}
	}
	return otp.Submission{Provider: f.name, ProviderID: f.name + "-" + strconv.Itoa(n)}, nil
}

func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.got)
}

func fails(class otp.ErrorClass) func(context.Context, otp.Message) error {
	return func(context.Context, otp.Message) error {
		return &otp.SendError{Class: class, Provider: "p", Code: "42"}
	}
}

func hangs(ctx context.Context, _ otp.Message) error {
	<-ctx.Done()
	return &otp.SendError{Class: otp.ClassAmbiguous, Provider: "p", Err: ctx.Err()}
}

// takes returns a behaviour that lasts d and then succeeds.
func takes(d time.Duration) func(context.Context, otp.Message) error {
	return func(context.Context, otp.Message) error {
		time.Sleep(d)
		return nil
	}
}

// log collects events, as text.
type log struct {
	mu     sync.Mutex
	events []router.Event
}

func (l *log) add(e router.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
}

// changes returns all events except failed attempts.
func (l *log) changes() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, e := range l.events {
		if e.Kind != router.EventFailed {
			out = append(out, string(e.Kind)+" "+e.Provider)
		}
	}
	return out
}

// fleet returns providers a, b, ... with receipts, and a router over them.
func fleet(t *testing.T, n int, change func(*router.Config)) (*router.Router, []*fake, *log) {
	t.Helper()
	l := &log{}
	c := router.Config{Events: l.add}
	var all []*fake
	for i := range n {
		f := &fake{name: string(rune('a' + i)), can: otp.Capabilities{Receipts: true}}
		all = append(all, f)
		c.Providers = append(c.Providers, router.Provider{Name: f.name, Sender: f})
	}
	if change != nil {
		change(&c)
	}
	r, err := router.New(c)
	require.NoError(t, err)
	return r, all, l
}

// message returns message n of send.
func message(n, send int) otp.Message {
	m := otptest.Message()
	m.ID, m.Send = fmt.Sprintf("c%035d.%d", n, send), send
	return m
}

func TestNew(t *testing.T) {
	s := &otptest.Recorder{}
	two := func(a, b router.Provider) router.Config {
		return router.Config{Providers: []router.Provider{a, b}}
	}
	one := func(c router.Config) router.Config {
		c.Providers = []router.Provider{{Name: "a", Sender: s}}
		return c
	}
	for want, c := range map[string]router.Config{
		"Providers has not 1 to 16 entries": {},
		"Providers[0]: Name":                {Providers: []router.Provider{{Sender: s}}},
		"Providers[1]: Name": two(router.Provider{Name: "a", Sender: s},
			router.Provider{Name: "a", Sender: s}),
		"Providers[1]: Sender is nil": two(router.Provider{Name: "a", Sender: s},
			router.Provider{Name: "b"}),
		"Providers[0]: Weight": two(router.Provider{Name: "a", Sender: s, Weight: -1},
			router.Provider{Name: "b", Sender: s}),
		"Attempt is negative":               one(router.Config{Attempt: -1}),
		"Total is negative":                 one(router.Config{Total: -1}),
		"SlowAfter is negative":             one(router.Config{SlowAfter: -1}),
		"SlowAfter is not below 15 minutes": one(router.Config{SlowAfter: 15 * time.Minute}),
		"Hold is negative":                  one(router.Config{Hold: -1}),
		"SlowShare":                         one(router.Config{SlowShare: 1.1}),
		"Remember is negative":              one(router.Config{Remember: -1}),
	} {
		r, err := router.New(c)
		assert.Nil(t, r)
		assert.ErrorContains(t, err, want)
	}
	_, err := router.New(router.Config{Providers: make([]router.Provider, 17)})
	assert.ErrorContains(t, err, "Providers")
}

// TestSender runs the suite for senders on a router over one sender, whose answers pass
// through.
func TestSender(t *testing.T) {
	otptest.TestSender(t, otptest.HTTPSender(func(url string) otp.Sender {
		s, err := twilio.New(twilio.Config{Account: "AC" + strings.Repeat("a", 32),
			AuthToken: sms.NewSecret("open sesame"),
			Senders:   sms.SenderIDs{{Value: "+3943900012345"}}, BaseURL: url})
		require.NoError(t, err)
		r, err := router.New(router.Config{Providers: []router.Provider{{Name: "twilio", Sender: s}}})
		require.NoError(t, err)
		return r
	}, otptest.HTTPAnswers{
		Accepted: otptest.HTTPAnswer{Status: http.StatusCreated,
			Body: `{"sid":"SM1","status":"queued","error_code":null}`},
		Refused: map[string]otptest.HTTPAnswer{
			"landline": {Status: 400, Body: `{"code":21614}`, Class: otp.ClassInvalidRecipient,
				Code: "21614"},
		},
	}))
}

func TestFailover(t *testing.T) {
	for _, class := range []otp.ErrorClass{otp.ClassAmbiguous, otp.ClassRejected, otp.ClassNotAllowed,
		otp.ClassThrottled, otp.ClassAuth, otp.ClassBalance, otp.ClassSenderID, otp.ClassUnavailable} {
		t.Run(class.String(), func(t *testing.T) {
			r, all, l := fleet(t, 3, nil)
			all[0].do = fails(class)
			s, err := r.Send(t.Context(), message(1, 1))
			require.NoError(t, err)
			assert.Equal(t, otp.Submission{Provider: "b", ProviderID: "b-1"}, s)
			assert.Zero(t, all[2].count())
			want := message(1, 1)
			sent := all[1].got[0]
			assert.LessOrEqual(t, sent.Life, want.Life)
			sent.Life = want.Life
			assert.Equal(t, want.Code.Reveal(), sent.Code.Reveal(), "the code is the same")
			assert.Equal(t, want.ID, sent.ID)
			require.Len(t, l.events, 1)
			l.events[0].Took = 0
			assert.Equal(t, router.Event{Kind: router.EventFailed, Provider: "a", MessageID: want.ID,
				Class: class, Code: "42"}, l.events[0])
		})
	}
	t.Run("invalid recipient ends the search", func(t *testing.T) {
		r, all, _ := fleet(t, 2, nil)
		all[0].do = fails(otp.ClassInvalidRecipient)
		_, err := r.Send(t.Context(), message(1, 1))
		assert.Equal(t, otp.ClassInvalidRecipient, otp.ClassOf(err))
		assert.Zero(t, all[1].count())
	})
	t.Run("an error of another type is ambiguous", func(t *testing.T) {
		r, all, l := fleet(t, 2, nil)
		all[0].do = func(context.Context, otp.Message) error { return errors.New("what?") }
		_, err := r.Send(t.Context(), message(1, 1))
		require.NoError(t, err)
		assert.Equal(t, otp.ClassAmbiguous, l.events[0].Class)
	})
}

func TestAllFail(t *testing.T) {
	throttled := func(d time.Duration) func(context.Context, otp.Message) error {
		return func(context.Context, otp.Message) error {
			return &otp.SendError{Class: otp.ClassThrottled, Provider: "p", Code: "429", RetryAfter: d}
		}
	}
	for name, c := range map[string]struct {
		a, b  func(context.Context, otp.Message) error
		class otp.ErrorClass
		retry time.Duration
	}{
		"ambiguous wins": {fails(otp.ClassAmbiguous), fails(otp.ClassRejected),
			otp.ClassAmbiguous, 0},
		"ambiguous wins, second": {fails(otp.ClassRejected), fails(otp.ClassAmbiguous),
			otp.ClassAmbiguous, 0},
		"ambiguous beats the number": {fails(otp.ClassAmbiguous), fails(otp.ClassInvalidRecipient),
			otp.ClassAmbiguous, 0},
		"the number beats unavailable": {fails(otp.ClassUnavailable), fails(otp.ClassInvalidRecipient),
			otp.ClassInvalidRecipient, 0},
		"unavailable beats throttled": {throttled(time.Second), fails(otp.ClassUnavailable),
			otp.ClassUnavailable, 0},
		"throttled beats rejected": {fails(otp.ClassRejected), throttled(7 * time.Second), otp.ClassThrottled,
			7 * time.Second},
		"the shorter wait": {throttled(9 * time.Second), throttled(7 * time.Second), otp.ClassThrottled,
			7 * time.Second},
		"the first of equals": {fails(otp.ClassAuth), fails(otp.ClassBalance), otp.ClassAuth, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r, all, _ := fleet(t, 2, nil)
			all[0].do, all[1].do = c.a, c.b
			s, err := r.Send(t.Context(), message(1, 1))
			assert.Zero(t, s)
			var e *otp.SendError
			require.ErrorAs(t, err, &e)
			assert.Equal(t, c.class.String(), e.Class.String())
			assert.Equal(t, c.retry, e.RetryAfter)
			assert.NotEmpty(t, e.Code)
		})
	}
}

func TestDeadlines(t *testing.T) {
	t.Run("each attempt and all", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, all, _ := fleet(t, 4, nil)
			for _, p := range all {
				p.do = hangs
			}
			start := time.Now()
			_, err := r.Send(t.Context(), message(1, 1))
			assert.Equal(t, 8*time.Second, time.Since(start))
			assert.Equal(t, otp.ClassAmbiguous, otp.ClassOf(err))
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, []int{1, 1, 0, 0}, []int{all[0].count(), all[1].count(), all[2].count(),
				all[3].count()})
			assert.Equal(t, 10*time.Minute-4*time.Second, all[1].got[0].Life, "less is left for the second")
		})
	})
	t.Run("configured", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, all, _ := fleet(t, 2, func(c *router.Config) {
				c.Attempt, c.Total = time.Second,
					90*time.Minute
			})
			all[0].do = hangs
			start := time.Now()
			_, err := r.Send(t.Context(), message(1, 1))
			require.NoError(t, err)
			assert.Equal(t, time.Second, time.Since(start))
		})
	})
	t.Run("the caller's", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, all, _ := fleet(t, 2, nil)
			all[0].do = hangs
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := r.Send(ctx, message(1, 1))
			assert.Equal(t, otp.ClassAmbiguous, otp.ClassOf(err))
			assert.Zero(t, all[1].count())
		})
	})
	t.Run("over before the first attempt", func(t *testing.T) {
		r, all, _ := fleet(t, 1, nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := r.Send(ctx, message(1, 1))
		assert.Equal(t, otp.ClassUnavailable, otp.ClassOf(err))
		require.ErrorIs(t, err, context.Canceled)
		assert.Zero(t, all[0].count())
	})
}

type ready struct {
	fake
	err error
}

func (r *ready) Ready(context.Context) error { return r.err }

func TestReady(t *testing.T) {
	down := errors.New("down")
	a, b := &ready{err: down}, &fake{do: fails(otp.ClassAuth)}
	r, err := router.New(router.Config{Providers: []router.Provider{{Name: "a", Sender: a},
		{Name: "b", Sender: b}}})
	require.NoError(t, err)
	require.NoError(t, r.Ready(t.Context()), "b's circuit is closed")
	a.do = fails(otp.ClassAuth)
	for n := range 5 {
		_, err := r.Send(t.Context(), message(n, 1))
		require.Error(t, err)
	}
	err = r.Ready(t.Context())
	require.ErrorIs(t, err, down)
	assert.Equal(t, otp.ClassUnavailable, otp.ClassOf(err))
	a.err = nil
	assert.NoError(t, r.Ready(t.Context()))
}

func TestConcurrency(t *testing.T) {
	r, all, _ := fleet(t, 3, func(c *router.Config) {
		c.Providers[0].Weight, c.Providers[1].Weight = 1, 1
		c.Logger = slog.New(slog.NewJSONHandler(&bytes.Buffer{}, nil))
	})
	all[0].do = func(_ context.Context, m otp.Message) error {
		if m.ID[len(m.ID)-3] == '7' {
			return &otp.SendError{Class: otp.ClassThrottled}
		}
		return nil
	}
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			for n := range 200 {
				m := message(g*1000+n, 1)
				s, err := r.Send(t.Context(), m)
				if assert.NoError(t, err) {
					r.Receive(otp.Receipt{MessageID: m.ID, Provider: s.Provider, ProviderID: s.ProviderID,
						Delivery: otp.DeliveryDelivered})
				}
				r.Health()
			}
		})
	}
	group.Wait()
}
