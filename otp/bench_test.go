package otp_test

import (
	"context"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

// bench measures one person per call over the store in memory: the cost of the rules without a
// server.
func bench(b *testing.B, setup func(b *testing.B, g *otp.Challenges) func(i int) error) {
	for _, callers := range []int{1, 16} {
		b.Run(strconv.Itoa(callers), func(b *testing.B) {
			cfg := otptest.Config(senderFunc(func(context.Context, otp.Message) (otp.Submission, error) {
				return otp.Submission{}, nil
			}), nil)
			cfg.Store = &otp.MemoryStore{Max: 1 << 24}
			cfg.Policy.Limits = otptest.Unlimited()
			g, err := otp.New(cfg)
			require.NoError(b, err)
			step := setup(b, g)
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for c := range callers {
				wg.Go(func() {
					for i := c; i < b.N; i += callers {
						if err := step(i); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
		})
	}
}

func BenchmarkStart(b *testing.B) {
	bench(b, func(b *testing.B, g *otp.Challenges) func(int) error {
		q := request(b)
		return func(i int) error {
			q := q
			q.Subject = otp.NewSecret(strconv.Itoa(i))
			_, err := g.Start(b.Context(), q)
			return err
		}
	})
}

// BenchmarkVerify answers wrongly. A wrong answer takes the same path as a right one, which
// would need a recorded message for each call.
func BenchmarkVerify(b *testing.B) {
	bench(b, func(b *testing.B, g *otp.Challenges) func(int) error {
		q := request(b)
		ids := make([]string, b.N)
		for i := range ids {
			q.Subject = otp.NewSecret(strconv.Itoa(i))
			c, err := g.Start(b.Context(), q)
			require.NoError(b, err)
			ids[i] = c.ID
		}
		return func(i int) error {
			p := q.Parties
			p.Subject = otp.NewSecret(strconv.Itoa(i))
			_, err := g.Verify(b.Context(), otp.VerifyRequest{Parties: p, ID: ids[i],
				Code: otp.NewCode("000000")})
			if refusal(err).Cause == otp.ErrWrongCode {
				return nil
			}
			return err
		}
	})
}
