package router_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms/router"
)

// desk sends and receives by a clock that it controls.
type desk struct {
	*router.Router
	t     *testing.T
	clock *otptest.Clock
	all   []*fake
	log   *log
	n     int
}

func newDesk(t *testing.T, providers int, change func(*router.Config)) *desk {
	d := &desk{t: t, clock: &otptest.Clock{}}
	d.Router, d.all, d.log = fleet(t, providers, func(c *router.Config) {
		c.Now = d.clock.Now
		if change != nil {
			change(c)
		}
	})
	return d
}

// send sends a message and returns the receipt of its delivery.
func (d *desk) send() otp.Receipt {
	d.t.Helper()
	d.n++
	m := message(d.n, 1)
	s, err := d.Send(d.t.Context(), m)
	require.NoError(d.t, err)
	return otp.Receipt{MessageID: m.ID, Provider: s.Provider, ProviderID: s.ProviderID,
		Delivery: otp.DeliveryDelivered}
}

// batch sends n messages, of which slow arrive after 61 seconds and the others after 5.
func (d *desk) batch(n, slow int) (via string) {
	d.t.Helper()
	var all []otp.Receipt
	for range n {
		r := d.send()
		via = r.Provider
		all = append(all, r)
	}
	d.clock.Advance(5 * time.Second)
	for _, r := range all[slow:] {
		d.Receive(r)
	}
	d.clock.Advance(56 * time.Second)
	for _, r := range all[:slow] {
		d.Receive(r)
	}
	return via
}

func (d *desk) demoted() string {
	s := ""
	for _, h := range d.Health() {
		if h.Demoted {
			s += h.Provider
		}
	}
	return s
}

func TestDemotion(t *testing.T) {
	for name, c := range map[string]struct {
		n, slow int
		want    string
	}{
		"15 % of 20":     {20, 3, "a"},
		"10 % of 20":     {20, 2, ""},
		"all of 10":      {10, 10, "a"},
		"9 are too few":  {9, 9, ""},
		"14.9 %":         {201, 30, ""},
		"15.0 %":         {200, 30, "a"},
		"none is slow":   {100, 0, ""},
		"one of several": {7, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, 2, nil)
			assert.Equal(t, "a", d.batch(c.n, c.slow))
			d.clock.Advance(2 * time.Second)
			assert.Equal(t, c.want, d.demoted())
			want := "a"
			if c.want == "a" {
				want = "b"
				assert.Equal(t, []string{"demoted a"}, d.log.changes())
			}
			assert.Equal(t, want, d.send().Provider)
		})
	}
}

func TestHysteresis(t *testing.T) {
	d := newDesk(t, 2, nil)
	d.batch(20, 20)
	assert.Equal(t, "a", d.demoted())
	// Provider a sends no more receipts, but its earlier ones stay in the window of 15 minutes.
	for range 13 {
		d.clock.Advance(time.Minute)
		d.Receive(d.send())
		assert.Equal(t, "a", d.demoted())
	}
	d.clock.Advance(2 * time.Minute)
	assert.Equal(t, "", d.demoted())
	assert.Equal(t, []string{"demoted a", "recovered a"}, d.log.changes())
	assert.Equal(t, "a", d.batch(20, 20), "in use again")
	d.clock.Advance(2 * time.Second)
	assert.Equal(t, "", d.demoted(), "no second change within 10 minutes")
	d.clock.Advance(9 * time.Minute)
	assert.Equal(t, "a", d.demoted())
}

// A demoted provider that still gets messages is restored only if far fewer are slow than the
// share that demotes it.
func TestRecovery(t *testing.T) {
	for _, c := range []struct {
		slow int
		want string
	}{{1, ""}, {2, "a"}} {
		d := newDesk(t, 2, func(c *router.Config) { c.Hold = time.Second })
		d.batch(20, 20)
		require.Equal(t, "a", d.demoted())
		d.all[1].do = fails(otp.ClassRejected)
		d.clock.Advance(12 * time.Minute)
		assert.Equal(t, "a", d.batch(20, c.slow), "b takes nothing")
		assert.Equal(t, "a", d.demoted(), "the old ones count")
		d.clock.Advance(2 * time.Minute)
		assert.Equal(t, c.want, d.demoted(), "%d of 20", c.slow)
	}
}

