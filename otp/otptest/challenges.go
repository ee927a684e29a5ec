package otptest

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
)

// phone is the number of the suite's person. It is not assigned.
const phone = "+393510000067"

// A desk has challenges over the store under test and one person in front of it.
type desk struct {
	*otp.Challenges
	sent  *Recorder
	start otp.StartRequest
	seen  *spy
}

func newDesk(t *testing.T, s StoreSetup) desk {
	t.Helper()
	d := desk{sent: &Recorder{}, seen: &spy{stores: []otp.Store{s.Open(t), s.Open(t)}}}
	c := Config(d.sent, nil)
	c.Store = d.seen
	c.Policy.Limits = Unlimited()
	var err error
	d.Challenges, err = otp.New(c)
	require.NoError(t, err)
	p, err := otp.ParsePhone(phone)
	require.NoError(t, err)
	d.start = otp.StartRequest{
		Parties: otp.Parties{Operator: otp.Operator{IdentityProvider: "login", ID: otp.NewSecret("operator")},
			Subject: otp.NewSecret("subject " + freshKey())},
		Terms:    otp.Terms{Organisation: "COMUNE DI ROMA", Purpose: "parking", Scope: "benefit:parking"},
		Contacts: []otp.Contact{{Channel: otp.SMS, Phone: p, VerifiedAt: time.Unix(1, 0)}},
	}
	return d
}

// spy spreads calls over two handles and looks for secrets in what is written.
type spy struct {
	stores  []otp.Store
	n       atomic.Uint32
	mu      sync.Mutex
	written strings.Builder
}

func (s *spy) Load(ctx context.Context, key string) (otp.Snapshot, error) {
	return s.stores[s.n.Add(1)%2].Load(ctx, key)
}

func (s *spy) Swap(ctx context.Context, key string, c otp.Change) (bool, error) {
	s.mu.Lock()
	s.written.WriteString(key + " " + string(c.Body) + " " + base64.StdEncoding.EncodeToString(c.Body) + "\n")
	s.mu.Unlock()
	return s.stores[s.n.Add(1)%2].Swap(ctx, key, c)
}

func (d desk) mustStart(t *testing.T) (otp.Challenge, otp.Code) {
	t.Helper()
	c, err := d.Start(t.Context(), d.start)
	require.NoError(t, err)
	return c, d.sent.Last().Code
}

func (d desk) answer(id string, code otp.Code) error {
	_, err := d.Verify(context.Background(), otp.VerifyRequest{Parties: d.start.Parties, ID: id, Code: code})
	return err
}

// wrong returns a code that differs from right.
func wrong(right otp.Code) otp.Code {
	b := []byte(right.Reveal())
	b[0] = '0' + (b[0]-'0'+1)%10
	return otp.NewCode(string(b))
}

// tally counts errors by cause; nil counts as "".
type tally struct {
	mu sync.Mutex
	n  map[otp.Error]int
}

func (c *tally) add(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[otp.Error]int{}
	}
	var r *otp.Refusal
	if errors.As(err, &r) {
		c.n[r.Cause]++
	} else {
		c.n[""]++
	}
}

