package otptest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
)

// A Behaviour is a way in which a provider treats the sender under test. It is one of the
// constants or a key of SenderSetup.Refusals.
type Behaviour string

// These behaviours exist for every protocol.
const (
	// Accepts takes every message.
	Accepts Behaviour = "accepts"
	// Dead does not listen.
	Dead Behaviour = "dead"
	// DropsFirst resets each connection before it reads anything.
	DropsFirst Behaviour = "drops first"
	// DropsLast reads the whole message and resets the connection without an answer.
	DropsLast Behaviour = "drops last"
	// Silent reads the whole message and never answers.
	Silent Behaviour = "silent"
	// Drips answers one byte at a time and never ends.
	Drips Behaviour = "drips"
	// Floods sends an endless answer as fast as it can.
	Floods Behaviour = "floods"
)

// A SenderSetup tells [TestSender] how to reach the sender under test. [HTTPSender] makes one
// for providers that speak HTTP.
type SenderSetup struct {
	// Provider starts a provider with behaviour b and returns a new sender that talks to it. It
	// registers the stop with t.Cleanup. Required.
	Provider func(t *testing.T, b Behaviour) otp.Sender
	// Refusals are the provider's refusing answers, each with the class that the sender must
	// return, and with the code and the wait if they are not empty.
	Refusals map[Behaviour]otp.SendError
	// Message is the message to send; zero means [Message].
	Message otp.Message
	// Secrets are the sender's secrets, such as a password. The suite fails if one of them is
	// readable anywhere, and names it by its index.
	Secrets []string

	slow []Behaviour        // further behaviours that end with the deadline
	also func(t *testing.T) // further tests of this protocol alone
}

// Message returns an SMS in Italian as package otp makes it.
func Message() otp.Message {
	to, err := otp.ParsePhone("+393331234567")
	if err != nil {
		panic(err) // a constant
	}
	return otp.Message{
		ID: "Qm9yc2FMdW5nYUFiY2RlZmdoaWprbG1ub3Bx.1", To: to, Channel: otp.SMS,
		Text: otp.NewText(
			"482913 codice INPS: COMUNE DI ROMA vede solo sì o no, n. 47. Lo dica solo a chi ha davanti, " +
				"MAI al telefono."),
		Code: otp.NewCode("482913"), Comparison: "47", DisplayName: "INPS", Organisation: "COMUNE DI ROMA",
		Extent: otp.ExtentYesNo, Locale: "it", Life: 10 * time.Minute, Send: 1,
	}
}

// TestSender checks the rules of [otp.Sender]: that a sender distinguishes definite failures from
// ambiguous ones, keeps deadlines, survives providers that misbehave, and shows neither number,
// text, code nor its own secrets. Run it with the race detector on.
func TestSender(t *testing.T, s SenderSetup) {
	if s.Message.To.IsZero() {
		s.Message = Message()
	}
	t.Run("accepts", s.accepts)
	t.Run("refusals", s.refusals)
	t.Run("breaks", s.breaks)
	t.Run("deadline", s.deadline)
	t.Run("cancellation", s.cancellation)
	t.Run("impossible messages", s.impossible)
	t.Run("capabilities", s.capabilities)
	t.Run("readiness", s.readiness)
	t.Run("foreign receipts", s.foreignReceipts)
	if s.also != nil {
		t.Run("mutilated answers", s.also)
	}
}

// send sends m and checks the conditions of every result.
func (s SenderSetup) send(t *testing.T, ctx context.Context, sender otp.Sender,
	m otp.Message) (otp.Submission, error) {
	t.Helper()
	got, err := sender.Send(ctx, m)
	s.hidden(t, m, "submission", got)
	s.hidden(t, m, "sender", sender)
	if err == nil {
		assert.NotEmpty(t, got.Provider, "Submission.Provider")
		return got, nil
	}
	assert.Zero(t, got, "a submission comes with an error")
	var e *otp.SendError
	if assert.ErrorAs(t, err, &e, "error is not a *otp.SendError") {
		assert.NotEmpty(t, e.Provider, "SendError.Provider")
		assert.LessOrEqual(t, len(e.Code), 32, "SendError.Code")
	}
	s.hiddenChain(t, m, err)
	return got, err
}