func TestNeverAll(t *testing.T) {
	t.Run("all slow at once", func(t *testing.T) {
		d := newDesk(t, 2, func(c *router.Config) { c.Providers[0].Weight, c.Providers[1].Weight = 1, 1 })
		d.batch(100, 100)
		d.clock.Advance(2 * time.Second)
		assert.Equal(t, "", d.demoted())
		for _, h := range d.Health() {
			assert.Equal(t, h.Measured, h.Slow)
			assert.Greater(t, h.Slow, 30)
		}
	})
	t.Run("one after the other", func(t *testing.T) {
		d := newDesk(t, 3, nil)
		d.batch(20, 20)
		assert.Equal(t, "a", d.demoted())
		assert.Equal(t, "b", d.batch(20, 20))
		d.clock.Advance(2 * time.Second)
		assert.Equal(t, "ab", d.demoted())
		assert.Equal(t, "c", d.batch(20, 20))
		d.clock.Advance(2 * time.Second)
		assert.Equal(t, "ab", d.demoted(), "the last one stays")
		assert.Equal(t, "c", d.send().Provider)
	})
	t.Run("the other one is dead", func(t *testing.T) {
		d := newDesk(t, 2, nil)
		d.all[0].do = fails(otp.ClassUnavailable)
		d.batch(20, 20)
		d.clock.Advance(2 * time.Second)
		assert.Equal(t, "", d.demoted())
	})
	t.Run("the other one has no voice", func(t *testing.T) {
		d := newDesk(t, 2, func(c *router.Config) {
			c.Providers[0].Sender.(*fake).can.Channels = []otp.Channel{otp.SMS, otp.Voice}
		})
		d.batch(20, 20)
		d.clock.Advance(2 * time.Second)
		assert.Equal(t, "", d.demoted())
	})
	t.Run("alone", func(t *testing.T) {
		d := newDesk(t, 1, nil)
		d.batch(20, 20)
		d.clock.Advance(2 * time.Second)
		assert.Equal(t, "", d.demoted())
	})
}

func TestNoReceipts(t *testing.T) {
	d := newDesk(t, 2, nil)
	for range 20 {
		d.send()
	}
	d.clock.Advance(time.Minute)
	assert.Equal(t, "", d.demoted(), "not yet late")
	d.clock.Advance(time.Second + 1)
	assert.Equal(t, "a", d.demoted(), "what never arrives is slow")

	d = newDesk(t, 2, func(c *router.Config) { c.Providers[0].Sender.(*fake).can.Receipts = false })
	for range 20 {
		d.send()
	}
	d.clock.Advance(10 * time.Minute)
	assert.Equal(t, "", d.demoted(), "a provider without receipts is not measured")
	assert.Zero(t, d.Health()[0].Measured)
}

// Messages that may have been sent and messages that failed do not measure speed.
func TestNotMeasured(t *testing.T) {
	d := newDesk(t, 2, nil)
	for n := range 20 {
		r := d.send()
		r.Delivery = otp.DeliveryFailed
		d.Receive(r)
		d.all[0].do = fails(otp.ClassAmbiguous)
		_, err := d.Send(t.Context(), message(1000+n, 1))
		require.NoError(t, err)
		d.all[0].do = nil
	}
	d.clock.Advance(2 * time.Minute)
	assert.Zero(t, d.Health()[0].Measured)
	d.Receive(otp.Receipt{MessageID: message(1000, 1).ID, Provider: "p", ProviderID: "x",
		Delivery: otp.DeliveryDelivered})
	assert.Equal(t, 1, d.Health()[0].Slow, "it was sent after all")
}