func testChallenges(t *testing.T, s StoreSetup) {
	t.Run("64 right codes, one success", func(t *testing.T) {
		d := newDesk(t, s)
		c, code := d.mustStart(t)
		var got tally
		together(callers, func(int) { got.add(d.answer(c.ID, code)) })
		assert.Equal(t, map[otp.Error]int{"": 1, otp.ErrAlreadyUsed: callers - 1}, got.n)
	})
	t.Run("64 wrong codes, five attempts", func(t *testing.T) {
		d := newDesk(t, s)
		c, code := d.mustStart(t)
		var got tally
		var left [5]atomic.Int32
		together(callers, func(int) {
			err := d.answer(c.ID, wrong(code))
			got.add(err)
			var r *otp.Refusal
			if errors.As(err, &r) && r.Cause == otp.ErrWrongCode {
				left[r.AttemptsLeft].Add(1)
			}
		})
		assert.Equal(t, map[otp.Error]int{otp.ErrWrongCode: 5, otp.ErrAttemptsUsed: callers - 5}, got.n)
		for i := range left {
			assert.Equal(t, int32(1), left[i].Load(), "%d attempts left is told once", i)
		}
		assert.ErrorIs(t, d.answer(c.ID, code), otp.ErrAttemptsUsed, "the right code comes too late")
	})
	t.Run("right and wrong codes mixed", func(t *testing.T) {
		for range 5 {
			d := newDesk(t, s)
			c, code := d.mustStart(t)
			var got tally
			together(callers, func(i int) {
				if i%2 == 0 {
					got.add(d.answer(c.ID, code))
				} else {
					got.add(d.answer(c.ID, wrong(code)))
				}
			})
			assert.LessOrEqual(t, got.n[""], 1)
			assert.LessOrEqual(t, got.n[otp.ErrWrongCode], 5)
			if got.n[""] == 0 {
				assert.Equal(t, 5, got.n[otp.ErrWrongCode])
			}
			assert.Zero(t, got.n[otp.ErrUnavailable])
		}
	})
	t.Run("64 starts under one key, one message", func(t *testing.T) {
		d := newDesk(t, s)
		d.start.IdempotencyKey = "k"
		var ids sync.Map
		together(callers, func(int) {
			c, err := d.Start(t.Context(), d.start)
			assert.NoError(t, err)
			ids.Store(c.ID, true)
		})
		n := 0
		ids.Range(func(any, any) bool { n++; return true })
		assert.Equal(t, 1, n)
		assert.Len(t, d.sent.Messages(), 1)
	})
	t.Run("starts of many operators, three pending", func(t *testing.T) {
		d := newDesk(t, s)
		var got tally
		together(16, func(i int) {
			q := d.start
			q.Operator.ID = otp.NewSecret(strings.Repeat("o", i+1))
			_, err := d.Start(t.Context(), q)
			got.add(err)
		})
		assert.Equal(t, map[otp.Error]int{"": 3, otp.ErrRateLimited: 13}, got.n)
	})
	t.Run("failures survive a new challenge", func(t *testing.T) {
		d := newDesk(t, s)
		for range 2 {
			c, code := d.mustStart(t)
			for range 2 {
				require.ErrorIs(t, d.answer(c.ID, wrong(code)), otp.ErrWrongCode)
			}
		}
		c, code := d.mustStart(t)
		require.ErrorIs(t, d.answer(c.ID, wrong(code)), otp.ErrWrongCode)
		assert.ErrorIs(t, d.answer(c.ID, code), otp.ErrAttemptsUsed, "the fifth failure in a row bars")
		_, err := d.Start(t.Context(), d.start)
		assert.ErrorIs(t, err, otp.ErrBarred)
		d.start.Operator.ID = otp.NewSecret("another operator")
		c, code = d.mustStart(t)
		assert.NoError(t, d.answer(c.ID, code), "another operator is not barred")
	})
	t.Run("64 starts of one operator, three in a day and one pending", func(t *testing.T) {
		d := newDesk(t, s)
		var got tally
		var ids sync.Map
		together(callers, func(i int) {
			q := d.start
			q.Purpose = strings.Repeat("p", i%3+1)
			c, err := d.Start(t.Context(), q)
			got.add(err)
			if err == nil {
				ids.Store(c.ID, true)
			}
		})
		assert.Equal(t, map[otp.Error]int{"": 3, otp.ErrRateLimited: callers - 3}, got.n)
		pending := 0
		ids.Range(func(id, _ any) bool {
			c, err := d.Status(t.Context(), otp.Ref{Parties: d.start.Parties, ID: id.(string)})
			assert.NoError(t, err)
			if c.State == otp.Pending {
				pending++
			}
			return true
		})
		assert.Equal(t, 1, pending)
	})
	t.Run("superseded, cancelled", func(t *testing.T) {
		d := newDesk(t, s)
		first, code := d.mustStart(t)
		second, newer := d.mustStart(t)
		assert.ErrorIs(t, d.answer(first.ID, code), otp.ErrSuperseded)
		require.NoError(t, d.Cancel(t.Context(), otp.Ref{Parties: d.start.Parties, ID: second.ID}))
		assert.ErrorIs(t, d.answer(second.ID, newer), otp.ErrRevoked)
	})
	t.Run("expiry by the store's clock", func(t *testing.T) {
		if s.Advance == nil {
			t.Skip("needs a clock that can be moved")
		}
		d := newDesk(t, s)
		early, code := d.mustStart(t)
		s.Advance(early.ExpiresAt.Sub(early.StartedAt) - time.Millisecond)
		require.NoError(t, d.answer(early.ID, code), "one millisecond before")
		late, code := d.mustStart(t)
		s.Advance(late.ExpiresAt.Sub(late.StartedAt))
		assert.ErrorIs(t, d.answer(late.ID, code), otp.ErrExpired, "at ExpiresAt")
	})
	t.Run("nothing readable is stored", func(t *testing.T) {
		d := newDesk(t, s)
		c, code := d.mustStart(t)
		require.Error(t, d.answer(c.ID, wrong(code)))
		require.NoError(t, d.answer(c.ID, code))
		for _, secret := range []string{code.Reveal(), phone[1:], "subject", "COMUNE", "parking", c.ID} {
			assert.NotContains(t, d.seen.written.String(), secret)
		}
	})
}
