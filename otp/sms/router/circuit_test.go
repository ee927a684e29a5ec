package router_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms/router"
)

// bench runs f in a synctest bubble, with a router over a and b.
func bench(t *testing.T, f func(t *testing.T, r *router.Router, a, b *fake, l *log, send func() string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r, all, l := fleet(t, 2, nil)
		n := 0
		f(t, r, all[0], all[1], l, func() string {
			n++
			s, err := r.Send(t.Context(), message(n, 1))
			if err != nil {
				return otp.ClassOf(err).String()
			}
			return s.Provider
		})
	})
}

func TestCircuitOpensAndCloses(t *testing.T) {
	bench(t, func(t *testing.T, r *router.Router, a, b *fake, l *log, send func() string) {
		a.do = fails(otp.ClassUnavailable)
		for range 5 {
			assert.Equal(t, "b", send())
		}
		assert.Equal(t, []string{"circuit_opened a"}, l.changes())
		assert.True(t, r.Health()[0].Open)
		assert.False(t, r.Health()[1].Open)
		// There is one try after 30 s, 60, 120, 240, then every 300.
		for _, pause := range []time.Duration{30, 60, 120, 240, 300, 300} {
			before := a.count()
			time.Sleep(pause*time.Second - time.Nanosecond)
			send()
			assert.Equal(t, before, a.count(), "not before %d s", pause)
			time.Sleep(time.Nanosecond)
			assert.Equal(t, "b", send())
			assert.Equal(t, before+1, a.count(), "a try after %d s", pause)
			send()
			assert.Equal(t, before+1, a.count(), "one only")
		}
		a.do = nil
		time.Sleep(300 * time.Second)
		assert.Equal(t, "a", send())
		assert.Equal(t, []string{"circuit_opened a", "circuit_closed a"}, l.changes())
		a.do = fails(otp.ClassUnavailable)
		for range 4 {
			send()
		}
		assert.False(t, r.Health()[0].Open, "it has forgotten")
		send()
		assert.True(t, r.Health()[0].Open)
	})
}

func TestCircuitCounts(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(n int) func(context.Context, otp.Message) error // of attempt n
		n    int
		open bool
	}{
		"4 in a row": {func(int) func(context.Context, otp.Message) error {
			return fails(otp.ClassAuth)
		}, 4, false},
		"5 in a row": {func(int) func(context.Context, otp.Message) error {
			return fails(otp.ClassAuth)
		}, 5, true},
		"rejections count": {func(int) func(context.Context, otp.Message) error {
			return fails(otp.ClassRejected)
		}, 5, true},
		"ambiguous counts": {func(int) func(context.Context, otp.Message) error {
			return fails(otp.ClassAmbiguous)
		}, 5, true},
		"no credit counts": {func(int) func(context.Context, otp.Message) error {
			return fails(otp.ClassBalance)
		}, 5, true},
		"the number does not": {func(int) func(context.Context, otp.Message) error {
			return fails(otp.ClassNotAllowed)
		}, 30, false},
		"nor a number refused": {func(int) func(context.Context, otp.Message) error {
			return fails(otp.ClassInvalidRecipient)
		}, 30, false},
		"every second of 18":    {everyNth(2, fails(otp.ClassAuth)), 18, false},
		"every second of 20":    {everyNth(2, fails(otp.ClassAuth)), 20, true},
		"every third of many":   {everyNth(3, fails(otp.ClassAuth)), 60, false},
		"slow to take, 2 of 20": {everyNth(10, takes(3*time.Second)), 20, true},
		"slow to take, 1 of 20": {everyNth(20, takes(3*time.Second)), 60, false},
		"not so slow":           {everyNth(1, takes(2900*time.Millisecond)), 60, false},
	} {
		t.Run(name, func(t *testing.T) {
			bench(t, func(t *testing.T, r *router.Router, a, b *fake, l *log, send func() string) {
				for n := range c.n {
					a.do = c.do(n)
					send()
				}
				assert.Equal(t, c.open, r.Health()[0].Open)
			})
		})
	}
}

func everyNth(n int,
	do func(context.Context, otp.Message) error) func(int) func(context.Context, otp.Message) error {
	return func(i int) func(context.Context, otp.Message) error {
		if i%n == n-1 {
			return do
		}
		return nil
	}
}

func TestCircuitForgets(t *testing.T) {
	bench(t, func(t *testing.T, r *router.Router, a, b *fake, l *log, send func() string) {
		a.do = fails(otp.ClassUnavailable)
		for range 4 {
			send()
		}
		time.Sleep(5*time.Minute + 1)
		send()
		assert.False(t, r.Health()[0].Open, "failures of more than 5 minutes ago")
	})
}

func TestAllOpen(t *testing.T) {
	bench(t, func(t *testing.T, r *router.Router, a, b *fake, l *log, send func() string) {
		a.do, b.do = fails(otp.ClassUnavailable), fails(otp.ClassUnavailable)
		for range 6 {
			assert.Equal(t, "unavailable", send())
		}
		assert.Equal(t, []string{"circuit_opened a", "circuit_opened b"}, l.changes())
		b.do = nil
		assert.Equal(t, "b", send(), "all are tried, for want of better")
		assert.False(t, r.Health()[1].Open)
		assert.True(t, r.Health()[0].Open)
		seen := a.count()
		assert.Equal(t, "b", send())
		assert.Equal(t, seen, a.count())
	})
}

func TestThrottling(t *testing.T) {
	bench(t, func(t *testing.T, r *router.Router, a, b *fake, l *log, send func() string) {
		wait := 7 * time.Second
		a.do = func(context.Context, otp.Message) error {
			return &otp.SendError{Class: otp.ClassThrottled, RetryAfter: wait}
		}
		for range 30 {
			assert.Equal(t, "b", send())
		}
		assert.Equal(t, 1, a.count(), "it is left alone")
		b.do = a.do
		assert.Equal(t, "throttled", send())
		time.Sleep(5 * time.Second)
		_, err := r.Send(t.Context(), message(99, 1))
		var e *otp.SendError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, otp.ClassThrottled, e.Class)
		assert.Equal(t, 2*time.Second, e.RetryAfter, "what is left")
		assert.Equal(t, []int{1, 31}, []int{a.count(), b.count()})
		time.Sleep(2 * time.Second)
		a.do = nil
		assert.Equal(t, "a", send())
		assert.Empty(t, l.changes(), "no circuit opens")

		wait, a.do = 0, b.do
		time.Sleep(time.Minute)
		send()
		time.Sleep(time.Second - 1)
		seen := a.count()
		send()
		assert.Equal(t, seen, a.count(), "not told: a second")
		time.Sleep(time.Second)
		wait = 24 * time.Hour
		send()
		assert.Equal(t, seen+1, a.count())
		a.do = nil
		time.Sleep(5 * time.Minute)
		assert.Equal(t, "a", send(), "a day is not believed")
	})
}

// An attempt without time, or whose caller has left, says nothing about the provider.
func TestCallerGoesAway(t *testing.T) {
	bench(t, func(t *testing.T, r *router.Router, a, b *fake, l *log, send func() string) {
		a.do = hangs
		for n := range 10 {
			ctx, cancel := context.WithTimeout(t.Context(), 1900*time.Millisecond)
			_, err := r.Send(ctx, message(n, 1))
			cancel()
			require.Error(t, err)
		}
		assert.False(t, r.Health()[0].Open)
		for n := range 5 {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			_, err := r.Send(ctx, message(n, 1))
			cancel()
			require.Error(t, err)
		}
		assert.True(t, r.Health()[0].Open, "half of its time it had")
	})
}
