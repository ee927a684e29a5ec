// Package servicetest runs an issuing body in a test. The body serves the real package verifier/service over
// HTTP. It has keys, a registry, consent by code, an access log, a clock that the test moves, a recorder of
// the messages to phones, and a desk that trusts it.
//
//	body := servicetest.New(t)
//	report := body.Client.FirstLevel(ctx, body.Paper(t, cf), cf, verifier.FirstLevelOptions{})
//
// To test a part of your own, such as a registry, pass [New] a function that changes the [service.Config].
// To test a desk of your own, give it the address of [Body.Server]; the keys are there too, at the path of
// token/jwks. The body's clock shows 15 January 2026, and an answer counts only if the clocks agree: give
// your [verifier.Client] the Now of [Body.Clock], or move the body to the present with
// body.Clock.Advance(time.Since(body.Clock.Now())).
//
// The keys are public, so do not use the package outside tests.
package servicetest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

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
	// Name is the issuer name.
	Name = "https://qr.example.it"
	// Person has a record of 74 % civil invalidity.
	Person = "RSSMRA80A01H501U"
	// Stranger has a complete record of 50 % civil invalidity.
	Stranger = "BNCNNA08S42H501X"
	// Nobody has no record.
	Nobody = "VRDLGU80A41H501U"
	// Phone is the initial value of [Body.Phone].
	Phone = "+393510000067"
	// Operator is the ID of the operator, and Login is the name of the identity provider.
	Operator = "operator-secret-id"
	Login    = "https://login.example"
	// Bearer is the operator's access token. With Broken, the login fails.
	Bearer = "good"
	Broken = "broken"
)

// A Body is an issuing body. Make it with [New].
type Body struct {
	// Config is the configuration of Service. The functions passed to [New] may change it.
	Config  service.Config
	Service *service.Service
	// Signer has the body's only key.
	Signer *token.Signer
	Clock  *otptest.Clock
	// Messages are the messages to phones.
	Messages *otptest.Recorder
	Registry *Registry
	Accesses *Accesses
	// Log receives the log of the service and of the challenges.
	Log *Log
	// Phone is the phone number of every person; empty means that they have none.
	Phone string
	// Server serves the contract until the test ends.
	Server *httptest.Server
	// Client is a desk that asks Server, with the operator's credential.
	Client *verifier.Client
}

// New makes a body and serves it until the test ends. Before it makes the service, it calls the functions
// with the body.
func New(t testing.TB, change ...func(*Body)) *Body {
	t.Helper()
	b := &Body{Clock: &otptest.Clock{}, Messages: &otptest.Recorder{}, Registry: newRegistry(),
		Accesses: &Accesses{}, Log: &Log{}, Phone: Phone}
	key := must(token.NewSigningKey(t.Context(), Name, Key(7)))
	b.Signer = &token.Signer{Keys: []*token.SigningKey{key}, Now: b.Clock.Now, CutOffs: b.Registry,
		References: []token.ReferenceKey{must(token.NewReferenceKey(1, bytes.Repeat([]byte{9}, 32)))}}
	consent := otptest.Config(b.Messages, b.Clock)
	consent.Policy.PerOperator = 10 // a test asks for one person more often than a desk does
	consent.Logger = slog.New(slog.NewTextHandler(b.Log, nil))
	b.Config = service.Config{
		Signer:       func(context.Context) (*token.Signer, error) { return b.Signer, nil },
		Keys:         b.keys,
		Source:       b.Registry,
		VoidBefore:   b.Registry.VoidBefore,
		Benefits:     benefit.Default(),
		OTP:          must(otp.New(consent)),
		Contacts:     b.contacts,
		Authenticate: Authenticate,
		AccessLog:    b.Accesses,
		Limiter:      &otp.MemoryLimiter{Clock: b.Clock.Now},
		Now:          b.Clock.Now,
		Log:          consent.Logger,
	}
	for _, c := range change {
		c(b)
	}
	var err error
	if b.Service, err = service.New(b.Config); err != nil {
		t.Fatal(err)
	}
	b.Server = httptest.NewServer(b.Service.Handler())
	t.Cleanup(b.Server.Close)
	b.Client = b.Desk(t, b.Server.URL)
	return b
}

// keys returns the public halves of the signer's keys.
func (b *Body) keys(context.Context) ([]token.PublicKey, error) {
	var keys []token.PublicKey
	for _, k := range b.Signer.Keys {
		keys = append(keys, k.Public())
	}
	return keys, nil
}

