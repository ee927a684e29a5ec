// Package issuertest is an issuing body for the tests of those who check: the real service of package verifier/service over
// HTTP, with the people of the demonstration as its registry and a telephone whose messages the test reads.
package issuertest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// Name is the issuer's.
const Name = "https://qr.example.it"

// Bearer is the access token of the only operator.
const Bearer = "operator"

// Issuer is an issuing body. Clock, Service and Void may be changed before [Issuer.Serve], Clock and Void after it too.
type Issuer struct {
	Service service.Config
	// Clock is the service's and the tokens'; it begins on 20 November 2026.
	Clock *otptest.Clock
	// Sent are the messages to telephones.
	Sent   *otptest.Recorder
	Server *httptest.Server

	mu     sync.Mutex
	void   map[codicefiscale.Code]time.Time
	access []service.Access
}

// New makes one that is not served yet.
func New(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{Clock: &otptest.Clock{}, Sent: &otptest.Recorder{}, void: make(map[codicefiscale.Code]time.Time)}
	i.Clock.Advance(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC).Sub(i.Clock.Now()))
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	key, err := token.NewSigningKey(Name, private)
	require.NoError(t, err)
	reference, err := token.NewReferenceKey(1, bytes.Repeat([]byte{9}, 32))
	require.NoError(t, err)
	gate, err := otp.New(otptest.Config(i.Sent, i.Clock))
	require.NoError(t, err)
	records := make(map[codicefiscale.Code]status.Record)
	phones := make(map[codicefiscale.Code]string)
	for _, p := range demo.Personas() {
		if p.Registered() {
			records[p.CF] = status.Record{Birth: p.Birth, Verbali: p.Verbali}
			phones[p.CF] = p.Phone
		}
	}
	issuer := &token.Issuer{Keys: []*token.SigningKey{key}, References: []token.ReferenceKey{reference}, Now: i.Clock.Now}
	i.Service = service.Config{
		Signer:     func(context.Context) (*token.Issuer, error) { return issuer, nil },
		Keys:       func() ([]token.PublicKey, error) { return []token.PublicKey{key.Public()}, nil },
		Source:     &status.Static{Records: records},
		VoidBefore: func(_ context.Context, cf codicefiscale.Code) (time.Time, error) { return i.voidBefore(cf), nil },
		Benefits:   benefit.Default(),
		OTP:        gate,
		Contacts: func(_ context.Context, cf codicefiscale.Code) ([]otp.Contact, error) {
			phone, err := otp.ParsePhone(phones[cf])
			if err != nil {
				return nil, nil
			}
			return []otp.Contact{{Channel: otp.SMS, Phone: phone, VerifiedAt: i.Clock.Now()}}, nil
		},
		Authenticate: func(r *http.Request) (service.Operator, error) {
			if r.Header.Get("Authorization") != "Bearer "+Bearer {
				return service.Operator{}, service.ErrUnauthenticated
			}
			return service.Operator{ID: "operator"}, nil
		},
		AccessLog: i,
		Limiter:   &otp.MemoryLimiter{Clock: i.Clock.Now},
		Now:       i.Clock.Now,
	}
	return i
}

// Serve starts the service until the test ends.
func (i *Issuer) Serve(t testing.TB) *Issuer {
	t.Helper()
	body, err := service.New(i.Service)
	require.NoError(t, err)
	i.Server = httptest.NewServer(body.Handler())
	t.Cleanup(i.Server.Close)
	return i
}

// Client returns a desk's client that trusts the issuer, with its clock.
func (i *Issuer) Client(t testing.TB) *verifier.Client {
	t.Helper()
	keys, err := i.Service.Keys()
	require.NoError(t, err)
	client, err := verifier.New(verifier.Issuer{Name: Name, Address: i.Server.URL, Keys: keys, KeysAsOf: i.Clock.Now()})
	require.NoError(t, err)
	client.Now = i.Clock.Now
	client.Authorize = func(r *http.Request) error { r.Header.Set("Authorization", "Bearer "+Bearer); return nil }
	return client
}

// Paper returns the text of a QR for the persona.
func (i *Issuer) Paper(t testing.TB, persona string) string {
	t.Helper()
	issuer, err := i.Service.Signer(t.Context())
	require.NoError(t, err)
	jws, _, err := issuer.Issue(Persona(t, persona).CF)
	require.NoError(t, err)
	text, err := token.QRText(Name+"/q", jws)
	require.NoError(t, err)
	return text
}

// Persona returns one of the demonstration's people.
func Persona(t testing.TB, id string) demo.Persona {
	t.Helper()
	for _, p := range demo.Personas() {
		if p.ID == id {
			return p
		}
	}
	require.FailNow(t, "no such persona", id)
	return demo.Persona{}
}

// Void makes all papers of the person void that were issued up to now.
func (i *Issuer) Void(cf codicefiscale.Code) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.void[cf] = i.Clock.Now().Add(time.Second)
}

func (i *Issuer) voidBefore(cf codicefiscale.Code) time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.void[cf]
}

// Append keeps an access; see [Issuer.Accesses].
func (i *Issuer) Append(_ context.Context, a service.Access) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.access = append(i.access, a)
	return nil
}

// Accesses returns what was disclosed at the second level.
func (i *Issuer) Accesses() []service.Access {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]service.Access(nil), i.access...)
}
