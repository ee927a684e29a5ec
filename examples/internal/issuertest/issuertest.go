// Package issuertest makes an issuing body for tests of verifiers: that of package servicetest, with the
// people of the demonstration as its registry.
package issuertest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// Issuer is an issuing body whose clock starts on 20 November 2026.
type Issuer struct{ *servicetest.Body }

// New makes an issuing body and serves it until the test ends. It calls the functions before the service
// starts.
func New(t testing.TB, change ...func(*servicetest.Body)) Issuer {
	t.Helper()
	people := func(b *servicetest.Body) {
		b.Clock.Advance(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC).Sub(b.Clock.Now()))
		records := make(map[codicefiscale.Code]status.Record)
		phones := make(map[codicefiscale.Code]string)
		for _, p := range demo.Personas() {
			if p.Registered() {
				records[p.CF] = status.Record{Birth: p.Birth, Verbali: p.Verbali}
				phones[p.CF] = p.Phone
			}
		}
		b.Registry.Static = status.Static{Records: records}
		b.Config.Contacts = func(_ context.Context, cf codicefiscale.Code) ([]otp.Contact, error) {
			phone, err := otp.ParsePhone(phones[cf])
			if err != nil {
				return nil, nil
			}
			return []otp.Contact{{Channel: otp.SMS, Phone: phone, VerifiedAt: b.Clock.Now()}}, nil
		}
	}
	return Issuer{servicetest.New(t, append([]func(*servicetest.Body){people}, change...)...)}
}

// Paper returns the text of a QR for the persona.
func (i Issuer) Paper(t testing.TB, persona string) string {
	t.Helper()
	text, err := token.QRText(servicetest.Name+"/q", i.Body.Paper(t, Persona(t, persona).CF))
	require.NoError(t, err)
	return text
}

// Void makes all papers void that were issued to the person until now.
func (i Issuer) Void(t testing.TB, cf codicefiscale.Code) {
	t.Helper()
	_, err := token.VoidAll(t.Context(), i.Registry, cf, i.Clock.Now())
	require.NoError(t, err)
}

// Persona returns the persona with the ID.
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
