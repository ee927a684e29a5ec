package router_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms/router"
)

// TestFaults runs an hour with three providers. The first takes messages without an answer and
// loses them until minute 40. The second delivers after three minutes until minute 20. The
// third is healthy. 5,000 messages go to three people.
func TestFaults(t *testing.T) {
	const messages = 5000
	people := []string{"+393331234567", "+393337654321", "+393470000001"}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var logged bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&logged, nil))
		var r *router.Router
		var receipts, sends sync.WaitGroup
		var mu sync.Mutex
		reached := map[string]int{}     // message id: how often it reached the phone
		numbers := map[string]int{}     // number: messages that anybody got for it
		expected := map[string]string{} // message id: number
		accepted := map[string]string{} // message id: provider
		accept := []time.Duration(nil)  // time to accept
		through := map[string][2]int{}  // provider: messages before and after minute 45
		serve := func(name string, latency time.Duration, arrives func() time.Duration) *fake {
			f := &fake{name: name, can: otp.Capabilities{Receipts: true}}
			f.do = func(ctx context.Context, m otp.Message) error {
				mu.Lock()
				assert.Equal(t, expected[m.ID], m.To.Reveal())
				numbers[m.To.Reveal()]++
				mu.Unlock()
				after := arrives()
				if after < 0 {
					return hangs(ctx, m)
				}
				time.Sleep(latency)
				sent := time.Now()
				receipts.Go(func() {
					time.Sleep(after - time.Since(sent))
					mu.Lock()
					reached[m.ID]++
					mu.Unlock()
					receipt := otp.Receipt{MessageID: m.ID, Provider: name, Delivery: otp.DeliveryDelivered}
					r.Receive(receipt)
					r.Receive(receipt) // some come twice
				})
				return nil
			}
			return f
		}
		dead := serve("dead", 80*time.Millisecond, func() time.Duration {
			if time.Since(start) < 40*time.Minute {
				return -1
			}
			return 6 * time.Second
		})
		slow := serve("slow", 120*time.Millisecond, func() time.Duration {
			if time.Since(start) < 20*time.Minute {
				return 3 * time.Minute
			}
			return 8 * time.Second
		})
		healthy := serve("healthy", 100*time.Millisecond, func() time.Duration { return 5 * time.Second })
		r, err := router.New(router.Config{Logger: logger, Providers: []router.Provider{
			{Name: "dead", Sender: dead}, {Name: "slow", Sender: slow}, {Name: "healthy", Sender: healthy}}})
		require.NoError(t, err)

		for n := range messages {
			m := message(n, 1)
			m.To, err = otp.ParsePhone(people[n%len(people)])
			require.NoError(t, err)
			mu.Lock()
			expected[m.ID] = m.To.Reveal()
			mu.Unlock()
			sends.Go(func() {
				begin := time.Now()
				s, err := r.Send(t.Context(), m)
				mu.Lock()
				defer mu.Unlock()
				if assert.NoError(t, err) {
					accepted[m.ID] = s.Provider
					accept = append(accept, time.Since(begin))
					count := through[s.Provider]
					count[b2i(time.Since(start) > 45*time.Minute)]++
					through[s.Provider] = count
				}
			})
			time.Sleep(time.Hour / messages)
		}
		sends.Wait()
		receipts.Wait()

		require.Len(t, accepted, messages, "one of three can always send")
		for id, provider := range accepted {
			assert.GreaterOrEqual(t, reached[id], 1, "accepted by %s and lost", provider)
		}
		assert.Len(t, numbers, len(people), "nobody else got a message")
		for _, number := range people {
			assert.Positive(t, numbers[number])
		}
		slices.Sort(accept)
		p50, p99, worst := accept[len(accept)/2], accept[len(accept)*99/100], accept[len(accept)-1]
		t.Logf("time to accept: p50 %v, p99 %v, longest %v; attempts %d dead, %d slow, %d healthy", p50, p99,
			worst, dead.count(), slow.count(), healthy.count())
		assert.Less(t, p99, time.Second)
		assert.Less(t, worst, 8*time.Second)
		assert.Greater(t, through["dead"][1], 1000, "it is first again after it came back")

		// When its slow messages are 15 minutes old, it gets another chance too early.
		assert.Equal(t, []string{"circuit_opened dead", "demoted slow", "recovered slow", "demoted slow",
			"recovered slow", "circuit_closed dead"}, changes(t, &logged))
		assert.NotContains(t, logged.String(), otptest.Message().Code.Reveal())
		for _, number := range people {
			assert.NotContains(t, logged.String(), strings.TrimPrefix(number, "+"))
		}
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// changes returns the changes in the log.
func changes(t *testing.T, logged *bytes.Buffer) (out []string) {
	lines := bufio.NewScanner(bytes.NewReader(logged.Bytes()))
	for lines.Scan() {
		var record struct{ Level, Msg, Provider string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &record))
		if record.Msg != string(router.EventFailed) {
			out = append(out, record.Msg+" "+record.Provider)
			assert.Equal(t, map[string]string{"circuit_opened": "WARN", "demoted": "WARN",
				"circuit_closed": "INFO", "recovered": "INFO"}[record.Msg], record.Level)
		} else {
			assert.Equal(t, "WARN", record.Level)
		}
	}
	return out
}

func TestLog(t *testing.T) {
	var logged strings.Builder
	d := newDesk(t, 2, func(c *router.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&logged,
			&slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			}}))
	})
	d.batch(20, 3)
	d.clock.Advance(2 * time.Second)
	d.Health()
	d.all[1].do = fails(otp.ClassRejected)
	d.send()
	assert.Equal(t, "level=WARN msg=demoted provider=a measured=20 slow=3\n"+
		"level=WARN msg=attempt_failed provider=b message="+message(21,
		1).ID+" class=rejected code=42 took=0s\n", logged.String())
	assert.Equal(t, "[router]", fmt.Sprintf("%v", d.Router))
	assert.Equal(t, "[router]", fmt.Sprintf("%#v", d.Router))
}
