package contract_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
)

const (
	issuerName = "https://qr.example.it"
	person     = "RSSMRA80A01H501U"
	nobody     = "VRDLGU80A41H501U"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(api.OpenAPI()))
	require.NoError(t, err)
	return doc
}

func TestDocument(t *testing.T) {
	doc := document(t)
	require.NoError(t, doc.Validate(context.Background()))
	want := []string{api.PathJWKS, api.PathHealth, api.PathOpenAPI, api.PathFirstLevel, api.PathSecondLevel,
		api.PathResend, api.PathAnswers}
	var paths []string
	for path, item := range doc.Paths.Map() {
		base := doc.Servers[0].URL
		if len(item.Servers) > 0 {
			base = item.Servers[0].URL
		}
		paths = append(paths, strings.TrimPrefix(base, issuerName)+path)
	}
	assert.ElementsMatch(t, want, paths)

	var codes []any
	for _, c := range api.ProblemCodes() {
		codes = append(codes, string(c))
	}
	assert.Equal(t, codes, doc.Components.Schemas["ProblemCode"].Value.Enum,
		"the codes of the document are those of the package")
	assert.Equal(t, texts(status.Categories()),
		doc.Components.Schemas["FirstLevelResult"].Value.Properties["categories"].Value.Items.Value.Enum)
	assert.Equal(t, texts(status.SubKinds()),
		doc.Components.Schemas["FirstLevelResult"].Value.Properties["sub_kinds"].Value.Items.Value.Enum)
	detail := doc.Components.Schemas["Detail"].Value.Properties
	domains := status.Domains()
	assert.Equal(t, texts(domains[:]), detail["domain"].Value.Enum)
	assert.ElementsMatch(t, texts(status.States()), detail["state"].Value.Enum)
	assert.Equal(t, texts(status.Classes()), detail["not_held"].Value.Enum)
}

func texts[T ~string](list []T) []any {
	var out []any
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}

// watched is a transport that validates every exchange against the document.
type watched struct {
	t      *testing.T
	router routers.Router
	mu     sync.Mutex
	seen   map[string]bool // operation and status
	// ill marks requests that are meant to violate the document.
	ill bool
}

func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body = must(io.ReadAll(r.Body))
	}
	described := r.Clone(r.Context())
	described.URL.Scheme, described.URL.Host, described.Host = "https", "qr.example.it", "qr.example.it"
	described.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := w.router.FindRoute(described)
	require.NoError(w.t, err, r.URL.Path)
	input := &openapi3filter.RequestValidationInput{Request: described, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
			IncludeResponseStatus: true}}
	if !w.ill {
		assert.NoError(w.t, openapi3filter.ValidateRequest(r.Context(), input), "request of %s",
			route.Operation.OperationID)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(w.t, err)
	text := must(io.ReadAll(answer.Body))
	answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(text))
	assert.NoError(w.t, openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.StatusCode, Header: answer.Header,
		Body:    io.NopCloser(bytes.NewReader(text)),
		Options: input.Options}), "answer %d of %s: %s", answer.StatusCode, route.Operation.OperationID, text)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[route.Operation.OperationID+" "+http.StatusText(answer.StatusCode)] = true
	return answer, nil
}

// issuer is an issuing body with one person, and a desk that talks to it through a watched transport.
type issuer struct {
	clock   *otptest.Clock
	sent    *otptest.Recorder
	source  *status.Static
	failing bool
	server  *httptest.Server
	watched *watched
	client  *verifier.Client
	paper   string
}

func (i *issuer) Append(context.Context, service.Access) error {
	if i.failing {
		return errors.New("disk is full")
	}
	return nil
}

