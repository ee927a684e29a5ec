package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// vector writes to files a token of the test vectors that is refused with the code, and its key set.
func vector(t *testing.T, code api.Code) (paper, keySet string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../token/testdata/vectors", string(code)+".json"))
	require.NoError(t, err)
	var cases []struct {
		Token, Expected string
		JWKS            []json.RawMessage
	}
	require.NoError(t, json.Unmarshal(text, &cases))
	for _, c := range cases {
		if c.Expected == string(code) && len(c.JWKS) == 1 && strings.HasPrefix(c.Token, "eyJ") {
			return write(t, c.Token), write(t, string(c.JWKS[0]))
		}
	}
	t.Fatalf("no vector for %s", code)
	return "", ""
}

// A real call produces every code, with its own words and exit code.
func TestEveryCode(t *testing.T) {
	type call struct {
		code   api.Code
		change func(*world)
		args   func(t *testing.T, w *world) []string
	}
	mine := func(args ...string) func(*testing.T, *world) []string {
		return func(t *testing.T, w *world) []string {
			return append([]string{"-cf", mario, w.paper(t, mario, 0)}, args...)
		}
	}
	tests := []call{
		{api.CodeNotYetValid, nil, func(t *testing.T, w *world) []string {
			return []string{"-cf", mario, w.paper(t, mario, -time.Hour)}
		}},
		{api.CodeExpired, nil, func(t *testing.T, w *world) []string {
			return []string{"-cf", mario, w.paper(t, mario, 6*365*24*time.Hour)}
		}},
		{api.CodeCFMismatch, nil, func(t *testing.T, w *world) []string {
			return []string{"-cf", luigi, w.paper(t, mario, 0)}
		}},
		{api.CodeVoid, func(w *world) { w.voidAt = time.Now().Add(time.Hour) }, mine()},
		{api.CodeNotEntitled, nil, mine("-benefit", "ticket_c02")},
		{api.CodeUnreadable, nil, func(t *testing.T, _ *world) []string {
			return []string{"-cf", mario, write(t, string(blankPicture(t)))}
		}},
		{api.CodeNotOurs, nil, func(t *testing.T, _ *world) []string {
			return []string{"-cf", mario, write(t, "https://www.example.org/menu")}
		}},
		{api.CodeNewerVersion, nil, func(t *testing.T, _ *world) []string {
			return []string{"-cf", mario, write(t, "https://qr.example.it/q#4"+strings.Repeat("9", 300))}
		}},
		{api.CodeWrongKeyboard, nil, func(t *testing.T, _ *world) []string {
			return []string{"-cf", mario, write(t, "httpsç--www.example.org-menu")}
		}},
		{api.CodeUnknownKey, nil, func(t *testing.T, _ *world) []string {
			return []string{"-cf", mario, write(t, newBody(t, issuerName).text(t, time.Now(), false))}
		}},
		{api.CodeUnavailable, func(w *world) { w.failing = errors.New("gone") }, mine()},
		{api.CodeNoStatusHere, nil, func(t *testing.T, w *world) []string {
			return []string{"-cf", nobody, w.paper(t, nobody, 0)}
		}},
		{api.CodeClassNotHeld, nil, func(t *testing.T, w *world) []string {
			return []string{"-cf", anna, w.paper(t, anna, 0)}
		}},
		{api.CodeUndecided, func(w *world) { w.tied = true }, mine()},
		{api.CodeReplaced, func(w *world) {
			w.service.Codes = func(context.Context, codicefiscale.Code) ([]codicefiscale.Code, bool, error) {
				old, err := codicefiscale.Parse(luigi)
				return []codicefiscale.Code{old}, false, err
			}
		}, func(t *testing.T, w *world) []string { return []string{"-cf", mario, w.paper(t, luigi, 0)} }},
		{api.CodeNeedsSecondLevel, nil, mine("-benefit", "ticket_c03")},
		{api.CodeNeedsEvidence, nil, mine("-benefit", "aids")},
		{api.CodeUsage, nil, mine("-benefit", "aid")},
		{api.CodeRateLimited, func(w *world) { w.service.Limiter = &otp.MemoryLimiter{} },
			func(t *testing.T, w *world) []string {
				for range 60 {
					answer, err := http.Post(w.server.URL+api.PathFirstLevel, "application/json",
						strings.NewReader("{}"))
					require.NoError(t, err)
					answer.Body.Close()
				}
				return mine()(t, w)
			}},
		{api.CodeKeysStale, nil, func(t *testing.T, w *world) []string {
			old := bundleOf(t, w, time.Now().Add(-8*24*time.Hour))
			return append(mine()(t, w), "-jwks", "", "-issuer", "", "-bundle", old.bundle, "-bundle-key",
				old.key)
		}},
	}
	for _, code := range []api.Code{api.CodeSize, api.CodeShape, api.CodeHeader, api.CodeSignature,
		api.CodeClaims, api.CodeWrongIssuer} {
		tests = append(tests, call{code, nil, func(t *testing.T, _ *world) []string {
			paper, keySet := vector(t, code)
			return []string{"-cf", mario, "-jwks", keySet, paper}
		}})
	}
	seen := map[api.Code]bool{}
	for _, test := range tests {
		seen[test.code] = true
		t.Run(string(test.code), func(t *testing.T) {
			w := newWorld(t, test.change)
			args := test.args(t, w)
			code, out, errs := w.command(t, nil, append([]string{"check"}, args...)...)
			want := 2
			switch {
			case test.code.Outcome() == api.NotConfirmed:
				want = 1
			case test.code == api.CodeUsage:
				want = 3
			}
			assert.Equal(t, want, code, out+errs)
			assert.Regexp(t, `\[`+string(test.code)+`[],]`, out+errs)
			assert.NotContains(t, out, answer.ForVerdict(status.English, api.Confirmed).Sentence)
			assert.NotContains(t, out+errs, "RSSMRA")
			if test.code == api.CodeReplaced {
				assert.Contains(t, out, words.Say(status.English, words.LabelEarlierCode))
			}
			// Otherwise there is no report, or it is the issuer's problem.
			if test.code != api.CodeKeysStale && test.code != api.CodeUsage {
				assert.Contains(t, out, answer.For(status.English, test.code).Sentence)
			}
		})
	}
	// An annotation and an approval are of the second level; a codice fiscale is read before a call.
	elsewhere := []api.Code{api.CodeNeedsAnnotation, api.CodeNotApproved, api.CodeMalformedCF}
	for _, c := range api.Codes() {
		assert.True(t, seen[c] || slices.Contains(elsewhere, c), "no call ends with %s", c)
	}
}

