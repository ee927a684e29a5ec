package verifier_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// at moves the client to the address of a server.
func (f *fake) at(t *testing.T, address string) {
	t.Helper()
	client, err := verifier.New(verifier.TrustAnchor{Name: issuerName, Address: address,
		Keys: []token.PublicKey{f.issuer.Keys[0].Public()}})
	require.NoError(t, err)
	client.Now = f.client.Now
	f.client = client
}

func overTLS(t *testing.T, config *tls.Config) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS, server.Config.ErrorLog = config, log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// Each fault of a network, a gateway or a clock has its own reason. The report reads as before for people,
// and no error, log or report has personal data.
func TestReasons(t *testing.T) {
	respond := func(code int, media, text string) func(*testing.T, *fake) {
		return func(t *testing.T, f *fake) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", media)
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(code)
				body, _ := io.ReadAll(r.Body) // what a gateway repeats must not get into a log
				fmt.Fprint(w, text, string(body))
			}))
			t.Cleanup(server.Close)
			f.at(t, server.URL)
		}
	}
	clock := func(ahead time.Duration) func(*testing.T, *fake) {
		return func(_ *testing.T, f *fake) {
			f.client.Now = func() time.Time { return f.now.Add(ahead) }
		}
	}
	for name, tt := range map[string]struct {
		breaks func(*testing.T, *fake)
		want   verifier.CallError
		text   string
		cause  any // the type of an error in the chain
	}{
		"TLS version": {func(t *testing.T, f *fake) {
			f.at(t, overTLS(t, &tls.Config{MaxVersion: tls.VersionTLS11}).URL)
		}, verifier.CallError{Reason: verifier.ErrTLS}, "there is no TLS connection", nil},
		"no TLS": {func(t *testing.T, f *fake) {
			server := httptest.NewServer(http.NotFoundHandler())
			t.Cleanup(server.Close)
			f.at(t, strings.Replace(server.URL, "http:", "https:", 1))
		}, verifier.CallError{Reason: verifier.ErrTLS}, "there is no TLS connection", nil},
		"unknown CA": {func(t *testing.T, f *fake) { f.at(t, overTLS(t, nil).URL) },
			verifier.CallError{Reason: verifier.ErrCertificate}, "x509.UnknownAuthorityError",
			new(x509.UnknownAuthorityError)},
		"404": {respond(http.StatusNotFound, "text/plain", "404 page not found"),
			verifier.CallError{Reason: verifier.ErrStatus, Status: http.StatusNotFound}, "HTTP status 404",
			nil},
		"HTML": {respond(http.StatusOK, "text/html", "<html>Please log in to the hotel's network "),
			verifier.CallError{Reason: verifier.ErrFormat, Status: http.StatusOK}, "HTTP status 200", nil},
		"redirect": {respond(http.StatusMovedPermanently, "text/html", "moved "),
			verifier.CallError{Reason: verifier.ErrRedirect, Status: http.StatusMovedPermanently},
			"redirects: HTTP status 301", nil},
		"clock slow": {clock(-10 * time.Minute),
			verifier.CallError{Reason: verifier.ErrClock, Ahead: -10 * time.Minute},
			"this clock is 10m0s behind", nil},
		"clock fast": {clock(10 * time.Minute),
			verifier.CallError{Reason: verifier.ErrClock, Ahead: 10 * time.Minute},
			"this clock is 10m0s ahead", nil},
		"no answer": {func(t *testing.T, f *fake) {
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				<-r.Context().Done()
			}))
			t.Cleanup(server.Close)
			f.at(t, server.URL)
		}, verifier.CallError{Reason: verifier.ErrNoAnswer}, "context.deadlineExceededError", nil},
		"no server": {func(t *testing.T, f *fake) {
			server := httptest.NewServer(nil)
			server.Close()
			f.at(t, server.URL)
		}, verifier.CallError{Reason: verifier.ErrNoAnswer}, "connection refused", nil},
		"transport that quotes": {func(_ *testing.T, f *fake) {
			f.client.Transport = quoting{f}
		}, verifier.CallError{Reason: verifier.ErrNoAnswer}, "did not answer", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, func(f *fake, _ int, w http.ResponseWriter, r *http.Request) {
				f.answer(w, r, nil, nil)
			})
			tt.breaks(t, f)
			var logs bytes.Buffer
			f.client.Log = slog.New(slog.NewTextHandler(&logs, nil))
			ctx := t.Context()
			if name == "no answer" {
				short, cancel := context.WithTimeout(ctx, 150*time.Millisecond)
				defer cancel()
				ctx = short
			}
			r := f.firstLevel(ctx)

			assert.Equal(t, api.CannotTell, r.Verdict)
			assert.Equal(t, api.CodeUnavailable, r.Code)
			assert.ErrorIs(t, r.Err, tt.want.Reason)
			var got *verifier.CallError
			require.ErrorAs(t, r.Err, &got)
			assert.Equal(t, tt.want.Status, got.Status)
			assert.InDelta(t, tt.want.Ahead, got.Ahead, float64(time.Second))
			assert.Contains(t, r.Err.Error(), tt.text)
			if tt.cause != nil {
				assert.ErrorAs(t, r.Err, tt.cause)
			}
			assert.Equal(t, api.Problem{Type: "urn:attesta:client:" + string(tt.want.Reason),
				Title: tt.want.Reason.Error(), Code: api.Unavailable}, *r.Problem)

			text, err := json.Marshal(r)
			require.NoError(t, err)
			assert.NotContains(t, string(text), `"status":503`)
			assert.Contains(t, logs.String(), tt.text)
			assert.Equal(t, 1, strings.Count(logs.String(), "\n"), logs.String())
			f.noPersonalData(t, string(text), logs.String(), fmt.Sprintf("%v %+v", r.Err, r), r.Err.Error())
		})
	}
}

