package service_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// The errors of a database, of Redis and of a PKCS#11 module, with a person's codice fiscale in their texts.
type (
	postgres struct{}
	redis    struct{}
	pkcs11   uint
)

func (postgres) Error() string    { return "ERROR: permission denied, key (cf)=(" + person + ")" }
func (postgres) SQLState() string { return "42501" }
func (redis) Error() string       { return "READONLY can't write to " + person }
func (redis) RedisError()         {}
func (p pkcs11) Error() string    { return fmt.Sprintf("pkcs11: 0x%X: CKR_TOKEN_NOT_PRESENT", uint(p)) }

// The log says what a developer needs of an error, and no personal data.
func TestLogShowsTheCause(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"PostgreSQL": {postgres{}, "postgres[42501]"},
		"Redis":      {redis{}, "redis[READONLY]"},
		"PKCS#11":    {pkcs11(0xE0), "pkcs11[pkcs11: 0xE0: CKR_TOKEN_NOT_PRESENT]"},
		"time limit": {context.DeadlineExceeded, "[context deadline exceeded]"},
	} {
		t.Run(name, func(t *testing.T) {
			var got error
			w := newWorld(t, func(w *world) {
				w.Registry.Static.Err = fmt.Errorf("no row for %s: %w", person, tt.err)
				w.Config.Fault = func(_ context.Context, part string, err error) {
					assert.Equal(t, "Source", part)
					got = err
				}
			})
			answer, text := w.post(t, api.PathFirstLevel,
				body("qr", w.paper(t, person), "codice_fiscale", person))
			assert.Equal(t, http.StatusServiceUnavailable, answer.StatusCode, text)
			assert.Contains(t, w.Log.String(), tt.want)
			assert.ErrorIs(t, got, tt.err)
			w.noPersonalData(t, text, answer.Header)
		})
	}
}

// A verbale that breaks a rule is a fault of this person's record. The answer is signed and "cannot tell",
// and does not ask the desk to try again; the log names the field, and everybody else gets an answer.
func TestFaultyRecord(t *testing.T) {
	var field *status.FieldError
	w := newWorld(t, func(w *world) {
		record := w.Registry.Static.Records[code(t, person)]
		record.Verbali[0].ID, record.Verbali[0].Outcome.Percent = "INPS-"+person, 101
		w.Config.Fault = func(_ context.Context, part string, err error) {
			assert.Equal(t, "Source", part)
			assert.ErrorAs(t, err, &field)
		}
	})
	ask := func(cf string) verifier.Report {
		return w.Client.FirstLevel(t.Context(), w.paper(t, cf), code(t, cf), verifier.FirstLevelOptions{})
	}
	r := ask(person)
	assert.Equal(t, api.CodeUndecided, r.Code)
	assert.Equal(t, api.CannotTell, r.Verdict)
	assert.Nil(t, r.Problem)
	assert.NotEmpty(t, r.Receipt)
	require.NotNil(t, field)
	assert.Equal(t, "INPS-"+person, field.Verbale, "the embedder can find the act")
	assert.Contains(t, w.Log.String(), "record is faulty")
	assert.Contains(t, w.Log.String(), "FieldError["+field.Error()+"]")
	w.noPersonalData(t, "", nil)
	assert.Equal(t, api.Confirmed, ask(stranger).Verdict)
}
