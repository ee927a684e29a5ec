// Package issuertest makes an issuing body for tests of its pages: the service with its registry, access log and consent, all
// real, on a database of SQLite, and a clock and a telephone network that the test controls.
package issuertest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/accesslog"
	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// Name of the issuer.
const Name = "https://qr.example.it"

// World is an issuing body. Its people are those of package demo.
type World struct {
	DB       *database.DB
	Registry *registry.Registry
	Access   *accesslog.Log
	Issuer   *token.Issuer
	Clock    *otptest.Clock
	// Sent keeps the messages of the default sender.
	Sent *otptest.Recorder
	// Service answers the calls; see [World.Client].
	Service *service.Service
	Logs    *Buffer

	keys func() ([]token.PublicKey, error)
}

// New makes a world. The change, which may be nil, is made to the service before it starts; a sender of nil is [World.Sent].
func New(t testing.TB, sender otp.Sender, change func(*service.Config)) *World {
	t.Helper()
	w := &World{Clock: &otptest.Clock{}, Sent: &otptest.Recorder{}, Logs: &Buffer{}}
	w.Clock.Advance(time.Date(2026, time.November, 27, 9, 0, 0, 0, time.UTC).Sub(w.Clock.Now()))
	if sender == nil {
		sender = w.Sent
	}
	ctx := t.Context()
	var err error
	w.DB = databasetest.Open(t, databasetest.SQLite(t))
	w.Registry, err = registry.Open(ctx, w.DB, bytes.Repeat([]byte{3}, registry.MinKey))
	require.NoError(t, err)
	t.Cleanup(func() { w.Registry.Close() })
	require.NoError(t, w.Registry.Seed(ctx, demo.Personas()))
	require.NoError(t, accesslog.Migrate(ctx, w.DB))
	private, _, err := note.GenerateKey(nil, "access.example.it")
	require.NoError(t, err)
	signer, err := note.NewSigner(private)
	require.NoError(t, err)
	w.Access = &accesslog.Log{DB: w.DB, Signer: signer, Key: bytes.Repeat([]byte{4}, 32), Now: w.Clock.Now}

	raw, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	key, err := token.NewSigningKey(Name, raw)
	require.NoError(t, err)
	reference, err := token.NewReferenceKey(1, bytes.Repeat([]byte{9}, 32))
	require.NoError(t, err)
	w.Issuer = &token.Issuer{Keys: []*token.SigningKey{key}, References: []token.ReferenceKey{reference}, Now: w.Clock.Now}
	w.keys = func() ([]token.PublicKey, error) { return []token.PublicKey{key.Public()}, nil }

	log := slog.New(slog.NewTextHandler(w.Logs, nil))
	config := otptest.Config(sender, w.Clock)
	config.Logger = log
	gate, err := otp.New(config)
	require.NoError(t, err)
	s := service.Config{
		Signer: func(context.Context) (*token.Issuer, error) { return w.Issuer, nil }, Keys: w.keys, Source: w.Registry, VoidBefore: w.Registry.VoidBefore, Codes: w.Registry.Codes,
		Benefits: benefit.Default(),
		OTP:      gate, Contacts: w.Registry.Contacts, AccessLog: w.Access, Limiter: &otp.MemoryLimiter{Clock: w.Clock.Now},
		Now: w.Clock.Now, Log: log,
	}
	if change != nil {
		change(&s)
	}
	w.Service, err = service.New(s)
	require.NoError(t, err)
	return w
}

// Client returns a client that asks the world's service for the caller.
func (w *World) Client(c service.Caller) *verifier.Client {
	client, err := verifier.New(verifier.Issuer{Name: Name, Published: w.keys})
	if err != nil {
		panic(err) // neither name nor keys can be missing
	}
	client.Now, client.Contract = w.Clock.Now, service.Local{Service: w.Service, Caller: c}
	return client
}

// Persona returns the one with the id.
func Persona(t testing.TB, id string) demo.Persona {
	t.Helper()
	for _, p := range demo.Personas() {
		if p.ID == id {
			return p
		}
	}
	t.Fatal("no persona " + id)
	return demo.Persona{}
}

// Paper issues a token to the persona.
func (w *World) Paper(t testing.TB, id string) string { return w.PaperAt(t, id, w.Clock.Now()) }

// PaperAt issues one as of a time.
func (w *World) PaperAt(t testing.TB, id string, at time.Time) string {
	t.Helper()
	then := *w.Issuer
	then.Now = func() time.Time { return at }
	text, _, err := then.Issue(Persona(t, id).CF)
	require.NoError(t, err)
	return text
}

// Complete puts on record that the registry misses nothing about the persona, so that it may answer no.
func (w *World) Complete(t testing.TB, id string) {
	t.Helper()
	p := Persona(t, id)
	require.NoError(t, w.Registry.Put(context.Background(), registry.Person{CF: p.CF, Given: p.Given, Family: p.Family,
		Birth: p.Birth, Verbali: p.Verbali, Complete: true}))
}

// Secrets are what must stand in no address and no log: the codici fiscali, the phones' numbers, the codes that were sent and
// whatever else is given.
func (w *World) Secrets(more ...string) []string {
	for _, p := range demo.Personas() {
		more = append(more, p.CF.Reveal())
		if p.Phone != "" {
			more = append(more, strings.TrimPrefix(p.Phone, "+39"))
		}
	}
	for _, m := range w.Sent.Messages() {
		more = append(more, m.Code.Reveal())
	}
	return more
}

// Buffer is a log in memory that many goroutines write to.
type Buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *Buffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String returns what was written.
func (l *Buffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