func newIssuer(t *testing.T) *issuer {
	i := &issuer{clock: &otptest.Clock{}, sent: &otptest.Recorder{}}
	cf := must(codicefiscale.Parse(person))
	i.source = &status.Static{Records: map[codicefiscale.Code]status.Record{
		cf: {Birth: 19800101, Verbali: []status.Verbale{
			{ID: "1", Domain: status.CivilInvalidity, Kind: status.KindFirst, Decision: 20240510,
				Effect: 20240510, Definitive: true,
				Outcome: status.Outcome{Degree: status.DegreeOverTwoThirds, Percent: 75,
					Formula:     status.Formula{Scheme: status.SchemeVerbale, Code: "5"},
					Annotations: status.NoAnnotations()}},
			{ID: "2", Domain: status.Law104, Kind: status.KindFirst, Decision: 20240510, Effect: 20240510,
				Definitive: true, NotHeld: status.ClassCourt},
		}}}}
	key := must(token.NewSigningKey(issuerName, must(
		ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32)))))
	s := service.Service{
		Issuer: &token.Issuer{Keys: []*token.SigningKey{key}, Now: i.clock.Now,
			References: []token.ReferenceKey{must(token.NewReferenceKey(1, bytes.Repeat([]byte{9}, 32)))}},
		Keys:       func() ([]token.PublicKey, error) { return []token.PublicKey{key.Public()}, nil },
		Source:     i.source,
		VoidBefore: func(context.Context, codicefiscale.Code) (time.Time, error) { return time.Time{}, nil },
		Policy:     status.PolicySubKinds,
		OTP:        must(otp.New(otptest.Config(i.sent, i.clock))),
		Contacts: func(context.Context, codicefiscale.Code) ([]otp.Contact, error) {
			return []otp.Contact{{Channel: otp.SMS, Phone: must(otp.ParsePhone("+393510000067")),
				VerifiedAt: i.clock.Now()}}, nil
		},
		Authenticate: func(r *http.Request) (service.Operator, error) {
			if r.Header.Get("Authorization") != "Bearer good" {
				return service.Operator{}, service.ErrUnauthenticated
			}
			return service.Operator{ID: "operator"}, nil
		},
		AccessLog: i,
		Limiter:   &otp.MemoryLimiter{Clock: i.clock.Now},
		Now:       i.clock.Now,
	}
	i.server = httptest.NewServer(must(s.Handler()))
	t.Cleanup(i.server.Close)
	i.watched = &watched{t: t, router: must(gorillamux.NewRouter(document(t))), seen: map[string]bool{}}
	i.client = must(verifier.New(verifier.Issuer{Name: issuerName, Address: i.server.URL,
		Keys: []token.PublicKey{key.Public()}}))
	i.client.Now, i.client.Transport = i.clock.Now, i.watched
	i.client.Authorize = func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer good")
		return nil
	}
	i.paper, _, _ = s.Issuer.Issue(cf)
	return i
}

// Handler and client follow the document in every exchange, and the exchanges cover every
// call.
func TestExchanges(t *testing.T) {
	i := newIssuer(t)
	ctx, cf := context.Background(), must(codicefiscale.Parse(person))
	for _, path := range []string{api.PathJWKS, api.PathHealth, api.PathOpenAPI} {
		answer, err := (&http.Client{Transport: i.watched}).Get(i.server.URL + path)
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, answer.StatusCode)
	}
	assert.Equal(t, verifier.Confirmed, i.client.FirstLevel(ctx, i.paper, cf,
		verifier.FirstLevelOptions{CaseNumber: "A/1"}).Verdict)
	assert.Equal(t, verifier.CFMismatch, i.client.FirstLevel(ctx, i.paper, must(codicefiscale.Parse(nobody)),
		verifier.FirstLevelOptions{}).Code)
	q := verifier.SecondLevelRequest{Organisation: "MUSEO CIVICO", Purpose: "museum", Scope: api.ScopeDetail,
		Key: "k"}
	i.second(ctx, t, cf, q)
	q.Key, q.Scope = "l", "domain:law_104"
	i.second(ctx, t, cf, q)
	i.problems(ctx, t, cf, q)

	for _, operation := range []string{"get_keys OK", "get_status OK", "get_openapi OK",
		"create_first_level_check OK", "create_first_level_check Bad Request",
		"create_first_level_check Unprocessable Entity", "create_first_level_check Too Many Requests",
		"create_first_level_check Service Unavailable", "create_first_level_check Unsupported Media Type",
		"create_first_level_check Request Entity Too Large",
		"create_second_level_challenge Created", "create_second_level_challenge OK",
		"create_second_level_challenge Unauthorized",
		"create_second_level_challenge Unprocessable Entity", "resend_second_level_challenge OK",
		"resend_second_level_challenge Too Many Requests", "create_second_level_answer OK",
		"create_second_level_answer Conflict",
		"create_second_level_answer Unprocessable Entity", "create_second_level_answer Not Found",
		"create_second_level_answer Service Unavailable"} {
		assert.Contains(t, i.watched.seen, operation)
	}
}

