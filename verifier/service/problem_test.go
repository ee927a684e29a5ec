package service_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// exchange makes a request and returns the answer with its text.
type exchange func(t *testing.T, w *world) (*http.Response, string)

// gate changes the configuration of the challenges.
func gate(w *world, change func(*otp.Config)) {
	config := otptest.Config(w.Messages, w.Clock)
	change(&config)
	w.Config.OTP = must(otp.New(config))
}

func contacts(w *world, list ...otp.Contact) {
	w.Config.Contacts = func(context.Context, codicefiscale.Code) ([]otp.Contact, error) { return list, nil }
}

// start requests a challenge, with some members changed.
func start(t *testing.T, w *world, members ...string) (*http.Response, string) {
	all := append([]string{"qr", w.paper(t, person), "codice_fiscale", person, "organisation", "MUSEO CIVICO",
		"purpose", "museum", "scope", "detail"}, members...)
	return w.post(t, api.PathSecondLevel, body(all...),
		"Authorization", "Bearer good", api.HeaderIdempotencyKey, rand.Text())
}

// started makes a challenge and returns its ID.
func started(t *testing.T, w *world, members ...string) string {
	answer, text := start(t, w, members...)
	require.Equal(t, http.StatusCreated, answer.StatusCode, text)
	var c api.Challenge
	require.NoError(t, json.Unmarshal([]byte(text), &c))
	return c.ID
}

func resend(t *testing.T, w *world, id string) (*http.Response, string) {
	return w.post(t, strings.Replace(api.PathResend, "{id}", id, 1),
		`{"qr":"`+w.paper(t, person)+`","codice_fiscale":"`+person+`"}`, "Authorization", "Bearer good")
}

func answer(t *testing.T, w *world, id, code string) (*http.Response, string) {
	return w.post(t, strings.Replace(api.PathAnswers, "{id}", id, 1),
		body("qr", w.paper(t, person), "codice_fiscale", person, "code", code),
		"Authorization", "Bearer good")
}

// wrong returns a code other than the last one sent.
func wrong(w *world) string {
	if w.LastCode() == "123456" {
		return "654321"
	}
	return "123456"
}

