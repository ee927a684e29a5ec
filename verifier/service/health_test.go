package service_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// readyLog is an access log that knows whether it can be written.
type readyLog struct {
	service.AccessLog
	d *down
}

func (l readyLog) Ready(context.Context) error { return l.d.err() }

// readySource is a registry that knows whether it can be read.
type readySource struct {
	status.Source
	d *down
}

func (s readySource) Ready(context.Context) error { return s.d.err() }

// The status says which parts cannot work, and what that means for the two levels.
func TestHealth(t *testing.T) {
	for part, tt := range map[string]struct {
		breaks func(*world, *down)
		first  bool
	}{
		"": {func(*world, *down) {}, true},
		api.PartKeys: {func(w *world, d *down) {
			keys := w.Config.Keys
			w.Config.Keys = func(ctx context.Context) ([]token.PublicKey, error) {
				return must(keys(ctx)),
					d.err()
			}
		}, false},
		api.PartSigner: {func(w *world, d *down) { // the device is pulled out
			d.Signer = servicetest.Key(7)
			w.Signer.Keys = []*token.SigningKey{must(token.NewSigningKey(t.Context(), issuerName, d))}
		}, false},
		"the signer of receipts": {func(w *world, d *down) {
			d.Signer = servicetest.Key(8)
			w.signReceipts(must(token.NewReceiptKey(t.Context(), issuerName, d)))
		}, false},
		api.PartRegistry: {func(w *world, d *down) { w.Config.Source = readySource{w.Registry, d} }, false},
		api.PartAccessLog: {func(w *world, d *down) { // the database is read-only
			w.Config.AccessLog = readyLog{w.Accesses, d}
		}, true},
		api.PartConsent: {func(w *world, d *down) { gate(w, func(c *otp.Config) { c.Store = d }) }, true},
	} {
		t.Run(part, func(t *testing.T) {
			d := &down{}
			const page = "https://qr.example.it/q"
			w := newWorld(t, func(w *world) {
				w.Config.Page = page
				tt.breaks(w, d)
			})
			ask := func() (int, api.Health) {
				var h api.Health
				answer, text := w.get(t, http.MethodGet, api.PathHealth)
				require.NoError(t, json.Unmarshal([]byte(text), &h))
				w.noPersonalData(t, text, answer.Header)
				return answer.StatusCode, h
			}
			works := api.Health{Type: "about:blank", Title: "OK", Status: http.StatusOK, SecondLevel: true,
				Page: page}
			code, h := ask()
			assert.Equal(t, http.StatusOK, code)
			assert.Equal(t, works, h)
			if part == "" {
				return
			}
			d.broken = true
			_, h = ask()
			assert.Equal(t, works, h, "the answer of a moment ago")
			w.Clock.Advance(11 * time.Second)
			code, h = ask()
			assert.Equal(t, tt.first, code == http.StatusOK)
			assert.Equal(t, code, h.Status)
			assert.False(t, h.SecondLevel)
			if part == "the signer of receipts" {
				part = api.PartSigner
			}
			assert.Equal(t, []string{part}, h.Failing)
			failing := w.Service.Failing(t.Context())
			require.Len(t, failing, 1)
			assert.ErrorIs(t, failing[0], io.ErrUnexpectedEOF)
			assert.Contains(t, w.Log.String(), "part cannot work")

			d.broken = false
			w.Clock.Advance(11 * time.Second)
			_, h = ask()
			assert.Equal(t, works, h)
		})
	}
}

// Two signers that are gone have one name in the contract, and two in the program.
func TestBothSignersGone(t *testing.T) {
	documents, receipts := &down{Signer: servicetest.Key(7)}, &down{Signer: servicetest.Key(8)}
	w := newWorld(t, func(w *world) {
		w.Signer.Keys = []*token.SigningKey{must(token.NewSigningKey(t.Context(), issuerName, documents))}
		w.signReceipts(must(token.NewReceiptKey(t.Context(), issuerName, receipts)))
	})
	documents.broken, receipts.broken = true, true
	_, text := w.get(t, http.MethodGet, api.PathHealth)
	assert.Contains(t, text, `"failing":["signer"]`)
	var parts []string
	for _, f := range w.Service.Failing(t.Context()) {
		parts = append(parts, f.Part)
	}
	assert.Equal(t, []string{"Signer", "ReceiptKey"}, parts)
}

// slow is a registry that takes longer to say that it cannot be read than that answer holds.
type slow struct {
	status.Source
	w     *world
	asked int
}

func (s *slow) Ready(context.Context) error {
	s.asked++
	s.w.Clock.Advance(time.Minute)
	return io.ErrUnexpectedEOF
}

// The answer holds from when it is known, so that requests which waited for it do not ask again, one after
// the other.
func TestSlowHealth(t *testing.T) {
	s := &slow{}
	w := newWorld(t, func(w *world) {
		s.Source, s.w = w.Registry, w
		w.Config.Source = s
	})
	for range 3 {
		require.Len(t, w.Service.Failing(t.Context()), 1)
	}
	assert.Equal(t, 1, s.asked)
}

// A signer that is nil is a fault of configuration at the start, and later a part that fails.
func TestNilSigner(t *testing.T) {
	gone := false
	w := newWorld(t, func(w *world) {
		w.Config.Signer = func(context.Context) (*token.Signer, error) {
			if gone {
				return nil, nil
			}
			return w.Signer, nil
		}
	})
	qr := w.paper(t, person)
	gone = true
	answer, text := w.post(t, api.PathFirstLevel, body("qr", qr, "codice_fiscale", person))
	assert.Equal(t, http.StatusServiceUnavailable, answer.StatusCode, text)
	assert.Contains(t, w.Log.String(), "part=Signer")
	_, err := service.New(w.Config)
	assert.ErrorContains(t, err, "Signer")
	assert.False(t, errors.Is(err, token.ErrNoKeys))
}