func (b *Body) contacts(context.Context, codicefiscale.Code) ([]otp.Contact, error) {
	if b.Phone == "" {
		return nil, nil
	}
	phone, err := otp.ParsePhone(b.Phone)
	return []otp.Contact{{Channel: otp.SMS, Phone: phone, VerifiedAt: b.Clock.Now().AddDate(-1, 0, 0)}}, err
}

// Authenticate is the Authenticate of [service.Config]. It recognises the operator by [Bearer].
func Authenticate(r *http.Request) (service.Operator, error) {
	switch r.Header.Get("Authorization") {
	case "Bearer " + Bearer:
		return service.Operator{IdentityProvider: Login, ID: Operator}, nil
	case "Bearer " + Broken:
		return service.Operator{}, errors.New("identity provider is down")
	}
	return service.Operator{}, service.ErrUnauthenticated
}

// Desk returns a desk that trusts the body and asks at the address.
func (b *Body) Desk(t testing.TB, address string) *verifier.Client {
	t.Helper()
	keys, err := b.Config.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	anchor := verifier.TrustAnchor{Name: Name, Address: address, Keys: keys, KeysAsOf: b.Clock.Now()}
	c, err := verifier.New(anchor)
	if err != nil {
		t.Fatal(err)
	}
	c.Now = b.Clock.Now
	c.Authorize = func(r *http.Request) error { r.Header.Set("Authorization", "Bearer "+Bearer); return nil }
	return c
}

// Inside returns a desk in the issuer's own process. It makes its calls as the caller, without a network.
func (b *Body) Inside(t testing.TB, caller service.Caller) *verifier.Client {
	t.Helper()
	c, err := verifier.New(verifier.TrustAnchor{Name: Name, Published: b.Config.Keys})
	if err != nil {
		t.Fatal(err)
	}
	c.Now, c.Contract = b.Clock.Now, service.Local{Service: b.Service, Caller: caller}
	return c
}

// Paper issues a paper to the person and returns its token.
func (b *Body) Paper(t testing.TB, cf codicefiscale.Code) string {
	t.Helper()
	return issue(t, b, (*token.Signer).Issue, cf)
}

// Reissue reports the loss of the person's papers and returns the token of a new one, as
// [token.Signer.Reissue] does.
func (b *Body) Reissue(t testing.TB, cf codicefiscale.Code) string {
	t.Helper()
	return issue(t, b, (*token.Signer).Reissue, cf)
}

type issuing = func(*token.Signer, context.Context, codicefiscale.Code) (string, token.Claims, error)

func issue(t testing.TB, b *Body, how issuing, cf codicefiscale.Code) string {
	t.Helper()
	signer, err := b.Config.Signer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, _, err := how(signer, t.Context(), cf)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// ForgerName is an issuer that nobody trusts, with a name like that of the body.
const ForgerName = "https://qr-ente-example.it"

// Forged returns the text of the QR on a sheet that [ForgerName] made for the person. Anybody can make
// one.
func Forged(t testing.TB, cf codicefiscale.Code) string {
	t.Helper()
	key := must(token.NewSigningKey(t.Context(), ForgerName, Key(9)))
	signer := token.Signer{Keys: []*token.SigningKey{key},
		References: []token.ReferenceKey{must(token.NewReferenceKey(1, bytes.Repeat([]byte{1}, 32)))}}
	jws, _, err := signer.Issue(t.Context(), cf)
	if err != nil {
		t.Fatal(err)
	}
	return must(token.QRText(ForgerName+"/q", jws))
}

// LastCode returns the code in the last message.
func (b *Body) LastCode() string { return b.Messages.Last().Code.Reveal() }

// Key returns the private key of a seed, which is the same in each run.
func Key(seed byte) *ecdsa.PrivateKey {
	return must(ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{seed}, 32)))
}

// Invalid returns a record of civil invalidity with one act, which has [ActNumber] and [ActBody].
func Invalid(percent int, degree status.Degree) status.Record {
	act := status.Verbale{
		ID: "1", Kind: status.KindFirst, Domain: status.CivilInvalidity,
		Decision: 20200110, Effect: 20191210, Definitive: true, Number: ActNumber, Body: ActBody,
		Outcome: status.Outcome{Degree: degree, Percent: percent},
	}
	return status.Record{Birth: 19800101, Verbali: []status.Verbale{act}}
}

// The number of the act in a record of [Invalid], and the body that issued it.
const (
	ActNumber = "IC 2020/000417"
	ActBody   = "INPS, commissione di Roma"
)

// Code parses a codice fiscale. It panics if the text is invalid.
func Code(text string) codicefiscale.Code { return must(codicefiscale.Parse(text)) }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err) // constants of this package
	}
	return value
}
