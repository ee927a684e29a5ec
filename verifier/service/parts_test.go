package service_test

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// down is a part that can be broken. Its error then contains a person's codice fiscale.
type down struct {
	broken bool
	crypto.Signer
}

func (d *down) err() error {
	if !d.broken {
		return nil
	}
	return errors.Join(fmt.Errorf("no row for %s: %w", person, context.DeadlineExceeded), io.ErrUnexpectedEOF)
}

func (d *down) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	if err := d.err(); err != nil {
		return nil, err
	}
	return d.Signer.Sign(r, digest, o)
}

func (d *down) Take(context.Context, []otp.Bucket) (otp.Decision, error) {
	return otp.Decision{OK: !d.broken, Remaining: 1}, d.err()
}

func (d *down) Load(context.Context, string) (otp.Snapshot, error) {
	return otp.Snapshot{Now: time.Now()}, d.err()
}

func (d *down) Swap(context.Context, string, otp.Change) (bool, error) { return !d.broken, d.err() }

func (d *down) Append(context.Context, service.Access) error { return d.err() }

// If a part of the issuer fails, the log names the part and the types of its error, and does not quote it.
func TestFailedPartIsNamed(t *testing.T) {
	first := func(t *testing.T, w *world, qr string) (*http.Response, string) {
		return w.post(t, api.PathFirstLevel, body("qr", qr, "codice_fiscale", person))
	}
	second := func(t *testing.T, w *world, _ string) (*http.Response, string) { return start(t, w) }
	for part, tt := range map[string]struct {
		breaks func(*world, *down)
		call   func(*testing.T, *world, string) (*http.Response, string)
	}{
		"Signer": {func(w *world, d *down) {
			d.Signer = servicetest.Key(7)
			w.Signer.Keys = []*token.SigningKey{must(token.NewSigningKey(t.Context(), issuerName, d))}
		}, first},
		"Keys": {func(w *world, d *down) {
			keys := w.Config.Keys
			w.Config.Keys = func(ctx context.Context) ([]token.PublicKey, error) {
				return must(keys(ctx)),
					d.err()
			}
		}, first},
		"Limiter": {func(w *world, d *down) { w.Config.Limiter = d }, first},
		"VoidBefore": {func(w *world, d *down) {
			w.Config.VoidBefore = func(context.Context, codicefiscale.Code) (time.Time, error) {
				return time.Time{}, d.err()
			}
		}, first},
		"Source": {func(w *world, d *down) {
			w.Registry.Before = func() { w.Registry.Static.Err = d.err() }
		}, first},
		"OTP": {func(w *world, d *down) { gate(w, func(c *otp.Config) { c.Store = d }) }, second},
		"Contacts": {func(w *world, d *down) {
			w.Config.Contacts = func(context.Context, codicefiscale.Code) ([]otp.Contact, error) {
				return nil, d.err()
			}
		}, second},
		"Authenticate": {func(w *world, d *down) {
			w.Config.Authenticate = func(*http.Request) (service.Operator, error) {
				return service.Operator{ID: operator}, d.err()
			}
		}, second},
		"AccessLog": {func(w *world, d *down) {
			w.Config.AccessLog = d
		}, func(t *testing.T, w *world, _ string) (*http.Response, string) {
			return answer(t, w, started(t, w), w.LastCode())
		}},
	} {
		t.Run(part, func(t *testing.T) {
			d := &down{}
			var faults []string
			w := newWorld(t, func(w *world) {
				tt.breaks(w, d)
				w.Config.Fault = func(_ context.Context, part string, err error) {
					faults = append(faults, part)
					assert.Error(t, err)
				}
			})
			qr := w.paper(t, person)
			d.broken = true
			answer, text := tt.call(t, w, qr)
			require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode, text)
			logs := w.Log.String()
			assert.Contains(t, logs, "part="+part+" ")
			assert.Equal(t, []string{part}, faults)
			if part != "OTP" && part != "Issuer" { // which keep an error of theirs between
				assert.Contains(t, logs,
					"*errors.joinError: (*fmt.wrapError: "+
						"context.deadlineExceededError[context deadline exceeded], "+
						"*errors.errorString[unexpected EOF])")
			}
			w.noPersonalData(t, text, answer.Header)
		})
	}
}
