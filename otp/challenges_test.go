package otp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

// These are the people of the tests. The numbers and codes are not assigned to anybody.
const (
	phone      = "+393510000067"
	otherPhone = "+393510000012"
	person     = "RSSMRA80A01H501U"
	operatorID = "VRDLGI75C02F205X"
)

// A fixture is Challenges with a clock, a sender, and records of everything that comes out.
type fixture struct {
	*otp.Challenges
	t      testing.TB
	clock  *otptest.Clock
	sent   *otptest.Recorder
	config otp.Config
	events *eventLog
	logs   *syncBuffer
	failed int // operators of fail
}

type eventLog struct {
	mu   sync.Mutex
	list []otp.Event
}

func (l *eventLog) add(_ context.Context, e otp.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, e)
}

func (l *eventLog) kinds() (kinds []otp.EventKind) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.list {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// newFixture sets no limits by count and time, and lets an operator start as often as the person's
// limit allows; change may set others.
func newFixture(t testing.TB, change ...func(*otp.Config)) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: &otptest.Clock{}, sent: &otptest.Recorder{}, events: &eventLog{},
		logs: &syncBuffer{}}
	f.config = otptest.Config(f.sent, f.clock)
	f.config.Policy.Limits, f.config.Policy.PerOperator = otptest.Unlimited(), 10
	f.config.Events = f.events.add
	f.config.Logger = slog.New(slog.NewJSONHandler(f.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for _, c := range change {
		c(&f.config)
	}
	var err error
	f.Challenges, err = otp.New(f.config)
	require.NoError(t, err)
	return f
}

func mustPhone(t testing.TB, s string) otp.Phone {
	t.Helper()
	p, err := otp.ParsePhone(s)
	require.NoError(t, err)
	return p
}

func sms(t testing.TB, number string) otp.Contact {
	return otp.Contact{Channel: otp.SMS, Phone: mustPhone(t, number), VerifiedAt: time.Unix(1_700_000_000, 0)}
}

func parties() otp.Parties {
	return otp.Parties{Operator: otp.Operator{IdentityProvider: "https://login.example",
		ID: otp.NewSecret(operatorID)},
		Subject: otp.NewSecret(person)}
}

func request(t testing.TB) otp.StartRequest {
	return otp.StartRequest{
		Parties:  parties(),
		Terms:    otp.Terms{Organisation: "COMUNE DI ROMA", Purpose: "parking", Scope: "benefit:parking"},
		Contacts: []otp.Contact{sms(t, phone)},
	}
}

func (f *fixture) start(change ...func(*otp.StartRequest)) (otp.Challenge, otp.Code) {
	f.t.Helper()
	q := request(f.t)
	for _, c := range change {
		c(&q)
	}
	c, err := f.Start(f.t.Context(), q)
	require.NoError(f.t, err)
	return c, f.sent.Last().Code
}

func (f *fixture) answer(id string, code otp.Code) error {
	_, err := f.Verify(f.t.Context(), otp.VerifyRequest{Parties: parties(), ID: id, Code: code})
	return err
}

func (f *fixture) resend(id string, contacts ...otp.Contact) (otp.Challenge, error) {
	if contacts == nil {
		contacts = []otp.Contact{sms(f.t, phone)}
	}
	return f.Resend(f.t.Context(), otp.ResendRequest{Parties: parties(), ID: id, Contacts: contacts})
}

func (f *fixture) status(id string) otp.Challenge {
	f.t.Helper()
	c, err := f.Status(f.t.Context(), otp.Ref{Parties: parties(), ID: id})
	require.NoError(f.t, err)
	return c
}

// by returns the parties with another operator.
func by(operator string) otp.Parties {
	p := parties()
	p.Operator.ID = otp.NewSecret(operator)
	return p
}

func (f *fixture) answerBy(p otp.Parties, id string, code otp.Code) error {
	_, err := f.Verify(f.t.Context(), otp.VerifyRequest{Parties: p, ID: id, Code: code})
	return err
}

// startBy waits as long as each refusal asks.
func (f *fixture) startBy(p otp.Parties) (otp.Challenge, otp.Code) {
	f.t.Helper()
	q := request(f.t)
	q.Parties = p
	for range 10 {
		c, err := f.Start(f.t.Context(), q)
		if err == nil {
			return c, f.sent.Last().Code
		}
		require.Positive(f.t, refusal(err).RetryAfter, "%v", err)
		f.clock.Advance(refusal(err).RetryAfter)
	}
	require.FailNow(f.t, "no start after ten waits")
	return otp.Challenge{}, otp.Code{}
}

// fail lets new operators give n wrong codes, two each, and waits as long as each refusal asks.
func (f *fixture) fail(n int) {
	f.t.Helper()
	for n > 0 {
		f.failed++
		who := by(fmt.Sprint("failing ", f.failed))
		c, code := f.startBy(who)
		for range min(n, 2) {
			f.clock.Advance(refusal(f.answerBy(who, c.ID, otp.NewCode("x"))).RetryAfter)
			err := f.answerBy(who, c.ID, wrong(code))
			if errors.Is(err, otp.ErrExpired) {
				break // the wait was longer than the challenge
			}
			require.ErrorIs(f.t, err, otp.ErrWrongCode)
			n--
		}
		f.Cancel(f.t.Context(), otp.Ref{Parties: who, ID: c.ID}) // it may be locked
	}
}

func wrong(right otp.Code) otp.Code {
	b := []byte(right.Reveal())
	b[0] = '0' + (b[0]-'0'+1)%10
	return otp.NewCode(string(b))
}

func refusal(err error) otp.Refusal {
	var r *otp.Refusal
	if errors.As(err, &r) {
		return *r
	}
	return otp.Refusal{}
}
