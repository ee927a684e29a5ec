package service_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/service"
)

const (
	issuerName = "https://qr.example.it"
	person     = "RSSMRA80A01H501U" // civil invalidity, 74 %, and L. 104
	stranger   = "BNCNNA08S42H501X" // known to the registry, holds another paper
	nobody     = "VRDLGU80A41H501U" // in no registry
	operator   = "operator-secret-id"
	phone      = "+393510000067"
	actNumber  = "IC 2020/000417" // of every act
	actBody    = "INPS, commissione di Roma"
)

// world is an issuer with everything, served over HTTP, and a desk that trusts it.
type world struct {
	service  service.Config
	body     *service.Service // made of it
	issuer   *token.Issuer
	clock    *otptest.Clock
	sent     *otptest.Recorder
	access   *accessLog
	registry *registry
	logs     *lockedBuffer
	other    bool // the person's number is another by now
	server   *httptest.Server
	client   *verifier.Client
}

// accessLog keeps records in memory; with Fail it keeps none.
type accessLog struct {
	mu      sync.Mutex
	records []service.Access
	fail    error
}

func (l *accessLog) Append(_ context.Context, a service.Access) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return l.fail
	}
	l.records = append(l.records, a)
	return nil
}

// registry counts lookups and can be down.
type registry struct {
	mu      sync.Mutex
	static  status.Static
	lookups int
	before  func()
}

func (r *registry) Lookup(ctx context.Context, cf codicefiscale.Code) (status.Record, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lookups++
	if r.before != nil {
		r.before()
	}
	return r.static.Lookup(ctx, cf)
}

// lockedBuffer is a buffer that many goroutines write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func code(t testing.TB, text string) codicefiscale.Code {
	t.Helper()
	cf, err := codicefiscale.Parse(text)
	require.NoError(t, err)
	return cf
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// signer is a key that follows from its seed, so that nothing of a test is random.
func signer(seed byte) *ecdsa.PrivateKey {
	return must(ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{seed}, 32)))
}

// invalid is a history with a percentage.
func invalid(percent int, degree status.Degree) status.Record {
	day := status.Date(20200110)
	return status.Record{Birth: 19800101, Verbali: []status.Verbale{
		{ID: "1", Kind: status.KindFirst, Domain: status.CivilInvalidity, Decision: day, Effect: 20191210, Definitive: true,
			Number: actNumber, Body: actBody, Outcome: status.Outcome{Degree: degree, Percent: percent}},
	}}
}

// newWorld makes one; change alters the service before it is served.
func newWorld(t testing.TB, change func(*world)) *world {
	t.Helper()
	w := &world{clock: &otptest.Clock{}, sent: &otptest.Recorder{}, access: &accessLog{}, logs: &lockedBuffer{}}
	w.registry = &registry{static: status.Static{Records: map[codicefiscale.Code]status.Record{
		code(t, person):   invalid(74, status.DegreeOverTwoThirds),
		code(t, stranger): invalid(50, status.DegreeOverThird),
	}}}
	complete := w.registry.static.Records[code(t, stranger)]
	complete.Complete = true
	w.registry.static.Records[code(t, stranger)] = complete
	key := must(token.NewSigningKey(issuerName, signer(7)))
	config := otptest.Config(w.sent, w.clock)
	config.Logger = slog.New(slog.NewTextHandler(w.logs, nil))
	w.issuer = &token.Issuer{Keys: []*token.SigningKey{key}, Now: w.clock.Now,
		References: []token.ReferenceKey{must(token.NewReferenceKey(1, bytes.Repeat([]byte{9}, 32)))}}
	w.service = service.Config{
		Signer:     func(context.Context) (*token.Issuer, error) { return w.issuer, nil },
		Keys:       func() ([]token.PublicKey, error) { return []token.PublicKey{key.Public()}, nil },
		Source:     w.registry,
		VoidBefore: func(context.Context, codicefiscale.Code) (time.Time, error) { return time.Time{}, nil },
		Benefits:   benefit.Default(),
		OTP:        must(otp.New(config)),
		Contacts: func(context.Context, codicefiscale.Code) ([]otp.Contact, error) {
			number := phone
			if w.other {
				number = "+393510000068"
			}
			return []otp.Contact{{Channel: otp.SMS, Phone: must(otp.ParsePhone(number)), VerifiedAt: w.clock.Now().AddDate(-1, 0, 0)}}, nil
		},
		Authenticate: func(r *http.Request) (service.Operator, error) {
			switch r.Header.Get("Authorization") {
			case "Bearer good":
				return service.Operator{Issuer: "https://login.example", ID: operator}, nil
			case "Bearer broken":
				return service.Operator{}, errors.New("identity provider is down")
			}
			return service.Operator{}, service.ErrUnauthenticated
		},
		AccessLog: w.access,
		Limiter:   &otp.MemoryLimiter{Clock: w.clock.Now},
		Now:       w.clock.Now,
		Log:       slog.New(slog.NewTextHandler(w.logs, nil)),
	}
	if change != nil {
		change(w)
	}
	var err error
	w.body, err = service.New(w.service)
	require.NoError(t, err)
	w.server = httptest.NewServer(w.body.Handler())
	t.Cleanup(w.server.Close)
	w.client = must(verifier.New(verifier.Issuer{Name: issuerName, Address: w.server.URL,
		Keys: []token.PublicKey{key.Public()}, KeysAsOf: w.clock.Now()}))
	w.client.Now = w.clock.Now
	w.client.Authorize = func(r *http.Request) error { r.Header.Set("Authorization", "Bearer good"); return nil }
	return w
}

func (w *world) paper(t testing.TB, cf string) string {
	t.Helper()
	jws, _, err := w.issuer.Issue(code(t, cf))
	require.NoError(t, err)
	return jws
}

// post sends a body as it is and returns the answer with its text.
func (w *world) post(t testing.TB, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, w.server.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	for n := 0; n < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	return do(t, r)
}

func do(t testing.TB, r *http.Request) (*http.Response, string) {
	t.Helper()
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, string(text)
}

func body(members ...string) string {
	m := map[string]string{}
	for n := 0; n < len(members); n += 2 {
		m[members[n]] = members[n+1]
	}
	return string(must(json.Marshal(m)))
}

// lastCode is the code in the last message.
func (w *world) lastCode() string { return w.sent.Last().Code.Reveal() }

// noPersonalData searches texts, headers and the log for what must be nowhere.
func (w *world) noPersonalData(t testing.TB, text string, header http.Header) {
	t.Helper()
	secrets := []string{person, stranger, nobody, phone[3:], operator, "eyJhbGciOiJFUzI1NiIs"}
	for _, m := range w.sent.Messages() {
		secrets = append(secrets, m.Code.Reveal())
	}
	for name, where := range map[string]string{"answer": text, "header": fmt.Sprint(header), "log": w.logs.String()} {
		for _, secret := range secrets {
			if strings.Contains(strings.ToUpper(where), strings.ToUpper(secret)) {
				t.Errorf("%s holds %q: %s", name, secret, where)
			}
		}
	}
}