// quoting is a transport whose error has the body of the request.
type quoting struct{ f *fake }

func (q quoting) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	return nil, errors.New("cannot send " + string(body))
}

func (f *fake) noPersonalData(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		assert.NotContains(t, text, f.person.Reveal())
		assert.NotContains(t, text, f.jws)
	}
}

// The answers of an issuer keep their problem, which is also the error.
func TestProblemIsTheError(t *testing.T) {
	f := newFake(t, func(_ *fake, _ int, w http.ResponseWriter, _ *http.Request) {
		p := api.NewProblem(api.MalformedRequest)
		p.Instance = "urn:attesta:answer:" + digest
		send(w, api.ContentTypeProblem, p.Status, p)
	})
	var logs bytes.Buffer
	f.client.Log = slog.New(slog.NewTextHandler(&logs, nil))
	r := f.firstLevel(t.Context())
	var p *api.Problem
	require.ErrorAs(t, r.Err, &p)
	assert.Same(t, r.Problem, p)
	assert.Equal(t, http.StatusBadRequest, p.Status)
	assert.Contains(t, logs.String(), "problem=urn:attesta:problem:malformed_request")
	assert.Contains(t, logs.String(), "instance=urn:attesta:answer:"+digest)
}

// What a body quotes in the member instance does not reach the log.
func TestInstanceIsNotTrusted(t *testing.T) {
	f := newFake(t, func(f *fake, _ int, w http.ResponseWriter, _ *http.Request) {
		p := api.NewProblem(api.MalformedRequest)
		p.Instance = "urn:attesta:answer:" + f.person.Reveal()
		send(w, api.ContentTypeProblem, p.Status, p)
	})
	var logs bytes.Buffer
	f.client.Log = slog.New(slog.NewTextHandler(&logs, nil))
	f.firstLevel(t.Context())
	assert.NotEmpty(t, logs.String())
	f.noPersonalData(t, logs.String())
}

var errLogin = errors.New("token endpoint is down for RSSMRA80A01H501U")

// The error of Authorize is not lost, and the request is not sent.
func TestAuthorizeFails(t *testing.T) {
	f := newFake(t, func(*fake, int, http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	f.client.Authorize = func(*http.Request) error { return errLogin }
	q := verifier.SecondLevelRequest{Scope: api.ScopeDetail}
	_, r := f.client.RequestSecondLevel(t.Context(), f.jws, f.person, q)
	assert.Equal(t, api.Unauthenticated, r.Problem.Code)
	assert.Zero(t, r.Problem.Status)
	assert.ErrorIs(t, r.Err, verifier.ErrAuthorize)
	assert.ErrorIs(t, r.Err, errLogin)
	f.noPersonalData(t, r.Err.Error())

	f.client.Authorize = func(*http.Request) error { return &api.Problem{Code: api.PaperVoid} }
	_, r = f.client.RequestSecondLevel(t.Context(), f.jws, f.person, q)
	assert.Equal(t, api.CannotTell, r.Verdict, "a problem inside is not the issuer's")
	assert.Equal(t, api.Unauthenticated, r.Problem.Code)
}

type broken struct{ err error }

func (b broken) Call(context.Context, token.Claims, any) ([]byte, error) { return nil, b.err }

func TestContractError(t *testing.T) {
	f := newFake(t, nil)
	f.client.Contract = broken{io.ErrUnexpectedEOF}
	r := f.firstLevel(t.Context())
	assert.Equal(t, api.CodeUnavailable, r.Code)
	assert.ErrorIs(t, r.Err, verifier.ErrContract)
	assert.ErrorIs(t, r.Err, io.ErrUnexpectedEOF)
	r = f.client.Answer(t.Context(), f.jws, f.person, verifier.SecondLevelAnswer{Challenge: "../x"})
	assert.ErrorIs(t, r.Err, verifier.ErrChallenge)
}

// If an issuer's keys cannot be used, the report says why.
func TestKeysFail(t *testing.T) {
	d := newDesk(t, issuerName)
	jws, _, err := d.issuer.Issue(t.Context(), d.person)
	require.NoError(t, err)
	set := &jwks.Client{IssuerName: issuerName, URL: "http://127.0.0.1:1"}
	defer set.Close()
	for name, tt := range map[string]struct {
		anchor verifier.TrustAnchor
		code   api.Code
		cause  error
	}{
		"not fetched": {verifier.TrustAnchor{Name: issuerName, KeySet: set}, api.CodeKeysStale,
			jwks.ErrNotFetched},
		"too old": {verifier.TrustAnchor{Name: issuerName, KeysUntil: issuedAt,
			Keys: []token.PublicKey{d.issuer.Keys[0].Public()}}, api.CodeKeysStale, jwks.ErrStale},
		"unreadable": {verifier.TrustAnchor{Name: issuerName,
			Published: func(context.Context) ([]token.PublicKey, error) {
				return nil, errLogin
			}}, api.CodeUnavailable, errLogin},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := verifier.New(tt.anchor)
			require.NoError(t, err)
			client.Now = func() time.Time { return issuedAt.Add(time.Hour) }
			r := client.Check(t.Context(), jws, d.person)
			assert.Equal(t, tt.code, r.Code)
			assert.ErrorIs(t, r.Err, verifier.ErrKeys)
			assert.ErrorIs(t, r.Err, tt.cause)
			assert.NotContains(t, r.Err.Error(), d.person.Reveal())
		})
	}
}
