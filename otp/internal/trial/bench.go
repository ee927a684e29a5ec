package trial

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
)

// Bench measures Start and Verify with 1 and 16 callers, each on its own challenge and with
// every limit on, and bare, the smallest possible write of the server. x-bare is the number of
// bare writes that take as long.
func Bench(b *testing.B, backend Backend, bare func(ctx context.Context, n int) error) {
	for _, callers := range []int{1, 16} {
		var one time.Duration
		run := func(name string, prepare func(b *testing.B) func(n int) error) {
			b.Run(fmt.Sprintf("%s/%d", name, callers), func(b *testing.B) {
				op := prepare(b)
				b.ResetTimer()
				parallel(b, callers, op)
				each := b.Elapsed() / time.Duration(b.N)
				b.ReportMetric(float64(time.Second)/float64(each), "op/s")
				if name == "bare" {
					one = each
				} else if one > 0 {
					b.ReportMetric(float64(each)/float64(one), "x-bare")
				}
			})
		}
		run("bare", func(*testing.B) func(int) error {
			return func(n int) error { return bare(context.Background(), n) }
		})
		run("start", func(b *testing.B) func(int) error {
			g, r := newChallenges(b, backend, &byID{}, nil), runs.Add(1)
			return func(n int) error {
				_, err := g.Start(context.Background(), person(fmt.Sprintf("bench %d %d", r, n)))
				return err
			}
		})
		run("verify", func(b *testing.B) func(int) error {
			sent := &byID{}
			g, r := newChallenges(b, backend, sent, nil), runs.Add(1)
			answers := make([]otp.VerifyRequest, b.N)
			parallel(b, 16, func(n int) error {
				q := person(fmt.Sprintf("bench %d %d", r, n))
				c, err := g.Start(context.Background(), q)
				answers[n] = answer(q, c.ID, sent.code(c.ID))
				return err
			})
			return func(n int) error {
				_, err := g.Verify(context.Background(), answers[n])
				return err
			}
		})
	}
}

// runs makes the persons of one run differ from those of the previous run.
var runs atomic.Int64

// parallel calls op b.N times from the given number of callers.
func parallel(b *testing.B, callers int, op func(n int) error) {
	var next atomic.Int64
	errs := make(chan error, callers)
	for range callers {
		go func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= b.N {
					errs <- nil
					return
				}
				if err := op(n); err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	for range callers {
		require.NoError(b, <-errs)
	}
}