// bundleFiles are the paths of a bundle and of the public key that verifies it.
type bundleFiles struct{ bundle, key string }

// bundleOf makes a bundle for the world, dated at the given time.
func bundleOf(t *testing.T, w *world, at time.Time) bundleFiles {
	t.Helper()
	dir := t.TempDir()
	f := bundleFiles{filepath.Join(dir, "desk.bundle"), filepath.Join(dir, "key.pub")}
	code, _, errs := run(t, nil, "bundle", "make", "-key", filepath.Join(dir, "key"), "-o", f.bundle,
		w.jwks+"="+w.server.URL)
	require.Zero(t, code, errs)
	signer, err := token.ReadKeyFile(filepath.Join(dir, "key"))
	require.NoError(t, err)
	key, err := token.NewSigningKey(t.Context(), bundleOwner, signer)
	require.NoError(t, err)
	set, err := os.ReadFile(w.jwks)
	require.NoError(t, err)
	keys, err := token.ParseJWKS(set, issuerName)
	require.NoError(t, err)
	text, err := verifier.MakeBundle(t.Context(), key, at, verifier.TrustAnchor{Name: issuerName,
		Address: w.server.URL, Keys: keys})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(f.bundle, []byte(text), 0o600))
	return f
}

// No fault between the desk and the issuer turns into a yes.
func TestFaultsNeverConfirm(t *testing.T) {
	w := newWorld(t, nil)
	recorded, recent := w.answerOfBefore(t, time.Hour), w.answerOfBefore(t, 0)
	between := func(handler func(http.ResponseWriter, *http.Request)) string {
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			handler(rw, r)
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	fast, slow := newWorld(t, nil), newWorld(t, nil)
	fast.advance(time.Hour)
	slow.advance(-time.Hour)
	tests := []struct {
		name, address string
		code          api.Code
		of            *world // whose paper it is; nil: w's
		args          []string
	}{
		{"issuer down", down.URL, api.CodeUnavailable, nil, nil},
		{"network cut in the answer", between(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Length", "2000")
			rw.Header().Set("Content-Type", "application/json")
			_, _ = rw.Write(recorded[:100])
			panic(http.ErrAbortHandler)
		}), api.CodeUnavailable, nil, nil},
		{"a gateway's page", between(func(rw http.ResponseWriter, _ *http.Request) {
			http.Error(rw, "<html>", http.StatusBadGateway)
		}), api.CodeUnavailable, nil, nil},
		{"a hotel's login page", between(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Write([]byte("<html>Welcome"))
		}), api.CodeUnavailable, nil, nil},
		{"a yes of an hour ago, replayed", between(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			rw.Write(recorded)
		}), api.CodeUnavailable, nil, nil},
		{"a yes of this moment, replayed", between(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			rw.Write(recent)
		}), api.CodeUnavailable, nil, nil},
		{"the issuer's clock an hour ahead", fast.server.URL, api.CodeUnavailable, fast, nil},
		{"the issuer's clock an hour behind", slow.server.URL, api.CodeUnavailable, slow, nil},
		{"a key that is not known", w.server.URL, api.CodeUnknownKey, newWorld(t, nil),
			[]string{"-jwks", w.jwks}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			of := w
			if test.of != nil {
				of = test.of
			}
			args := append([]string{"check", "-issuer", test.address, "-cf", mario, "-json",
				of.paper(t, mario, time.Minute)}, test.args...)
			code, out, errs := of.command(t, nil, args...)
			assert.Equal(t, 2, code, errs)
			var r struct{ Verdict, Code, Receipt string }
			require.NoError(t, json.Unmarshal([]byte(out), &r))
			assert.Equal(t, "cannot_tell", r.Verdict)
			assert.Equal(t, string(test.code), r.Code)
			assert.Empty(t, r.Receipt)
		})
	}
	t.Run("the paper that was replaced", func(t *testing.T) {
		old := w.paper(t, mario, time.Hour)
		w.voidAt = time.Now().Add(-time.Minute)
		code, out, _ := w.command(t, nil, "check", "-cf", mario, old)
		assert.Equal(t, 1, code)
		assert.Contains(t, out, "[void]")
		code, _, _ = w.command(t, nil, "check", "-cf", mario, w.paper(t, mario, 0))
		assert.Equal(t, 0, code, "the newer one is good")
	})
}

// answerOfBefore is the body of a yes that the issuer gave earlier.
func (w *world) answerOfBefore(t *testing.T, age time.Duration) []byte {
	t.Helper()
	paper, err := os.ReadFile(w.paper(t, mario, 2*age))
	require.NoError(t, err)
	body, err := json.Marshal(api.FirstLevelRequest{CheckID: api.NewCheckID(), QR: string(paper),
		CodiceFiscale: mario})
	require.NoError(t, err)
	w.advance(-age)
	defer w.advance(age)
	answer, err := http.Post(w.server.URL+api.PathFirstLevel, "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Contains(t, string(text), `"confirmed"`)
	return text
}