// withoutTime drops the time from log records, because its digits may be those of a code.
func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// hidden fails if v shows a secret in any of the ways in which values are printed. It says which
// secret and where, and never prints the secret itself.
func (s SenderSetup) hidden(t *testing.T, m otp.Message, what string, v any) {
	t.Helper()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{ReplaceAttr: withoutTime})).Info("x", "v", v)
	shown := []struct{ how, text string }{{"as JSON in a log", log.String()}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		shown = append(shown, struct{ how, text string }{"with " + verb, fmt.Sprintf(verb, v)})
	}
	secrets := []struct{ name, text string }{{"the phone's number", strings.TrimPrefix(m.To.Reveal(), "+")},
		{"the code", m.Code.Reveal()}, {"the text", m.Text.Reveal()}}
	for i, secret := range s.Secrets {
		secrets = append(secrets, struct{ name, text string }{fmt.Sprintf("Secrets[%d]", i), secret})
	}
	for _, secret := range secrets {
		for _, print := range shown {
			if secret.text != "" && strings.Contains(print.text, secret.text) {
				t.Errorf("the %s, a %T, shows %s when it is printed %s", what, v, secret.name, print.how)
				break
			}
		}
	}
}

// hiddenChain calls hidden for err and for all errors that it wraps.
func (s SenderSetup) hiddenChain(t *testing.T, m otp.Message, err error) {
	t.Helper()
	for i, one := range chain(err) {
		what := "error"
		if i > 0 {
			what = "wrapped error"
		}
		s.hidden(t, m, what, one)
	}
}

// chain returns err and all errors that it wraps.
func chain(err error) []error {
	all := []error{err}
	switch u := err.(type) {
	case interface{ Unwrap() error }:
		if in := u.Unwrap(); in != nil {
			all = append(all, chain(in)...)
		}
	case interface{ Unwrap() []error }:
		for _, in := range u.Unwrap() {
			all = append(all, chain(in)...)
		}
	}
	return all
}

func (s SenderSetup) accepts(t *testing.T) {
	sender := s.Provider(t, Accepts)
	first, err := s.send(t, within(t, 10*time.Second), sender, s.Message)
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			got, err := s.send(t, within(t, 10*time.Second), sender, s.Message)
			assert.NoError(t, err)
			assert.Equal(t, first.Provider, got.Provider)
		})
	}
	all.Wait()
}

func (s SenderSetup) refusals(t *testing.T) {
	assert.NotEmpty(t, s.Refusals, "a provider that refuses nothing is not documented")
	for _, name := range slices.Sorted(maps.Keys(s.Refusals)) {
		want := s.Refusals[name]
		t.Run(string(name), func(t *testing.T) {
			_, err := s.send(t, within(t, 10*time.Second), s.Provider(t, name), s.Message)
			var e *otp.SendError
			require.ErrorAs(t, err, &e)
			assert.Equal(t, want.Class.String(), e.Class.String())
			assert.Equal(t, want.RetryAfter, e.RetryAfter)
			if want.Code != "" {
				assert.Equal(t, want.Code, e.Code)
			}
		})
	}
}

func (s SenderSetup) breaks(t *testing.T) {
	for b, allowed := range map[Behaviour][]otp.ErrorClass{
		Dead: {otp.ClassUnavailable},
		// A writer cannot know whether the connection is dead.
		DropsFirst: {otp.ClassUnavailable, otp.ClassAmbiguous},
		DropsLast:  {otp.ClassAmbiguous},
		Floods:     {otp.ClassAmbiguous},
	} {
		t.Run(string(b), func(t *testing.T) {
			ctx := within(t, 20*time.Second)
			_, err := s.send(t, ctx, s.Provider(t, b), s.Message)
			require.Error(t, err)
			assert.Contains(t, allowed, otp.ClassOf(err))
			assert.NoError(t, ctx.Err(), "it took until the deadline")
		})
	}
}

func (s SenderSetup) deadline(t *testing.T) {
	for _, b := range append([]Behaviour{Silent, Drips}, s.slow...) {
		t.Run(string(b), func(t *testing.T) {
			sender := s.Provider(t, b)
			err := patiently(otp.ClassAmbiguous, func(d time.Duration) error {
				start := time.Now()
				_, err := s.send(t, within(t, d), sender, s.Message)
				assert.Less(t, time.Since(start), d+patience)
				return err
			})
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, otp.ClassAmbiguous, otp.ClassOf(err), "the message may have gone out")
		})
	}
}

func (s SenderSetup) cancellation(t *testing.T) {
	t.Run("while waiting", func(t *testing.T) {
		sender := s.Provider(t, Silent)
		err := patiently(otp.ClassAmbiguous, func(d time.Duration) error {
			ctx, cancel := context.WithCancel(t.Context())
			defer time.AfterFunc(d, cancel).Stop()
			start := time.Now()
			_, err := s.send(t, ctx, sender, s.Message)
			assert.Less(t, time.Since(start), d+patience)
			return err
		})
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, otp.ClassAmbiguous, otp.ClassOf(err), "the message may have gone out")
	})
	t.Run("before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.send(t, ctx, s.Provider(t, Accepts), s.Message)
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, otp.ClassUnavailable, otp.ClassOf(err), "nothing was sent")
	})
}

