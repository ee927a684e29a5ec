package otp_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
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
	operators       []*modelOperator // in the order of their first failure
	challenges      []*modelChallenge
}

// modelOperator is an operator who failed.
type modelOperator struct {
	operator, failures int
	recent             bool // since the last right answer
	last, bar          time.Duration
}

func (o *modelOperator) barred(now time.Duration) bool { return o.failures >= 10 || now < o.bar }

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

func (m *model) operator(operator int) *modelOperator {
	for _, o := range m.operators {
		if o.operator == operator {
			return o
		}
	}
	return nil
}

// evictable is the one of 32 that failed longest ago and is not barred.
func (m *model) evictable() (found *modelOperator) {
	for _, o := range m.operators {
		if !o.barred(m.now) && (found == nil || o.last < found.last) {
			found = o
		}
	}
	return found
}

func (m *model) barred(operator int, patience time.Duration) otp.Error {
	switch {
	case m.failures >= 100:
		return otp.ErrBlocked
	case m.now < m.lock:
		return otp.ErrLocked
	}
	o := m.operator(operator)
	switch {
	case o != nil && o.barred(m.now):
		return otp.ErrBarred
	case o == nil && len(m.operators) == 32 && m.evictable() == nil:
		for _, o := range m.operators {
			if o.failures < 10 {
				return otp.ErrLocked
			}
		}
		return otp.ErrBlocked
	case m.now < m.wait && m.wait-m.now >= patience:
		return otp.ErrWait
	}
	return ""
}

func (m *model) start(operator, purpose int) otp.Error {
	if e := m.barred(operator, 10*time.Minute); e != "" {
		return e
	}
	today, mine, pending := 0, 0, 0
	for _, c := range m.challenges {
		if m.now < c.started+24*time.Hour {
			today++
			if c.operator == operator {
				mine++
			}
		}
		if m.state(c) == "pending" && c.operator != operator {
			pending++
		}
	}
	if today >= 10 || mine >= 3 || pending >= 3 {
		return otp.ErrRateLimited
	}
	for _, c := range m.challenges {
		if m.state(c) == "pending" && c.operator == operator {
			c.state = "superseded"
		}
	}
	m.challenges = append(m.challenges, &modelChallenge{operator: operator, purpose: purpose, started: m.now,
		state: "pending", sends: 1, resend: m.now + 30*time.Second})
	return ""
}

func (m *model) answer(c *modelChallenge, operator int, right, malformed bool) otp.Error {
	if m.state(c) == "forgotten" || operator != c.operator {
		return otp.ErrNotFound
	}
	if s := m.state(c); s != "pending" {
		return modelCauses[s]
	}
	if e := m.barred(operator, 0); e != "" {
		return e
	}
	if malformed {
		return otp.ErrMalformedCode
	}
	c.attempts++
	if right {
		c.state, m.failures, m.wait, m.lock = "consumed", 0, 0, 0
		m.operators = slices.DeleteFunc(m.operators, func(o *modelOperator) bool {
			return o.operator == operator
		})
		for _, o := range m.operators {
			o.recent = false
		}
		return ""
	}
	m.failures++
	o := m.operator(operator)
	if o == nil {
		if len(m.operators) == 32 {
			gone := m.evictable()
			m.operators = slices.DeleteFunc(m.operators, func(o *modelOperator) bool { return o == gone })
		}
		o = &modelOperator{operator: operator}
		m.operators = append(m.operators, o)
	}
	o.failures++
	o.recent, o.last = true, m.now
	failed := 0
	for _, o := range m.operators {
		if o.recent {
			failed++
		}
	}
	if m.failures >= 5 && failed >= 3 {
		steps := []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
			15 * time.Minute, time.Hour}
		m.wait = max(m.wait, m.now+steps[min(m.failures-5, 5)])
	}
	if c.attempts == 5 {
		c.state = "locked"
	}
	end := func(which func(*modelChallenge) bool) {
		for _, c := range m.challenges {
			if m.state(c) == "pending" && which(c) {
				c.state = "locked"
			}
		}
	}
	if o.failures%5 == 0 {
		o.bar = m.now + 24*time.Hour
		end(func(c *modelChallenge) bool { return c.operator == operator })
	}
	if m.failures%20 == 0 && failed >= 3 || m.failures >= 100 {
		m.lock = m.now + time.Hour
		end(func(*modelChallenge) bool { return true })
	}
	return otp.ErrWrongCode
}