// For each problem code there is a request that gets it, with its status, type and headers.
func TestEveryProblem(t *testing.T) {
	first := func(members ...string) exchange {
		return func(t *testing.T, w *world) (*http.Response, string) {
			return w.post(t, api.PathFirstLevel,
				body(append([]string{"qr", w.paper(t, person), "codice_fiscale", person}, members...)...))
		}
	}
	second := func(members ...string) exchange {
		return func(t *testing.T, w *world) (*http.Response, string) { return start(t, w, members...) }
	}
	get := func(method, path string) exchange {
		return func(t *testing.T, w *world) (*http.Response, string) {
			return do(t, must(http.NewRequest(method, w.Server.URL+path, nil)))
		}
	}
	tests := []struct {
		code   api.ProblemCode
		change func(*world)
		call   exchange
	}{
		{api.MalformedRequest, nil, first("extra", "x")},
		{api.MalformedCF, nil, first("codice_fiscale", "RSSMRA80A01H501X")},
		{api.MalformedCaseNumber, nil, first("case_number", "3510000067")},
		{api.UnknownBenefit, nil, first("benefit", "cinema")},
		{api.TooLarge, nil, first("case_number", strings.Repeat("a", api.MaxBody))},
		{api.UnsupportedMediaType, nil, func(t *testing.T, w *world) (*http.Response, string) {
			return w.post(t, api.PathFirstLevel, "{}", "Content-Type", "text/plain")
		}},
		{api.NotFound, nil, get(http.MethodGet, "/v1/")},
		{api.NotFound, nil, get(http.MethodGet, "/v1//status")},
		{api.NotFound, nil, get(http.MethodPost, "/v1//first-level-checks")},
		{api.NotFound, nil, get(http.MethodPost, "/v1/first-level-checks/")},
		{api.NotFound, nil, get(http.MethodPost, "/v1/x/../first-level-checks")},
		{api.MethodNotAllowed, nil, get(http.MethodGet, api.PathFirstLevel)},
		{api.RateLimited, nil, func(t *testing.T, w *world) (*http.Response, string) {
			for range 60 {
				w.post(t, api.PathFirstLevel, "{}")
			}
			return w.post(t, api.PathFirstLevel, "{}")
		}},
		{api.Unavailable, func(w *world) { w.Registry.Static.Err = errors.New("gone") }, first()},
		{api.Internal, func(w *world) { w.Registry.Before = func() { panic("nil map") } }, first()},
		{api.SecondLevelNotOffered, func(w *world) {
			w.Config.Authenticate, w.Config.InProcess = nil, true
		}, second()},
		{api.SecondLevelNotOffered, func(w *world) { w.Config.OTP = nil }, second()},
		{api.Unauthenticated, nil, func(t *testing.T, w *world) (*http.Response, string) {
			return w.post(t, api.PathSecondLevel, "{}")
		}},
		{api.Unavailable, nil, func(t *testing.T, w *world) (*http.Response, string) {
			return w.post(t, api.PathSecondLevel, "{}", "Authorization", "Bearer broken")
		}},
		{api.NoMatch, nil, second("codice_fiscale", stranger)},
		{api.NotOurs, nil, second("qr", "https://example.org/#x")},
		{api.NewerVersion, nil, second("qr", "eyJ0eXAiOiJhdHRlc3RhMitqd3QifQ.e.e")},
		{api.UnknownKey, nil, func(t *testing.T, w *world) (*http.Response, string) {
			other := must(token.NewSigningKey(t.Context(), issuerName, servicetest.Key(8)))
			signer := token.Signer{Keys: []*token.SigningKey{other}, References: w.Signer.References,
				Now: w.Clock.Now}
			paper, _, err := signer.Issue(t.Context(), code(t, person))
			require.NoError(t, err)
			return start(t, w, "qr", paper)
		}},
		{api.PaperVoid, func(w *world) {
			w.Config.VoidBefore = func(context.Context, codicefiscale.Code) (time.Time, error) {
				return w.Clock.Now().Add(time.Hour), nil
			}
		}, second()},
		{api.Replaced, func(w *world) {
			w.Config.Codes = func(context.Context, codicefiscale.Code) ([]codicefiscale.Code, bool, error) {
				return nil, true, nil
			}
		}, second()},
		{api.NoIdempotencyKey, nil, func(t *testing.T, w *world) (*http.Response, string) {
			return w.post(t, api.PathSecondLevel, "{}", "Authorization", "Bearer good")
		}},
		{api.IdempotencyConflict, nil, func(t *testing.T, w *world) (*http.Response, string) {
			q := []string{"qr", w.paper(t, person), "codice_fiscale", person, "organisation",
				"MUSEO CIVICO", "purpose", "museum"}
			headers := []string{"Authorization", "Bearer good", api.HeaderIdempotencyKey, "k"}
			w.post(t, api.PathSecondLevel, body(append(q, "scope", "detail")...), headers...)
			return w.post(t, api.PathSecondLevel, body(append(q, "scope", "domain:blindness")...), headers...)
		}},
		{api.OrganisationRefused, nil, second("organisation", "WWW.TRUFFA.IT 24")},
		{api.MalformedRequest, nil, second("scope", "domain:cardiology")},
		{api.MalformedRequest, nil, second("purpose", "a b")},
		{api.UnknownBenefit, nil, second("scope", "benefit:cinema")},
		{api.NoChannel, func(w *world) { contacts(w) }, second()},
		{api.ContactRefused, func(w *world) {
			contacts(w, otp.Contact{Channel: otp.SMS, Phone: must(otp.ParsePhone("+41790000000")),
				VerifiedAt: w.Clock.Now()})
		}, second()},
		{api.ContactChanged, nil, func(t *testing.T, w *world) (*http.Response, string) {
			id := started(t, w)
			w.Clock.Advance(time.Minute)
			w.Phone = "+393510000068"
			return resend(t, w, id)
		}},
		{api.ChallengeNotFound, nil, func(t *testing.T, w *world) (*http.Response, string) {
			return answer(t, w, "nosuch", "123456")
		}},
		{api.ChallengeExpired, nil, func(t *testing.T, w *world) (*http.Response, string) {
			id := started(t, w)
			w.Clock.Advance(11 * time.Minute)
			return answer(t, w, id, w.LastCode())
		}},
		{api.ChallengeUsed, nil, func(t *testing.T, w *world) (*http.Response, string) {
			id := started(t, w)
			answer(t, w, id, w.LastCode())
			return answer(t, w, id, w.LastCode())
		}},
		{api.ChallengeSuperseded, nil, func(t *testing.T, w *world) (*http.Response, string) {
			id := started(t, w)
			started(t, w)
			return answer(t, w, id, w.LastCode())
		}},
		{api.ChallengeRevoked, nil, func(t *testing.T, w *world) (*http.Response, string) {
			id := started(t, w)
			who := otp.Parties{
				Operator: otp.Operator{IdentityProvider: "https://login.example",
					ID: otp.NewSecret(operator)},
				Subject: otp.NewSecret(person),
			}
			require.NoError(t, w.Config.OTP.Cancel(context.Background(), otp.Ref{Parties: who, ID: id}))
			return answer(t, w, id, w.LastCode())
		}},
		{api.TooSoon, nil, func(t *testing.T, w *world) (*http.Response, string) {
			return resend(t, w, started(t, w))
		}},
		{api.NoResends, func(w *world) { gate(w, func(c *otp.Config) { c.Policy.Resends = -1 }) },
			func(t *testing.T, w *world) (*http.Response, string) {
				id := started(t, w)
				w.Clock.Advance(time.Minute)
				return resend(t, w, id)
			}},
		{api.MalformedCode, nil, func(t *testing.T, w *world) (*http.Response, string) {
			return answer(t, w, started(t, w), "12")
		}},
		{api.WrongCode, nil, func(t *testing.T, w *world) (*http.Response, string) {
			return answer(t, w, started(t, w), wrong(w))
		}},
		{api.NoAttempts, func(w *world) { gate(w, func(c *otp.Config) { c.Policy.Attempts = 1 }) },
			func(t *testing.T, w *world) (*http.Response, string) {
				id := started(t, w)
				answer(t, w, id, wrong(w))
				return answer(t, w, id, w.LastCode())
			}},
		{api.WaitAfterFailures,
			func(w *world) {
				gate(w, func(c *otp.Config) { c.Policy.WaitFrom, c.Policy.WaitOperators = 1, 1 })
			},
			func(t *testing.T, w *world) (*http.Response, string) {
				id := started(t, w)
				answer(t, w, id, wrong(w))
				return answer(t, w, id, w.LastCode())
			}},
		{api.OperatorBarred, nil, fail},
		{api.LockedAfterFailures, func(w *world) {
			gate(w, func(c *otp.Config) { c.Policy.LockAt, c.Policy.WaitOperators = 5, 1 })
		}, fail},
		{api.BlockedAfterFailures, func(w *world) {
			gate(w, func(c *otp.Config) { c.Policy.LockAt, c.Policy.BlockAt = 5, 5 })
		}, fail},
	}
	seen := map[api.ProblemCode]bool{}
	for _, tt := range tests {
		seen[tt.code] = true
		t.Run(string(tt.code), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.change)
			answer, text := tt.call(t, w)
			var p api.Problem
			require.NoError(t, json.Unmarshal([]byte(text), &p), text)
			assert.Equal(t, tt.code, p.Code)
			assert.Equal(t, tt.code.Status(), answer.StatusCode)
			assert.Equal(t, tt.code.Status(), p.Status)
			assert.Equal(t, "urn:attesta:problem:"+string(tt.code), p.Type)
			assert.Equal(t, api.ContentTypeProblem, answer.Header.Get("Content-Type"))
			assert.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
			if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
				assert.Positive(t, p.RetryAfter)
				assert.NotEmpty(t, answer.Header.Get("Retry-After"))
			}
			if p.Status == http.StatusMethodNotAllowed {
				assert.Equal(t, "POST", answer.Header.Get("Allow"))
			} else if p.Status != http.StatusNotFound || p.Code == api.ChallengeNotFound {
				assert.NotEmpty(t, answer.Header.Get("RateLimit-Limit"))
			}
			assert.Equal(t, tt.code == api.WrongCode || tt.code == api.MalformedCode, p.AttemptsLeft != nil)
			assert.Equal(t, tt.code.Code().Outcome() == api.NotConfirmed, p.Receipt != "", "a no is signed")
			w.noPersonalData(t, withoutReceipt(text), answer.Header)
		})
	}
	for _, c := range api.ProblemCodes() {
		assert.True(t, seen[c], "no call ends with %s", c)
	}
}

