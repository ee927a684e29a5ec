package trial

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
)

// Outage stops and starts the store's server three times while eight desks work. It checks
// that no challenge is verified twice, that no challenge is lost after its start was
// acknowledged, that a consumed one stays consumed, and that callers get no error except
// otp.ErrUnavailable.
func Outage(t *testing.T, b Backend, stop, start func() error) {
	o := outage{sent: &byID{}}
	o.challenges = newChallenges(t, b, o.sent, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var desks sync.WaitGroup
	for i := range 8 {
		desks.Go(func() { o.desk(t, ctx, i) })
	}
	for range 3 {
		o.progress(t, &o.verified)
		require.NoError(t, stop())
		o.progress(t, &o.unavailable)
		require.NoError(t, start())
	}
	o.progress(t, &o.verified)
	cancel()
	desks.Wait()

	lost := 0
	for _, c := range o.started {
		_, err := o.challenges.Verify(t.Context(), c.answer)
		if c.verified > 0 || c.unknown && err != nil {
			assert.ErrorIs(t, err, otp.ErrAlreadyUsed)
		} else if err != nil {
			lost++
			assert.NoError(t, err, "started, and not there or not pending")
		}
		assert.LessOrEqual(t, c.verified, 1, "verified twice")
	}
	t.Logf("%d started, %d verified, %d calls unavailable, %d lost", len(o.started), o.verified.Load(),
		o.unavailable.Load(), lost)
}

type outage struct {
	challenges            *otp.Challenges
	sent                  *byID
	verified, unavailable atomic.Int32

	mu      sync.Mutex
	started []*started
}

// started is a challenge whose start was acknowledged.
type started struct {
	answer   otp.VerifyRequest
	verified int
	unknown  bool // an answer was lost
}

// desk starts challenges and answers each from two callers at once, except every third, which
// stays pending.
func (o *outage) desk(t *testing.T, ctx context.Context, desk int) {
	for n := 0; ctx.Err() == nil; n++ {
		q := person(fmt.Sprintf("%s %d %d", t.Name(), desk, n))
		call, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		c, err := o.challenges.Start(call, q)
		cancel()
		if err != nil {
			o.failed(t, err)
			continue
		}
		s := &started{answer: answer(q, c.ID, o.sent.code(c.ID))}
		o.mu.Lock()
		o.started = append(o.started, s)
		o.mu.Unlock()
		if n%3 == 0 {
			continue
		}
		var two sync.WaitGroup
		for range 2 {
			two.Go(func() {
				call, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
				defer cancel()
				_, err := o.challenges.Verify(call, s.answer)
				o.mu.Lock()
				defer o.mu.Unlock()
				switch {
				case err == nil:
					s.verified++
					o.verified.Add(1)
				case !errors.Is(err, otp.ErrAlreadyUsed):
					s.unknown = true
					o.failed(t, err)
				}
			})
		}
		two.Wait()
		assert.True(t, s.unknown || s.verified == 1, "nobody lost an answer and nobody was told yes")
	}
}

func (o *outage) failed(t *testing.T, err error) {
	o.unavailable.Add(1)
	assert.Equal(t, otp.ErrUnavailable, cause(err))
	time.Sleep(time.Millisecond)
}

// progress waits until n has grown.
func (o *outage) progress(t *testing.T, n *atomic.Int32) {
	t.Helper()
	from := n.Load()
	require.Eventually(t, func() bool { return n.Load() > from+20 }, 2*time.Minute, 5*time.Millisecond)
}

// byID is a sender that keeps the code of each challenge.
type byID struct{ codes sync.Map }

func (s *byID) Send(_ context.Context, m otp.Message) (otp.Submission, error) {
	id, _, _ := strings.Cut(m.ID, ".")
	s.codes.Store(id, m.Code)
	return otp.Submission{Provider: "trial"}, nil
}

func (s *byID) code(id string) otp.Code {
	c, _ := s.codes.Load(id)
	code, _ := c.(otp.Code)
	return code
}