func TestReceipts(t *testing.T) {
	measured := func(d *desk) [2]int { h := d.Health()[0]; return [2]int{h.Measured, h.Slow} }
	for name, c := range map[string]struct {
		// do is what arrives after a message was sent; d is at the time of sending.
		do   func(d *desk, r otp.Receipt)
		want [2]int // measured and slow, after 2 minutes
	}{
		"in time": {func(d *desk, r otp.Receipt) { d.Receive(r) }, [2]int{1, 0}},
		"at the limit": {func(d *desk, r otp.Receipt) { d.clock.Advance(time.Minute); d.Receive(r) },
			[2]int{1, 0}},
		"late": {func(d *desk, r otp.Receipt) {
			d.clock.Advance(time.Minute + 1)
			d.Receive(r)
		}, [2]int{1, 1}},
		"never": {func(d *desk, r otp.Receipt) {}, [2]int{1, 1}},
		"twice, second late": {func(d *desk, r otp.Receipt) {
			d.Receive(r)
			d.clock.Advance(2 * time.Minute)
			d.Receive(r)
		}, [2]int{1, 0}},
		"failed, then delivered": {func(d *desk, r otp.Receipt) {
			f := r
			f.Delivery = otp.DeliveryFailed
			d.Receive(f)
			d.Receive(r)
		}, [2]int{1, 0}},
		"delivered, then failed": {func(d *desk, r otp.Receipt) {
			d.Receive(r)
			r.Delivery = otp.DeliveryFailed
			d.Receive(r)
		}, [2]int{1, 0}},
		"delivered, then accepted": {func(d *desk, r otp.Receipt) {
			d.Receive(r)
			r.Delivery = otp.DeliveryAccepted
			d.Receive(r)
		}, [2]int{1, 0}},
		"accepted only": {func(d *desk, r otp.Receipt) { r.Delivery = otp.DeliveryAccepted; d.Receive(r) },
			[2]int{1, 1}},
		"expired is slow": {func(d *desk, r otp.Receipt) { r.Delivery = otp.DeliveryExpired; d.Receive(r) },
			[2]int{1, 1}},
		"failed": {func(d *desk, r otp.Receipt) { r.Delivery = otp.DeliveryFailed; d.Receive(r) },
			[2]int{0, 0}},
		"no message id":  {func(d *desk, r otp.Receipt) { r.MessageID = ""; d.Receive(r) }, [2]int{1, 0}},
		"no provider id": {func(d *desk, r otp.Receipt) { r.ProviderID = ""; d.Receive(r) }, [2]int{1, 0}},
		"other provider": {func(d *desk, r otp.Receipt) { r.Provider = "b"; d.Receive(r) }, [2]int{1, 1}},
		"other message":  {func(d *desk, r otp.Receipt) { r.MessageID = "c.1"; d.Receive(r) }, [2]int{1, 1}},
		"other id":       {func(d *desk, r otp.Receipt) { r.ProviderID = "z"; d.Receive(r) }, [2]int{1, 1}},
		"nothing in it":  {func(d *desk, r otp.Receipt) { d.Receive(otp.Receipt{}) }, [2]int{1, 1}},
		"its own time": {func(d *desk, r otp.Receipt) {
			r.At = d.clock.Now().Add(time.Second)
			d.clock.Advance(2 * time.Minute)
			d.Receive(r)
		}, [2]int{1, 0}},
		"its own time is before the message": {func(d *desk, r otp.Receipt) {
			r.At = d.clock.Now().Add(-time.Second)
			d.clock.Advance(61 * time.Second)
			d.Receive(r)
		}, [2]int{1, 1}},
		"its own time is to come": {func(d *desk, r otp.Receipt) {
			r.At = d.clock.Now().Add(time.Hour)
			d.Receive(r)
		}, [2]int{1, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, 2, nil)
			start := d.clock.Now()
			c.do(d, d.send())
			d.clock.Advance(2*time.Minute - d.clock.Now().Sub(start))
			assert.Equal(t, c.want, measured(d))
		})
	}
}

func TestMemory(t *testing.T) {
	d := newDesk(t, 2, func(c *router.Config) { c.Remember = 50 })
	var first otp.Receipt
	for i := range 500 {
		if r := d.send(); i == 0 {
			first = r
		}
	}
	d.clock.Advance(59 * time.Second)
	d.Receive(first)
	d.clock.Advance(2 * time.Second)
	h := d.Health()[0]
	assert.Equal(t, [2]int{50, 49}, [2]int{h.Measured, h.Slow},
		"the old ones stay, so that they can become slow")
	d.clock.Advance(15 * time.Minute)
	assert.Zero(t, d.Health()[0].Measured)
	d.send()
	d.clock.Advance(2 * time.Minute)
	assert.Equal(t, 1, d.Health()[0].Measured, "there is room again")

	t.Run("long and missing ids", func(t *testing.T) {
		d := newDesk(t, 1, nil)
		for _, id := range []string{"", strings.Repeat("x", 129)} {
			m := message(1, 1)
			m.ID = id
			_, err := d.Send(t.Context(), m)
			require.NoError(t, err)
		}
		d.all[0].name = strings.Repeat("n", 200)
		r := d.send()
		d.Receive(r)
		d.clock.Advance(2 * time.Minute)
		assert.Equal(t, 1, d.Health()[0].Measured, "a long id of the provider is not used; %s",
			strconv.Itoa(len(r.ProviderID)))
	})
}
