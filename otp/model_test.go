package otp_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
)

// A model repeats the rules of the package comment as plainly as possible, for one person
// under the default policy without rates.
type model struct {
	now, wait, lock time.Duration
	failures        int
	challenges      []*modelChallenge
}

type modelChallenge struct {
	operator, purpose int
	started           time.Duration
	state             string // pending, consumed, locked, revoked, superseded
	attempts, sends   int
	resend            time.Duration
	id                string
	code              otp.Code
}

func (m *model) state(c *modelChallenge) string {
	if m.now >= c.started+24*time.Hour {
		return "forgotten"
	}
	if c.state == "pending" && m.now >= c.started+10*time.Minute {
		return "expired"
	}
	return c.state
}

var modelCauses = map[string]otp.Error{"forgotten": otp.ErrNotFound, "consumed": otp.ErrAlreadyUsed,
	"locked":  otp.ErrAttemptsUsed,
	"revoked": otp.ErrRevoked, "superseded": otp.ErrSuperseded, "expired": otp.ErrExpired}

func (m *model) barred(patience time.Duration) otp.Error {
	switch {
	case m.failures >= 100:
		return otp.ErrBlocked
	case m.now < m.lock:
		return otp.ErrLocked
	case m.now < m.wait && m.wait-m.now >= patience:
		return otp.ErrWait
	}
	return ""
}

func (m *model) start(operator, purpose int) otp.Error {
	if e := m.barred(10 * time.Minute); e != "" {
		return e
	}
	today, pending := 0, 0
	for _, c := range m.challenges {
		if m.now < c.started+24*time.Hour {
			today++
		}
		if m.state(c) == "pending" && (c.operator != operator || c.purpose != purpose) {
			pending++
		}
	}
	if today >= 10 || pending >= 3 {
		return otp.ErrRateLimited
	}
	for _, c := range m.challenges {
		if m.state(c) == "pending" && c.operator == operator && c.purpose == purpose {
			c.state = "superseded"
		}
	}
	m.challenges = append(m.challenges, &modelChallenge{operator: operator, purpose: purpose, started: m.now,
		state: "pending", sends: 1, resend: m.now + 30*time.Second})
	return ""
}

func (m *model) answer(c *modelChallenge, right, malformed bool) otp.Error {
	if s := m.state(c); s != "pending" {
		return modelCauses[s]
	}
	if e := m.barred(0); e != "" {
		return e
	}
	if malformed {
		return otp.ErrMalformedCode
	}
	c.attempts++
	if right {
		c.state, m.failures, m.wait, m.lock = "consumed", 0, 0, 0
		return ""
	}
	m.failures++
	if m.failures >= 5 {
		steps := []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
			15 * time.Minute, time.Hour}
		m.wait = max(m.wait, m.now+steps[min(m.failures-5, 5)])
	}
	if c.attempts == 5 {
		c.state = "locked"
	}
	if m.failures%20 == 0 {
		m.lock = m.now + time.Hour
		for _, c := range m.challenges {
			if m.state(c) == "pending" {
				c.state = "locked"
			}
		}
	}
	return otp.ErrWrongCode
}

func (m *model) resendOf(c *modelChallenge) otp.Error {
	if s := m.state(c); s != "pending" {
		return modelCauses[s]
	}
	left := c.started + 10*time.Minute - m.now
	if e := m.barred(left); e != "" {
		return e
	}
	// A resend that could only be sent in the last minute is not possible.
	if c.sends > 3 || left < time.Minute || c.resend > c.started+9*time.Minute {
		return otp.ErrNoResends
	}
	if m.now < c.resend {
		return otp.ErrTooSoon
	}
	c.sends++
	c.resend = m.now + []time.Duration{time.Minute, 2 * time.Minute, 2 * time.Minute}[c.sends-2]
	return ""
}

func (m *model) cancel(c *modelChallenge) otp.Error {
	switch s := m.state(c); s {
	case "pending":
		c.state = "revoked"
		return ""
	case "revoked":
		return ""
	default:
		return modelCauses[s]
	}
}