func (m *model) resendOf(c *modelChallenge) otp.Error {
	if s := m.state(c); s != "pending" {
		return modelCauses[s]
	}
	left := c.started + 10*time.Minute - m.now
	if e := m.barred(c.operator, left); e != "" {
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
		operators := []int{2, 3, 6, 50}[seed%4]
		t.Run(strconv.Itoa(int(seed)), func(t *testing.T) { runModel(t, seed, operators, 500, nil) })
	}
}

// Many operators who mostly guess: the person is locked and blocked, and the record is full of barred
// operators.
func TestModelOfGuessing(t *testing.T) {
	reached := map[string]bool{}
	for seed := range uint64(4) {
		runModel(t, 100+seed, 34, 8000, func(m *model, want otp.Error) {
			reached[string(want)] = true
			full := len(m.operators) == 32
			reached["full"] = reached["full"] || full && m.evictable() != nil
			reached["full of barred"] = reached["full of barred"] || full && m.evictable() == nil
		})
	}
	for _, want := range []string{string(otp.ErrBarred), string(otp.ErrLocked), string(otp.ErrBlocked),
		string(otp.ErrWait), "full", "full of barred"} {
		require.True(t, reached[want], want)
	}
}

// runModel compares otp with the model. If seen is not nil, it is told each step, and the operators are
// those of TestModelOfGuessing.
func runModel(t *testing.T, seed uint64, operators, steps int, seen func(*model, otp.Error)) {
	f := newFixture(t, func(c *otp.Config) { c.Policy.PerOperator = 0 })
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
		if seen != nil { // start, answer, or let time pass, and rarely clear
			op = []int{0, 0, 4, 4, 4, 4, 4, 19, 19, 4}[rnd.IntN(10)]
			if seed%2 == 1 && rnd.IntN(600) == 0 {
				op = 20
			}
		}
		if len(m.challenges) == 0 {
			op = 0
		}
		var c *modelChallenge
		if op > 3 {
			// Mostly pick a recent one: the old ones are final.
			recent := 4
			if seen != nil {
				recent = 1
			}
			c = m.challenges[max(len(m.challenges)-1-rnd.IntN(recent), 0)]
		}
		switch {
		case op <= 3:
			operator, purpose := rnd.IntN(operators), rnd.IntN(2)
			if n := len(m.challenges); seen != nil && n > 0 && rnd.IntN(3) == 0 {
				operator = m.challenges[n-1].operator // who guesses tries again
			}
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
			if seen != nil {
				right = rnd.IntN(25+int(seed%2)*400) == 0
			}
			code := wrong(c.code)
			if right {
				code = c.code
				if rnd.IntN(3) == 0 {
					operator++
				}
			}
			if malformed {
				code = otp.NewCode("12x")
			}
			history = append(history, fmt.Sprint("answer ", c.id, right, malformed))
			want = m.answer(c, operator, right, malformed)
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
		case op == 17 && rnd.IntN(20) == 0, op == 20:
			history = append(history, "clear")
			m.failures, m.wait, m.lock, m.operators = 0, 0, 0, nil
			err = f.ClearFailures(t.Context(), "", otp.NewSecret(person))
		default:
			d := []time.Duration{time.Millisecond, time.Second, 30 * time.Second, time.Minute,
				3 * time.Minute, 9 * time.Minute, time.Hour, 6 * time.Hour}[rnd.IntN(8)]
			if seen != nil {
				d = []time.Duration{time.Minute, 3 * time.Hour, 12 * time.Hour}[rnd.IntN(3)]
			}
			history = append(history, "advance "+d.String())
			m.now += d
			f.clock.Advance(d)
		}
		if seen != nil {
			seen(m, want)
		}
		if refusal(err).Cause != want || (err == nil) != (want == "") {
			t.Fatalf("model says %q, otp says %v, after\n%q", want, err, history[max(len(history)-12, 0):])
		}
		if c != nil && m.state(c) != "forgotten" {
			s, err := f.Status(t.Context(), otp.Ref{Parties: who(c.operator), ID: c.id})
			require.NoError(t, err)
			require.Equal(t, m.state(c), s.State.String(), "%q", history[max(len(history)-12, 0):])
			require.True(t, s.StartedAt.Equal(begin.Add(c.started)))
			if s.State == otp.Pending {
				require.Equal(t, 5-c.attempts, s.AttemptsLeft)
			}
		}
	}
}
