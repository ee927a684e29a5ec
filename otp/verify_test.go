package otp_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

func TestVerify(t *testing.T) {
	f := newFixture(t)
	c, code := f.start()
	require.ErrorIs(t, f.answer(c.ID, wrong(code)), otp.ErrWrongCode)
	f.clock.Advance(time.Minute)
	v, err := f.Verify(t.Context(), otp.VerifyRequest{Parties: parties(), ID: c.ID, Code: code})
	require.NoError(t, err)
	assert.Equal(t, c.ID, v.ChallengeID)
	assert.Equal(t, request(t).Terms, v.Terms)
	assert.Equal(t, otp.SMS, v.Channel)
	assert.Equal(t, []string{"otp", "sms"}, v.AMR)
	assert.Equal(t, c.MaskedPhone, v.MaskedPhone)
	assert.Equal(t, 2, v.Attempts)
	assert.Equal(t, 1, v.Sends)
	assert.True(t, v.StartedAt.Equal(c.StartedAt))
	assert.True(t, v.VerifiedAt.Equal(f.clock.Now()))
	assert.ErrorIs(t, f.answer(c.ID, wrong(code)), otp.ErrAlreadyUsed)
	assert.ErrorIs(t, f.answer(c.ID, code), otp.ErrAlreadyUsed)
	assert.Equal(t, []otp.EventKind{otp.EventStarted, otp.EventSent, otp.EventWrong, otp.EventVerified,
		otp.EventReplayed},
		f.events.kinds(), "only the right code is a replay")
	f.clock.Advance(23 * time.Hour)
	assert.ErrorIs(t, f.answer(c.ID, code), otp.ErrAlreadyUsed, "used comes before expired")
	f.clock.Advance(time.Hour)
	assert.ErrorIs(t, f.answer(c.ID, code), otp.ErrNotFound, "forgotten after a day")
}

// Other parties find no challenge and spend no attempt: neither the challenge's, nor the
// operator's, nor the person's.
func TestOtherParties(t *testing.T) {
	for name, change := range map[string]func(*otp.VerifyRequest){
		"tenant":   func(q *otp.VerifyRequest) { q.Tenant = "other" },
		"operator": func(q *otp.VerifyRequest) { q.Operator.ID = otp.NewSecret("other") },
		"operator issuer": func(q *otp.VerifyRequest) {
			q.Operator.IdentityProvider = "https://other.example"
		},
		"operator, moved": func(q *otp.VerifyRequest) {
			q.Operator.IdentityProvider, q.Operator.ID = q.Operator.IdentityProvider+operatorID[:1],
				otp.NewSecret(operatorID[1:])
		},
		"citizen": func(q *otp.VerifyRequest) { q.Subject = otp.NewSecret("VRDLGI75C02F205X") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			c, code := f.start()
			good := otp.VerifyRequest{Parties: parties(), ID: c.ID, Code: code}
			for _, typed := range []otp.Code{code, wrong(code)} {
				bad := good
				bad.Code = typed
				change(&bad)
				for range 10 {
					v, err := f.Verify(t.Context(), bad)
					require.ErrorIs(t, err, otp.ErrNotFound)
					assert.Zero(t, v)
				}
			}
			assert.Equal(t, 5, f.status(c.ID).AttemptsLeft)
			_, err := f.Verify(t.Context(), good)
			require.NoError(t, err)
		})
	}
}

// TestBindingMatrix changes one field of what is approved at a time. The answer is a wrong
// code and spends an attempt; the right request still passes afterwards.
func TestBindingMatrix(t *testing.T) {
	for name, change := range map[string]func(*otp.VerifyRequest){
		"organisation": func(q *otp.VerifyRequest) { q.Terms.Organisation = "COMUNE DI RHO" },
		"declared":     func(q *otp.VerifyRequest) { q.Terms.Declared = true },
		"purpose":      func(q *otp.VerifyRequest) { q.Terms.Purpose = "museum" },
		"scope":        func(q *otp.VerifyRequest) { q.Terms.Scope = "detail" },
		"purpose and scope, moved": func(q *otp.VerifyRequest) {
			q.Terms.Purpose, q.Terms.Scope = "parkingb", "enefit:parking"
		},
		"case number":     func(q *otp.VerifyRequest) { q.Terms.CaseNumber = "A/7" },
		"evidence":        func(q *otp.VerifyRequest) { q.Terms.Evidence = "family_carer=yes" },
		"no terms at all": func(q *otp.VerifyRequest) { q.Terms = &otp.Terms{} },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			c, code := f.start()
			terms := c.Terms
			good := otp.VerifyRequest{Parties: parties(), ID: c.ID, Code: code, Terms: &terms}
			bad, changed := good, terms
			bad.Terms = &changed
			change(&bad)
			v, err := f.Verify(t.Context(), bad)
			require.ErrorIs(t, err, otp.ErrWrongCode)
			assert.Equal(t, 4, refusal(err).AttemptsLeft)
			assert.Zero(t, v)
			assert.Equal(t, 4, f.status(c.ID).AttemptsLeft)
			_, err = f.Verify(t.Context(), good)
			require.NoError(t, err)
		})
	}
}