func TestModel(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(strconv.Itoa(int(seed)), func(t *testing.T) { runModel(t, seed, 400) })
	}
}

func runModel(t *testing.T, seed uint64, steps int) {
	f := newFixture(t)
	rnd := rand.New(rand.NewPCG(seed, 0))
	m := &model{}
	begin := f.clock.Now()
	who := func(operator int) otp.Parties {
		p := parties()
		p.Operator.ID = otp.NewSecret(fmt.Sprint("operator ", operator))
		return p
	}
	var history []string
	for range steps {
		var want otp.Error
		var err error
		op := rnd.IntN(20)
		if len(m.challenges) == 0 {
			op = 0
		}
		var c *modelChallenge
		if op > 3 {
			// Mostly pick a recent one: the old ones are final.
			c = m.challenges[max(len(m.challenges)-1-rnd.IntN(4), 0)]
		}
		switch {
		case op <= 3:
			operator, purpose := rnd.IntN(3), rnd.IntN(2)
			history = append(history, fmt.Sprint("start ", operator, purpose))
			q := request(t)
			q.Parties, q.Purpose = who(operator), fmt.Sprint("p", purpose)
			var got otp.Challenge
			want = m.start(operator, purpose)
			if got, err = f.Start(t.Context(), q); err == nil {
				last := m.challenges[len(m.challenges)-1]
				last.id, last.code = got.ID, f.sent.Last().Code
			}
		case op <= 13:
			right, malformed, operator := rnd.IntN(10) == 0, rnd.IntN(8) == 0, c.operator
			code := wrong(c.code)
			if right {
				code = c.code
				if rnd.IntN(3) == 0 {
					right, operator = false, operator+1
				}
			}
			if malformed {
				code = otp.NewCode("12x")
			}
			history = append(history, fmt.Sprint("answer ", c.id, right, malformed))
			want = m.answer(c, right, malformed)
			_, err = f.Verify(t.Context(), otp.VerifyRequest{Parties: who(operator), ID: c.id, Code: code})
		case op <= 15:
			history = append(history, "resend "+c.id)
			want = m.resendOf(c)
			_, err = f.Resend(t.Context(), otp.ResendRequest{Parties: who(c.operator), ID: c.id,
				Contacts: []otp.Contact{sms(t, phone)}})
			if err == nil {
				require.Equal(t, c.code.Reveal(), f.sent.Last().Code.Reveal())
			}
		case op == 16:
			history = append(history, "cancel "+c.id)
			want = m.cancel(c)
			err = f.Cancel(t.Context(), otp.Ref{Parties: who(c.operator), ID: c.id})
		case op == 17 && rnd.IntN(20) == 0:
			history = append(history, "clear")
			m.failures, m.wait, m.lock = 0, 0, 0
			err = f.ClearFailures(t.Context(), "", otp.NewSecret(person))
		default:
			d := []time.Duration{time.Millisecond, time.Second, 30 * time.Second, time.Minute,
				3 * time.Minute, 9 * time.Minute, time.Hour, 6 * time.Hour}[rnd.IntN(8)]
			history = append(history, "advance "+d.String())
			m.now += d
			f.clock.Advance(d)
		}
		if refusal(err).Cause != want || (err == nil) != (want == "") {
			t.Fatalf("model says %q, otp says %v, after\n%q", want, err, history)
		}
		if c != nil && m.state(c) != "forgotten" {
			s, err := f.Status(t.Context(), otp.Ref{Parties: who(c.operator), ID: c.id})
			require.NoError(t, err)
			require.Equal(t, m.state(c), s.State.String(), "%q", history)
			require.True(t, s.StartedAt.Equal(begin.Add(c.started)))
			if s.State == otp.Pending {
				require.Equal(t, 5-c.attempts, s.AttemptsLeft)
			}
		}
	}
}