// fail answers with five wrong codes, waits as required in between, and then answers with the right one.
func fail(t *testing.T, w *world) (*http.Response, string) {
	id := started(t, w)
	for range 5 {
		answer(t, w, id, wrong(w))
		w.Clock.Advance(2 * time.Second)
	}
	return start(t, w)
}

func TestMalformedBodies(t *testing.T) {
	w := newWorld(t, func(w *world) { w.Config.Limiter = unlimited{} })
	qr := w.paper(t, person)
	good := `"check_id":"` + api.NewCheckID() + `","qr":"` + qr + `","codice_fiscale":"` + person + `"`
	for _, text := range []string{
		"", "{", "[]", "null", `"x"`, "{}",
		"{" + good + "}{}", "{" + good + "} x", "{" + good + "}}", "{" + good + "}]",
		`{"qr":1,"codice_fiscale":"x"}`, `{"qr":{},"codice_fiscale":"x"}`,
		"{" + good + `,"qr":"` + qr + `"}`, "{" + strings.Replace(good, `"qr"`, `"QR"`, 1) + "}",
		"{" + good + `,"benefit":null}`, "{" + good + `,"":""}`,
		body("qr", qr, "codice_fiscale", person, "check_id", ""),
		body("qr", qr, "codice_fiscale", person, "check_id", "AAAAAAAAAAAAAAAAAAAAAB"),
	} {
		answer, got := w.post(t, api.PathFirstLevel, text)
		assert.Equal(t, http.StatusBadRequest, answer.StatusCode, text)
		assert.Contains(t, got, `"malformed_request"`, text)
	}
	answer, _ := w.post(t, api.PathFirstLevel, " {"+good+"} \n", "Content-Type",
		"application/json; charset=utf-8")
	assert.Equal(t, http.StatusOK, answer.StatusCode)
}