func TestVerifyOfAnotherChallengeOfTheSamePerson(t *testing.T) {
	f := newFixture(t)
	other := by("another")
	a, codeA := f.start()
	b, codeB := f.startBy(other)
	require.ErrorIs(t, f.answer(a.ID, codeB), otp.ErrWrongCode)
	require.ErrorIs(t, f.answerBy(other, b.ID, codeA), otp.ErrWrongCode)
	require.NoError(t, f.answer(a.ID, codeA))
	require.NoError(t, f.answerBy(other, b.ID, codeB))
}

func TestVerifyInput(t *testing.T) {
	// The same source of randomness gives the same code each time.
	seeded := func(c *otp.Config) { c.Rand = otptest.Rand(1) }
	f := newFixture(t, seeded)
	c, code := f.start()
	s := code.Reveal()
	arabic, wide := "", ""
	for _, d := range s {
		arabic += string('٠' + d - '0')
		wide += string('０' + d - '0')
	}
	for _, malformed := range []string{"", " ", s[:5], s + "0", "O" + s[1:], s + "x", "½" + s[1:],
		"-1" + s[1:] + "22", "１２３４５"} {
		err := f.answer(c.ID, otp.NewCode(malformed))
		require.ErrorIs(t, err, otp.ErrMalformedCode, "%q", malformed)
		require.Equal(t, 5, refusal(err).AttemptsLeft, "no attempt is spent")
	}
	for _, typed := range []string{s, " " + s + "\n", s[:3] + " " + s[3:], s[:3] + "-" + s[3:],
		s[:3] + "\u2011" + s[3:], s[:2] + "." + s[2:4] + "." + s[4:],
		s[:3] + "\u00a0" + s[3:], "\u202a" + s + "\u202c", arabic, wide} {
		f := newFixture(t, seeded)
		c, code := f.start()
		require.Equal(t, s, code.Reveal())
		require.NoError(t, f.answer(c.ID, otp.NewCode(typed)), "%q", typed)
	}
}

func TestVerifyUnknown(t *testing.T) {
	f := newFixture(t)
	c, code := f.start()
	flipped := []byte(c.ID)
	for _, i := range []int{0, 14, 15, 35} {
		id := append([]byte(nil), flipped...)
		id[i] = map[bool]byte{true: 'B', false: 'A'}[id[i] == 'A']
		assert.ErrorIs(t, f.answer(string(id), code), otp.ErrNotFound)
	}
	for _, id := range []string{"", "x", c.ID[:35], c.ID + "A", c.ID[:35] + "\n", c.ID + "\n",
		c.ID[:34] + "=="} {
		assert.ErrorIs(t, f.answer(id, code), otp.ErrNotFound, "%q", id)
	}
	assert.Equal(t, 5, f.status(c.ID).AttemptsLeft)
}

// TestVerifyOrder checks the documented order: each step also meets the conditions of all
// later causes.
func TestVerifyOrder(t *testing.T) {
	f := newFixture(t)
	c, _ := f.start()
	f.start() // supersedes c
	f.fail(5)
	assert.ErrorIs(t, f.answer(c.ID, otp.NewCode("x")), otp.ErrSuperseded)

	f = newFixture(t)
	c, code := f.start()
	f.fail(5)
	assert.ErrorIs(t, f.answer(c.ID, otp.NewCode("x")), otp.ErrWait, "the wait before the form")
	assert.Equal(t, 30*time.Second, refusal(f.answer(c.ID, code)).RetryAfter)
	assert.Equal(t, 5, f.status(c.ID).AttemptsLeft, "nothing is spent while waiting")
	f.clock.Advance(10 * time.Minute)
	assert.ErrorIs(t, f.answer(c.ID, code), otp.ErrExpired)
}