func (s SenderSetup) impossible(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*otp.Message)
		class  otp.ErrorClass
	}{
		"no phone": {func(m *otp.Message) { m.To = otp.Phone{} }, otp.ClassInvalidRecipient},
		"no text nor code": {func(m *otp.Message) { m.Text, m.Code = otp.Text{}, otp.Code{} },
			otp.ClassRejected},
		"no channel":    {func(m *otp.Message) { m.Channel = "" }, otp.ClassRejected},
		"printed list":  {func(m *otp.Message) { m.Channel = otp.List }, otp.ClassRejected},
		"no life left":  {func(m *otp.Message) { m.Life = 0 }, otp.ClassRejected},
		"negative life": {func(m *otp.Message) { m.Life = -time.Second }, otp.ClassRejected},
	} {
		t.Run(name, func(t *testing.T) {
			m := s.Message
			c.change(&m)
			// Dead ensures that the class shows that no provider was asked.
			_, err := s.send(t, within(t, 10*time.Second), s.Provider(t, Dead), m)
			require.Error(t, err)
			assert.Equal(t, c.class.String(), otp.ClassOf(err).String())
		})
	}
}

func (s SenderSetup) capabilities(t *testing.T) {
	sender, ok := s.Provider(t, Dead).(otp.CapableSender)
	if !ok {
		t.Skip("the sender does not tell its capabilities")
	}
	channels := sender.Capabilities().Channels
	if channels == nil {
		channels = []otp.Channel{otp.SMS}
	}
	assert.Contains(t, channels, s.Message.Channel)
	for _, c := range []otp.Channel{otp.SMS, otp.Voice} {
		m := s.Message
		m.Channel = c
		_, err := s.send(t, within(t, 10*time.Second), sender, m)
		want := otp.ClassUnavailable
		if !slices.Contains(channels, c) {
			want = otp.ClassRejected
		}
		assert.Equal(t, want.String(), otp.ClassOf(err).String(), "channel %s", c)
	}
}

func (s SenderSetup) readiness(t *testing.T) {
	sender, ok := s.Provider(t, Dead).(otp.ReadySender)
	if !ok {
		t.Skip("the sender does not know whether it is ready")
	}
	err := sender.Ready(within(t, 10*time.Second))
	require.Error(t, err)
	s.hiddenChain(t, s.Message, err)
	start := time.Now()
	assert.Error(t, s.Provider(t, Silent).(otp.ReadySender).Ready(within(t, 300*time.Millisecond)))
	assert.Less(t, time.Since(start), patience)
}

// endless counts what is read of it.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	e.read += len(b)
	return len(b), nil
}

func (s SenderSetup) foreignReceipts(t *testing.T) {
	sender, ok := s.Provider(t, Dead).(otp.ReceiptSender)
	if !ok {
		t.Skip("the sender does not take receipts")
	}
	refuse := func(r *http.Request) {
		t.Helper()
		got, err := sender.ParseReceipts(r)
		assert.Error(t, err)
		assert.Empty(t, got, "a receipt comes with an error")
		s.hiddenChain(t, s.Message, err)
	}
	number := strings.TrimPrefix(s.Message.To.Reveal(), "+")
	for _, body := range []string{"", "{}", "[]", "null", "a=b", "%", "{", "\x00\xff",
		`{"to":"` + number + `"}`, "to=" + number} {
		for _, kind := range []string{"", "application/json", "application/x-www-form-urlencoded",
			"multipart/form-data; boundary=x"} {
			for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodPut} {
				for _, query := range []string{"", "?id=" + s.Message.ID,
					"?t=" + s.Message.ID + ".AAAAAAAAAAAAAAAAAAAAAA", "?%", "?t=a&t=b"} {
					r := httptest.NewRequest(method, "http://receipts.example/x", strings.NewReader(body))
					r.URL.RawQuery = strings.TrimPrefix(query, "?")
					r.Header.Set("Content-Type", kind)
					refuse(r)
				}
			}
		}
	}
	var long endless
	refuse(httptest.NewRequest(http.MethodPost, "http://receipts.example/x", io.NopCloser(&long)))
	assert.LessOrEqual(t, long.read, 1<<20, "read too much of a receipt")
	broken := httptest.NewRequest(http.MethodPost, "http://receipts.example/x", io.NopCloser(io.MultiReader(
		strings.NewReader("a=b"), errReader{})))
	refuse(broken)
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("connection lost") }
