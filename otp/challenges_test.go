package otp_test

import (
	"bytes"
	"context"
	"errors"
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

// newFixture sets no limits by count and time; change may add some.
func newFixture(t testing.TB, change ...func(*otp.Config)) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: &otptest.Clock{}, sent: &otptest.Recorder{}, events: &eventLog{},
		logs: &syncBuffer{}}
	f.config = otptest.Config(f.sent, f.clock)
	f.config.Policy.Limits = otptest.Unlimited()
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

// fail spends n attempts on new challenges and waits as long as each refusal asks.
func (f *fixture) fail(n int) {
	f.t.Helper()
	for rounds := 0; n > 0; rounds++ {
		require.Less(f.t, rounds, 100, "failures are not counted")
		c, code := f.start()
		for range 5 {
			f.clock.Advance(refusal(f.answer(c.ID, otp.NewCode("x"))).RetryAfter)
			if err := f.answer(c.ID, wrong(code)); !errors.Is(err, otp.ErrWrongCode) {
				break
			}
			if n--; n == 0 {
				return
			}
		}
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