func TestWaits(t *testing.T) {
	f := newFixture(t)
	for i, want := range []time.Duration{0, 0, 0, 0, 30 * time.Second, time.Minute, 2 * time.Minute,
		5 * time.Minute, 15 * time.Minute, time.Hour, time.Hour} {
		f.clock.Advance(24 * time.Hour)
		c, _ := f.start()
		f.fail(1)
		// A malformed code shows whether there is a wait, without ending the series of failures.
		err := f.answer(c.ID, otp.NewCode("x"))
		if want == 0 {
			require.ErrorIs(t, err, otp.ErrMalformedCode, "failure %d", i+1)
			continue
		}
		require.ErrorIs(t, err, otp.ErrWait)
		require.Equal(t, want, refusal(err).RetryAfter, "failure %d", i+1)
		_, err = f.Start(t.Context(), request(t))
		if want < 10*time.Minute {
			require.NoError(t, err, "a challenge outlasts the wait")
		} else {
			require.ErrorIs(t, err, otp.ErrWait)
			require.Equal(t, want, refusal(err).RetryAfter)
		}
		f.clock.Advance(want - time.Millisecond)
		require.NotErrorIs(t, f.answer(c.ID, otp.NewCode("x")), otp.ErrMalformedCode)
	}
}

func TestLockAndBlock(t *testing.T) {
	f := newFixture(t)
	step := func(n int) {
		for range n {
			f.clock.Advance(24 * time.Hour)
			f.fail(1)
		}
	}
	step(19)
	f.clock.Advance(24 * time.Hour)
	bystander, _ := f.start(func(q *otp.StartRequest) { q.Operator.ID = otp.NewSecret("another") })
	last, code := f.start()
	require.ErrorIs(t, f.answer(last.ID, wrong(code)), otp.ErrWrongCode) // the 20th
	require.Contains(t, f.events.kinds(), otp.EventLocked)
	assert.Equal(t, otp.Locked, f.status(last.ID).State)
	other := parties()
	other.Operator.ID = otp.NewSecret("another")
	s, err := f.Status(t.Context(), otp.Ref{Parties: other, ID: bystander.ID})
	require.NoError(t, err)
	assert.Equal(t, otp.Locked, s.State, "the lock is the person's, not the operator's")
	_, err = f.Start(t.Context(), request(t))
	require.ErrorIs(t, err, otp.ErrLocked)
	assert.Equal(t, time.Hour, refusal(err).RetryAfter)
	f.clock.Advance(time.Hour)
	f.start()

	step(80) // 100
	f.clock.Advance(48 * time.Hour)
	_, err = f.Start(t.Context(), request(t))
	require.ErrorIs(t, err, otp.ErrBlocked, "time does not lift the ceiling")
	require.NoError(t, f.ClearFailures(t.Context(), "", otp.NewSecret(person)))
	c, code := f.start()
	require.NoError(t, f.answer(c.ID, code))
}

func TestSuccessClearsFailures(t *testing.T) {
	f := newFixture(t)
	for range 5 {
		f.fail(4)
		c, code := f.start()
		require.NoError(t, f.answer(c.ID, code))
		f.clock.Advance(24 * time.Hour)
	}
}

func TestFailuresAreRemembered(t *testing.T) {
	f := newFixture(t)
	f.fail(4)
	f.clock.Advance(365*24*time.Hour - time.Second)
	c, code := f.start()
	require.ErrorIs(t, f.answer(c.ID, wrong(code)), otp.ErrWrongCode)
	require.ErrorIs(t, f.answer(c.ID, code), otp.ErrWait, "nearly a year later it is the fifth in a row")
	f.clock.Advance(365 * 24 * time.Hour)
	c, code = f.start()
	require.ErrorIs(t, f.answer(c.ID, wrong(code)), otp.ErrWrongCode)
	require.NoError(t, f.answer(c.ID, code))
}

