package main

import (
	"context"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// The people of the registry, and nobody, whom it does not know.
const (
	anna   = "BNCNNA08S42H501X" // a judgement that the registry does not hold
	nobody = "VRDLGU80A41H501U"
)

// world is an issuing body with a running service, whose parts a test can make fail.
type world struct {
	body
	service service.Config
	sent    *otptest.Recorder
	server  *httptest.Server
	mu      sync.Mutex
	offset  time.Duration // of the issuer's clock
	voidAt  time.Time
	phone   string
	failing error // of the registry
	tied    bool  // mario has a second act, which contradicts the first
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.offset)
}

// advance moves the issuer's clock.
func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offset += d
}

// Lookup implements status.Source; it fails if the test says so.
func (w *world) Lookup(ctx context.Context, cf codicefiscale.Code) (status.Record, error) {
	if w.failing != nil {
		return status.Record{}, w.failing
	}
	day := status.DateOf(time.Now().AddDate(-3, 0, 0))
	verbale := status.Verbale{ID: "1", Domain: status.CivilInvalidity, Kind: status.KindFirst, Decision: day,
		Effect: day, Definitive: true}
	r := status.Record{Birth: status.DateOf(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)),
		Verbali: []status.Verbale{verbale}, Complete: true}
	switch cf.Reveal() {
	case mario:
		r.Verbali[0].Outcome = status.Outcome{Degree: status.DegreeOverTwoThirds, Percent: 80,
			Annotations: status.NoAnnotations()}
		r.Verbali[0].Number, r.Verbali[0].Body = "IC 417/2023", "INPS, commissione di Roma"
		if w.tied {
			verbale.ID, verbale.Outcome = "2", status.Outcome{Degree: status.DegreeNone}
			r.Verbali = append(r.Verbali, verbale)
		}
	case anna:
		r.Verbali[0].NotHeld = status.ClassCourt
	default:
		return status.Record{}, status.ErrNoStatus
	}
	return r, nil
}

// newWorld starts an issuer. change may remove parts of the service first.
func newWorld(t testing.TB, change func(*world)) *world {
	t.Helper()
	w := &world{body: newBody(t, issuerName), sent: &otptest.Recorder{}, phone: "+393510000067"}
	config := otptest.Config(w.sent, nil)
	config.Store, config.Limiter = &otp.MemoryStore{Clock: w.now}, &otp.MemoryLimiter{Clock: w.now}
	config.Policy.Limits, config.Policy.PerOperator = otptest.Unlimited(), 10
	gate, err := otp.New(config)
	require.NoError(t, err)
	w.issuer.Now = w.now
	w.server = servicetest.New(t, func(b *servicetest.Body) {
		b.Signer = w.issuer
		w.service = b.Config
		c := &w.service
		c.Source, c.OTP, c.Limiter, c.Now = w, gate, unlimited{}, w.now
		c.VoidBefore = func(context.Context, codicefiscale.Code) (time.Time, error) { return w.voidAt, nil }
		c.Contacts = func(context.Context, codicefiscale.Code) ([]otp.Contact, error) {
			if w.phone == "" {
				return nil, nil
			}
			phone, err := otp.ParsePhone(w.phone)
			verified := time.Now().AddDate(-1, 0, 0)
			return []otp.Contact{{Channel: otp.SMS, Phone: phone, VerifiedAt: verified}}, err
		}
		if change != nil {
			change(w)
		}
		b.Config = w.service
	}).Server
	return w
}

// unlimited is a limiter that allows everything.
type unlimited struct{}

func (unlimited) Take(context.Context, []otp.Bucket) (otp.Decision, error) {
	return otp.Decision{OK: true, Remaining: 1}, nil
}

// paper issues a person's QR text of the given age and writes it to a file.
func (w *world) paper(t *testing.T, person string, age time.Duration) string {
	t.Helper()
	cf, err := codicefiscale.Parse(person)
	require.NoError(t, err)
	issuer := *w.issuer
	issuer.Keys[0].Dates = token.Dates{}
	issuer.Now = func() time.Time { return time.Now().Add(-age) }
	jws, _, err := issuer.Issue(t.Context(), cf)
	require.NoError(t, err)
	return write(t, issuerName+"/q#"+jws)
}

// write writes a text to a new file and returns its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "paper.txt")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// command runs the program at this issuer, unless the arguments name another address.
func (w *world) command(t *testing.T, in io.Reader, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e strings.Builder
	all := append([]string{args[0], "-jwks", w.jwks, "-issuer", w.server.URL}, args[1:]...)
	code = cli.Run(t.Context(), "verifier", about, commands(), all, cli.Streams{In: in, Out: &o, Err: &e})
	return code, o.String(), e.String()
}
