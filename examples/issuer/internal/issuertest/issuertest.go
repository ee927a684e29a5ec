// Package issuertest makes an issuing body for tests of its pages: that of package servicetest, with the
// registry and the access log of the program on an SQLite database.
package issuertest

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// World is the body of package servicetest with the issuer's own registry and access log. Its people are
// those of package demo.
type World struct {
	*servicetest.Body
	DB       *database.DB
	Registry *registry.Registry
	Access   *accesslog.Log
}

// New makes a world. It calls change, which may be nil, before the service starts. If sender is nil,
// Messages receives what the service sends.
func New(t testing.TB, sender otp.Sender, change func(*service.Config)) *World {
	t.Helper()
	w := &World{}
	w.Body = servicetest.New(t, func(b *servicetest.Body) {
		w.Body = b
		b.Clock.Advance(time.Date(2026, time.November, 27, 9, 0, 0, 0, time.UTC).Sub(b.Clock.Now()))
		w.open(t)
		c := &b.Config
		c.Source, c.VoidBefore, c.Codes = w.Registry, w.Registry.VoidBefore, w.Registry.Codes
		c.Contacts, c.AccessLog = w.Registry.Contacts, w.Access
		if sender != nil {
			consent := otptest.Config(sender, b.Clock)
			consent.Logger = c.Log
			gate, err := otp.New(consent)
			require.NoError(t, err)
			c.OTP = gate
		}
		if change != nil {
			change(c)
		}
	})
	return w
}

// open makes the registry and the access log.
func (w *World) open(t testing.TB) {
	ctx := t.Context()
	var err error
	w.DB = databasetest.Open(t, databasetest.SQLite(t))
	w.Registry, err = registry.Open(ctx, w.DB, registry.OneKey(bytes.Repeat([]byte{3}, registry.MinKey)))
	require.NoError(t, err)
	t.Cleanup(func() { w.Registry.Close() })
	require.NoError(t, w.Registry.Seed(ctx, demo.Personas()))
	private, _, err := note.GenerateKey(nil, "access.example.it")
	require.NoError(t, err)
	signer, err := note.NewSigner(private)
	require.NoError(t, err)
	w.Access = &accesslog.Log{DB: w.DB.DB, Dialect: accesslog.SQLite, Signer: signer,
		Key: bytes.Repeat([]byte{4}, 32), Now: w.Clock.Now}
	require.NoError(t, w.Access.Create(ctx))
}

// Client returns a client that asks the service within the process.
func (w *World) Client(t testing.TB) func(service.Caller) *verifier.Client {
	return func(c service.Caller) *verifier.Client { return w.Inside(t, c) }
}

// Persona returns the persona with the ID.
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

// PaperAt issues a token to the persona at the given time.
func (w *World) PaperAt(t testing.TB, id string, at time.Time) string {
	t.Helper()
	then := *w.Signer
	then.Now = func() time.Time { return at }
	text, _, err := then.Issue(t.Context(), Persona(t, id).CF)
	require.NoError(t, err)
	return text
}

// Secrets returns what no URL and no log may hold: the codici fiscali, the phone numbers, the codes that
// were sent, and more.
func (w *World) Secrets(more ...string) []string {
	for _, p := range demo.Personas() {
		more = append(more, p.CF.Reveal())
		if p.Phone != "" {
			more = append(more, strings.TrimPrefix(p.Phone, "+39"))
		}
	}
	for _, m := range w.Messages.Messages() {
		more = append(more, m.Code.Reveal())
	}
	return more
}
