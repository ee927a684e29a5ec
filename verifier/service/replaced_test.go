package service_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// changes is a register of changed codes. It records the codes that it was asked about.
type changes struct {
	earlier map[string][]string
	asked   []string
	err     error
}

func (c *changes) codes(
	_ context.Context, cf codicefiscale.Code,
) (earlier []codicefiscale.Code, replaced bool, err error) {
	c.asked = append(c.asked, cf.Reveal())
	for _, text := range c.earlier[cf.Reveal()] {
		earlier = append(earlier, must(codicefiscale.Parse(text)))
	}
	for _, list := range c.earlier {
		for _, text := range list {
			replaced = replaced || text == cf.Reveal()
		}
	}
	return earlier, replaced, c.err
}

// checked returns the code that begins with the 15 characters, with its check character.
func checked(t *testing.T, start string) string {
	t.Helper()
	for c := 'A'; c <= 'Z'; c++ {
		if cf, err := codicefiscale.Parse(start + string(c)); err == nil {
			return cf.Reveal()
		}
	}
	t.Fatal("no check character fits")
	return ""
}

// changed returns a world in which person has had two earlier codes.
func changed(t *testing.T, change func(*world)) (w *world, c *changes, old, middle string) {
	t.Helper()
	old, middle = checked(t, "RSSMRA81A01H501"), checked(t, "RSSMRA80A01F205")
	c = &changes{earlier: map[string][]string{person: {middle, old}}}
	w = newWorld(t, func(w *world) {
		w.Config.Codes = c.codes
		if change != nil {
			change(w)
		}
	})
	return w, c, old, middle
}

// A paper under an earlier code gets "replaced" for each of the person's codes. It is never a no.
func TestReplacedAtTheFirstLevel(t *testing.T) {
	w, _, old, middle := changed(t, nil)
	for _, tt := range []struct {
		name, paper, typed string
		verdict            api.Outcome
		code               api.Code
	}{
		{"new document, new code", person, person, api.Confirmed, ""},
		{"old document, new code", old, person, api.CannotTell, api.CodeReplaced},
		{"old document, old code", old, old, api.CannotTell, api.CodeReplaced},
		{"document of between, new code", middle, person, api.CannotTell, api.CodeReplaced},
		{"document of between, its code", middle, middle, api.CannotTell, api.CodeReplaced},
		{"new document, old code", person, old, api.NotConfirmed, api.CodeCFMismatch},
		{"old document, another person", old, stranger, api.NotConfirmed, api.CodeCFMismatch},
		{"old document, nobody", old, nobody, api.NotConfirmed, api.CodeCFMismatch},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := w.Client.FirstLevel(t.Context(), w.paper(t, tt.paper), code(t, tt.typed),
				verifier.FirstLevelOptions{})
			assert.Equal(t, tt.verdict, r.Verdict)
			assert.Equal(t, tt.code, r.Code)
			assert.Equal(t, verifier.Authentic, r.Authenticity)
			assert.NotNil(t, r.Paper)
			_, err := w.Client.VerifyReceipt(t.Context(), r.Receipt)
			assert.NoError(t, err)
			for _, c := range r.Checks {
				if tt.code == api.CodeReplaced && c.Name == "codice_fiscale" {
					assert.Equal(t, verifier.Error, c.Result)
					assert.Equal(t, api.CodeReplaced, c.Code)
				}
			}
		})
	}
}

// A paper under an earlier code is refused before anything about the person is read. No code is sent.
func TestReplacedAtTheSecondLevel(t *testing.T) {
	w, _, old, _ := changed(t, nil)
	for _, typed := range []string{person, old} {
		challenge, r := w.Client.RequestSecondLevel(t.Context(), w.paper(t, old), code(t, typed),
			approve(api.ScopeDetail))
		assert.Nil(t, challenge)
		assert.Equal(t, api.CannotTell, r.Verdict)
		assert.Equal(t, api.CodeReplaced, r.Code)
		require.NotNil(t, r.Problem)
		assert.Equal(t, api.Replaced, r.Problem.Code)
		assert.Equal(t, http.StatusUnprocessableEntity, r.Problem.Status)
	}
	assert.Empty(t, w.Messages.Messages())
	assert.Zero(t, w.Registry.Lookups())
	challenge, _ := w.Client.RequestSecondLevel(t.Context(), w.paper(t, person), code(t, person),
		approve(api.ScopeDetail))
	assert.NotNil(t, challenge)
}

// limits records the buckets that are taken.
type limits struct {
	otp.Limiter
	calls *[]string
}

func (l limits) Take(ctx context.Context, buckets []otp.Bucket) (otp.Decision, error) {
	for _, b := range buckets {
		*l.calls = append(*l.calls, fmt.Sprint("take ", b.Key[:5], " ", b.Peek))
	}
	return l.Limiter.Take(ctx, buckets)
}

// A mismatch makes the same calls of the issuer's parts for an unknown code, for another person's code and
// for a code that has earlier codes, so these cases are indistinguishable.
func TestMismatchesTakeOnePath(t *testing.T) {
	var want []string
	for _, typed := range []string{nobody, stranger, person} {
		var calls []string
		w, c, _, _ := changed(t, func(w *world) {
			w.Config.Limiter = limits{&otp.MemoryLimiter{Clock: w.Clock.Now}, &calls}
		})
		qr := w.paper(t, stranger)
		if typed == stranger {
			qr = w.paper(t, person)
		}
		r := w.Client.FirstLevel(t.Context(), qr, code(t, typed), verifier.FirstLevelOptions{})
		assert.Equal(t, api.CodeCFMismatch, r.Code)
		assert.Equal(t, []string{typed}, c.asked)
		assert.Zero(t, w.Registry.Lookups())
		if want == nil {
			want = calls
		}
		assert.Equal(t, want, calls, typed)
		assert.Contains(t, calls, "take misma false")
	}
}

// An earlier code does not count as a guess. After too many guesses, it gets no answer either.
func TestReplacedIsNoMismatch(t *testing.T) {
	w, _, old, _ := changed(t, nil)
	w.Client.Authorize = nil
	qr := w.paper(t, old)
	first := func(cf string) api.Code {
		return w.Client.FirstLevel(t.Context(), qr, code(t, cf), verifier.FirstLevelOptions{}).Code
	}
	for range 12 {
		require.Equal(t, api.CodeReplaced, first(person))
		require.Equal(t, api.CodeReplaced, first(old))
	}
	for range 5 {
		require.Equal(t, api.CodeCFMismatch, first(nobody))
	}
	assert.Equal(t, api.CodeRateLimited, first(person))
	assert.Equal(t, api.CodeRateLimited, first(old))
}

// If Codes fails, no answer is a no.
func TestCodesUnavailable(t *testing.T) {
	w, c, old, _ := changed(t, nil)
	c.err = errors.New("gone")
	for _, typed := range []string{person, old, nobody} {
		answer, text := w.post(t, api.PathFirstLevel, body("qr", w.paper(t, old), "codice_fiscale", typed))
		assert.Equal(t, http.StatusServiceUnavailable, answer.StatusCode, text)
		w.noPersonalData(t, text, answer.Header)
	}
	assert.Contains(t, w.Log.String(), "part=Codes")
}