func TestFailuresOfAnOperator(t *testing.T) {
	f := newFixture(t, func(c *otp.Config) {
		c.Policy.Limits.Failures = []otp.Rate{{Count: 3, Per: time.Hour}}
	})
	c, code := f.start()
	for range 10 {
		require.ErrorIs(t, f.answer("x", code), otp.ErrNotFound)
	}
	require.ErrorIs(t, f.answer(c.ID, wrong(code)), otp.ErrWrongCode)
	require.ErrorIs(t, f.answer(c.ID, otp.NewCode("12")), otp.ErrMalformedCode)
	require.ErrorIs(t, f.answer(c.ID, wrong(code)), otp.ErrWrongCode)
	err := f.answer(c.ID, code)
	require.ErrorIs(t, err, otp.ErrRateLimited,
		"nothing is compared beyond the limit, not even the right code")
	assert.Equal(t, otp.LimitFailures, refusal(err).Limit)
	assert.Equal(t, 20*time.Minute, refusal(err).RetryAfter)
}

func TestChecksPerSecond(t *testing.T) {
	f := newFixture(t, func(c *otp.Config) { c.Policy.Limits.Checks = nil })
	c, _ := f.start()
	for range 5 {
		require.ErrorIs(t, f.answer(c.ID, otp.NewCode("")), otp.ErrMalformedCode)
	}
	err := f.answer(c.ID, otp.NewCode(""))
	require.ErrorIs(t, err, otp.ErrRateLimited)
	assert.Equal(t, otp.LimitChecks, refusal(err).Limit)
	assert.Equal(t, time.Second, refusal(err).RetryAfter)
}

func TestPepperRotation(t *testing.T) {
	f := newFixture(t)
	c, code := f.start()
	rotate := func(current string, ids ...string) {
		keys := otp.Keyring{Current: current, Peppers: map[string]otp.Pepper{}}
		for _, id := range ids {
			keys.Peppers[id] = otptest.Pepper(id[0])
		}
		require.NoError(t, f.SetKeys(keys))
	}
	rotate("b", "a", "b")
	require.ErrorContains(t, f.SetKeys(otp.Keyring{Current: "c"}), "names no pepper", "the others stay")
	require.ErrorContains(t, f.SetKeys(otp.Keyring{Current: "r",
		Peppers: map[string]otp.Pepper{"r": f.config.RecordKey}}), "RecordKey is pepper")
	f.clock.Advance(30 * time.Second)
	_, err := f.resend(c.ID)
	require.NoError(t, err)
	assert.Equal(t, code.Reveal(), f.sent.Last().Code.Reveal(), "the challenge keeps its pepper")
	require.NoError(t, f.answer(c.ID, code))
	c, code = f.start()
	rotate("b", "b")
	require.NoError(t, f.answer(c.ID, code), "new challenges use the current pepper")

	c, code = f.start()
	rotate("c", "c")
	for range 2 {
		err = f.answer(c.ID, code)
		require.ErrorIs(t, err, otp.ErrUnavailable, "without the pepper nobody can tell")
	}
	assert.Equal(t, 5, f.status(c.ID).AttemptsLeft)
	assert.Contains(t, f.events.kinds(), otp.EventFault)

	fake := f.config
	fake.Keys = otp.Keyring{Current: "b", Peppers: map[string]otp.Pepper{"b": otptest.Pepper('x')}}
	f.Challenges, err = otp.New(fake)
	require.NoError(t, err)
	require.ErrorIs(t, f.answer(c.ID, code), otp.ErrWrongCode,
		"a pepper of another content under the id fits no code")
}

func TestErrorsAreOneRefusal(t *testing.T) {
	f := newFixture(t)
	c, code := f.start()
	err := f.answer(c.ID, wrong(code))
	var r *otp.Refusal
	require.True(t, errors.As(err, &r))
	causes := 0
	for _, cause := range []otp.Error{otp.ErrWrongCode, otp.ErrExpired, otp.ErrAlreadyUsed, otp.ErrNotFound,
		otp.ErrUnavailable} {
		if errors.Is(err, cause) {
			causes++
		}
	}
	assert.Equal(t, 1, causes)
	assert.Equal(t, "wrong code", err.Error())
	assert.Equal(t, "too many requests (phone), again in 2 s",
		(&otp.Refusal{Cause: otp.ErrRateLimited, Limit: otp.LimitPhone,
			RetryAfter: 1100 * time.Millisecond}).Error())
}
