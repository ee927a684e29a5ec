package service_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
)

type onceKey struct{}

// source notes the reads of a status.
type source struct {
	status.Source
	note func(context.Context, string)
}

func (s source) Lookup(ctx context.Context, cf codicefiscale.Code) (status.Record, error) {
	s.note(ctx, "status")
	return s.Source.Lookup(ctx, cf)
}

// What is asked of one person for one answer is asked within one Once. A disclosure reads the status after it
// is recorded, so outside of it.
func TestOnce(t *testing.T) {
	var asked []string
	began := 0
	note := func(ctx context.Context, what string) {
		if n, ok := ctx.Value(onceKey{}).(int); ok && n == began {
			what += " at once"
		}
		asked = append(asked, what)
	}
	w := newWorld(t, func(w *world) {
		c := &w.Config
		before, contacts := c.VoidBefore, c.Contacts
		c.Once = func(ctx context.Context) context.Context {
			began++
			return context.WithValue(ctx, onceKey{}, began)
		}
		c.Source = source{c.Source, note}
		c.Codes = func(ctx context.Context, _ codicefiscale.Code) ([]codicefiscale.Code, bool, error) {
			note(ctx, "codes")
			return nil, false, nil
		}
		c.VoidBefore = func(ctx context.Context, cf codicefiscale.Code) (time.Time, error) {
			note(ctx, "cut-off")
			return before(ctx, cf)
		}
		c.Contacts = func(ctx context.Context, cf codicefiscale.Code) ([]otp.Contact, error) {
			note(ctx, "contacts")
			return contacts(ctx, cf)
		}
		c.Language = func(ctx context.Context, _ codicefiscale.Code) (status.Language, error) {
			note(ctx, "language")
			return "", nil
		}
		gate(w, func(c *otp.Config) {
			c.Trace = func(ctx context.Context, _ otp.Step) error {
				note(ctx, "trace")
				return nil
			}
		})
	})
	paper, desk := w.paper(t, person), w.Desk(t, w.Server.URL)
	reads := func(want string) {
		t.Helper()
		assert.Equal(t, want, strings.Join(asked, ", "))
		asked = nil
	}
	report := desk.FirstLevel(t.Context(), paper, code(t, person), verifier.FirstLevelOptions{})
	require.Nil(t, report.Problem)
	reads("codes at once, cut-off at once, status at once")
	challenge, report := desk.RequestSecondLevel(t.Context(), paper, code(t, person), approve("detail"))
	require.NotNil(t, challenge, report)
	reads("codes at once, cut-off at once, contacts at once, language at once, trace at once")
	report = desk.Answer(t.Context(), paper, code(t, person), reply(challenge, w.LastCode()))
	require.Nil(t, report.Problem)
	reads("codes at once, cut-off at once, trace at once, status")
	assert.Equal(t, 3, began)
}