// unlimited is a limiter without limits.
type unlimited struct{}

func (unlimited) Take(context.Context, []otp.Bucket) (otp.Decision, error) {
	return otp.Decision{OK: true, Remaining: 1}, nil
}

func TestConfiguration(t *testing.T) {
	tests := []struct {
		want   string
		change func(*service.Config)
	}{
		{"service: no Signer", func(s *service.Config) { s.Signer = nil }},
		{"service: no Keys", func(s *service.Config) { s.Keys = nil }},
		{"service: no Source", func(s *service.Config) { s.Source = nil }},
		{"service: no VoidBefore", func(s *service.Config) { s.VoidBefore = nil }},
		{"service: Signer returned nil", func(s *service.Config) {
			s.Signer = func(context.Context) (*token.Signer, error) { return nil, nil }
		}},
		{"service: Signer has a nil key or a key of another issuer", func(s *service.Config) {
			signer := *must(s.Signer(t.Context()))
			signer.Keys = []*token.SigningKey{signer.Keys[0], nil}
			s.Signer = func(context.Context) (*token.Signer, error) { return &signer, nil }
		}},
		{"service: Signer has a nil key or a key of another issuer", func(s *service.Config) {
			signer := *must(s.Signer(t.Context()))
			other := must(token.NewSigningKey(t.Context(), "https://other.example.it", servicetest.Key(8)))
			signer.Keys = []*token.SigningKey{signer.Keys[0], other}
			s.Signer = func(context.Context) (*token.Signer, error) { return &signer, nil }
		}},
		{"service: keys belong to several issuers", func(s *service.Config) {
			foreign := must(token.NewSigningKey(t.Context(), "https://other.example.it", servicetest.Key(8)))
			other := foreign.Public()
			keys := append(must(s.Keys(t.Context())), other)
			s.Keys = func(context.Context) ([]token.PublicKey, error) { return keys, nil }
		}},
		{"service: Signer has no reference key, or a zero one", func(s *service.Config) {
			signer := *must(s.Signer(t.Context()))
			signer.References = make([]token.ReferenceKey, 1)
			s.Signer = func(context.Context) (*token.Signer, error) { return &signer, nil }
		}},
		{"service: Signer has no reference key, or a zero one", func(s *service.Config) {
			bare := &token.Signer{Keys: must(s.Signer(t.Context())).Keys}
			s.Signer = func(context.Context) (*token.Signer, error) { return bare, nil }
		}},
		{"locked", func(s *service.Config) {
			s.Signer = func(context.Context) (*token.Signer, error) { return nil, errors.New("locked") }
		}},
		{"service: LimitKey is shorter than 32 bytes", func(s *service.Config) {
			s.LimitKey = make([]byte, 31)
		}},
		{"service: Origins has an entry that is no origin", func(s *service.Config) {
			s.Origins = []string{"https://desk.example.it", "*"}
		}},
		{"service: Page is no https URL", func(s *service.Config) { s.Page = "http://issuer.example.it/q" }},
		{"service: Page is no https URL", func(s *service.Config) {
			s.Page = "https://issuer.example.it/q#x"
		}},
		{"service: Page is no https URL", func(s *service.Config) {
			s.Page = "https://issuer.example.it/" + strings.Repeat("q", 256)
		}},
		{"service: Timeout is negative", func(s *service.Config) { s.Timeout = -1 }},
		{"service: Policy is unknown", func(s *service.Config) { s.Policy = "all" }},
		{"service: the second level has no Contacts", func(s *service.Config) { s.Contacts = nil }},
		{"service: the second level has no AccessLog", func(s *service.Config) { s.AccessLog = nil }},
		{"service: the second level has no Authenticate and is not InProcess", func(s *service.Config) {
			s.Authenticate = nil
		}},
		{"service: the second level is InProcess and has an Authenticate", func(s *service.Config) {
			s.InProcess = true
		}},
		{"no keys to verify with", func(s *service.Config) {
			s.Keys = func(context.Context) ([]token.PublicKey, error) { return nil, nil }
		}},
		{"gone", func(s *service.Config) {
			s.Keys = func(context.Context) ([]token.PublicKey, error) { return nil, errors.New("gone") }
		}},
		{"service: the issuer's signing key is not among the published keys", func(s *service.Config) {
			other := must(token.NewSigningKey(t.Context(), issuerName, servicetest.Key(8))).Public()
			s.Keys = func(context.Context) ([]token.PublicKey, error) { return []token.PublicKey{other}, nil }
		}},
	}
	w := newWorld(t, nil)
	for _, tt := range tests {
		s := w.Config
		tt.change(&s)
		_, err := service.New(s)
		assert.EqualError(t, err, tt.want)
	}
}