// second takes a challenge from its start to its second answer.
func (i *issuer) second(ctx context.Context, t *testing.T, cf codicefiscale.Code,
	q verifier.SecondLevelRequest) {
	challenge, r := i.client.RequestSecondLevel(ctx, i.paper, cf, q)
	require.NotNil(t, challenge, "%+v", r.Problem)
	again, _ := i.client.RequestSecondLevel(ctx, i.paper, cf, q)
	require.NotNil(t, again)
	i.client.Resend(ctx, challenge.ID, i.paper, cf)
	i.clock.Advance(time.Minute)
	i.client.Resend(ctx, challenge.ID, i.paper, cf)
	i.client.Answer(ctx, challenge.ID, i.paper, cf, "12")
	r = i.client.Answer(ctx, challenge.ID, i.paper, cf, i.sent.Last().Code.Reveal())
	require.Nil(t, r.Problem)
	require.NotEmpty(t, r.Disclosed.Details)
	r = i.client.Answer(ctx, challenge.ID, i.paper, cf, i.sent.Last().Code.Reveal())
	assert.Equal(t, api.ChallengeUsed, r.Problem.Code)
}

func (i *issuer) problems(ctx context.Context, t *testing.T, cf codicefiscale.Code,
	q verifier.SecondLevelRequest) {
	i.client.Answer(ctx, "nosuch", i.paper, cf, "123456")
	q.Organisation, q.Key = "1", "m"
	i.client.RequestSecondLevel(ctx, i.paper, cf, q)
	i.client.Authorize = nil
	i.client.RequestSecondLevel(ctx, i.paper, cf, q)
	i.client.Authorize = func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer good")
		return nil
	}
	q.Organisation, q.Key = "MUSEO CIVICO", "n"
	challenge, r := i.client.RequestSecondLevel(ctx, i.paper, cf, q)
	require.NotNil(t, challenge, "%+v", r.Problem)
	i.failing = true
	i.client.Answer(ctx, challenge.ID, i.paper, cf, i.sent.Last().Code.Reveal())
	i.source.Err = errors.New("gone")
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	assert.Equal(t, verifier.Unavailable, i.client.FirstLevel(short, i.paper, cf,
		verifier.FirstLevelOptions{}).Code)

	i.watched.ill = true
	for _, ill := range []struct{ media, body string }{
		{"application/json", "{}"}, {"application/json", `{"qr":"x","codice_fiscale":"x"}`},
		{"text/plain", "x"}, {"application/json", strings.Repeat(" ", api.MaxBody+1)},
	} {
		answer, err := (&http.Client{Transport: i.watched}).Post(i.server.URL+api.PathFirstLevel, ill.media,
			strings.NewReader(ill.body))
		require.NoError(t, err)
		assert.GreaterOrEqual(t, answer.StatusCode, 400)
	}
	for range 60 {
		(&http.Client{Transport: i.watched}).Post(i.server.URL+api.PathFirstLevel, "application/json",
			strings.NewReader("{}"))
	}
}
