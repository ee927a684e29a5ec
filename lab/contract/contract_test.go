package contract_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
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

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

const (
	issuerName = servicetest.Name
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
	want := []string{api.PathJWKS, api.PathHealth, api.PathBenefits, api.PathOpenAPI, api.PathFirstLevel,
		api.PathSecondLevel,
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
	// answered, if not nil, is called after each exchange.
	answered func()
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
	if w.answered != nil {
		w.answered()
	}
	return answer, nil
}

// issuer is an issuing body with one person, and a desk that talks to it through a watched transport.
type issuer struct {
	*servicetest.Body
	watched *watched
	paper   string
}

func newIssuer(t *testing.T) *issuer {
	cf := must(codicefiscale.Parse(person))
	i := &issuer{Body: servicetest.New(t, func(b *servicetest.Body) {
		b.Config.Policy = status.PolicySubKinds
		b.Registry.Static.Records = map[codicefiscale.Code]status.Record{cf: {Birth: 19800101,
			Verbali: []status.Verbale{
				{ID: "1", Domain: status.CivilInvalidity, Kind: status.KindFirst, Decision: 20240510,
					Effect: 20240510, Definitive: true,
					Outcome: status.Outcome{Degree: status.DegreeOverTwoThirds, Percent: 75,
						Formula:     status.Formula{Scheme: status.SchemeVerbale, Code: "5"},
						Annotations: status.NoAnnotations()}},
				{ID: "2", Domain: status.Law104, Kind: status.KindFirst, Decision: 20240510, Effect: 20240510,
					Definitive: true, NotHeld: status.ClassCourt},
			}}}
	})}
	i.watched = &watched{t: t, router: must(gorillamux.NewRouter(document(t))), seen: map[string]bool{}}
	i.Client.Transport = i.watched
	i.paper = i.Paper(t, cf)
	return i
}

// Handler and client follow the document in every exchange, and the exchanges cover every
// call.
func TestExchanges(t *testing.T) {
	i := newIssuer(t)
	ctx, cf := context.Background(), must(codicefiscale.Parse(person))
	for _, path := range []string{api.PathJWKS, api.PathHealth, api.PathBenefits, api.PathOpenAPI} {
		answer, err := (&http.Client{Transport: i.watched}).Get(i.Server.URL + path)
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, answer.StatusCode)
	}
	assert.Equal(t, api.Confirmed,
		i.Client.FirstLevel(ctx, i.paper, cf, verifier.FirstLevelOptions{CaseNumber: "A/1"}).Verdict)
	assert.Equal(t, api.CodeCFMismatch, i.Client.FirstLevel(ctx, i.paper, must(codicefiscale.Parse(nobody)),
		verifier.FirstLevelOptions{}).Code)
	aids := verifier.FirstLevelOptions{Benefit: "aids"}
	r := i.Client.FirstLevel(ctx, i.paper, cf, aids)
	assert.Equal(t, api.CodeNeedsEvidence, r.Code)
	aids.Evidence = api.Evidence{r.Disclosed.Needs[0]: api.EvidenceYes}
	assert.Equal(t, api.Confirmed, i.Client.FirstLevel(ctx, i.paper, cf, aids).Verdict)
	q := verifier.SecondLevelRequest{Organisation: "MUSEO CIVICO", Purpose: "museum", Scope: api.ScopeDetail,
		Key: "k"}
	i.second(ctx, t, cf, q)
	q.Key, q.Scope = "l", "domain:law_104"
	i.second(ctx, t, cf, q)
	i.problems(ctx, t, cf, q)

	for _, operation := range []string{"get_keys OK", "get_status OK", "get_benefits OK", "get_openapi OK",
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
	challenge, r := i.Client.RequestSecondLevel(ctx, i.paper, cf, q)
	require.NotNil(t, challenge, "%+v", r.Problem)
	again, _ := i.Client.RequestSecondLevel(ctx, i.paper, cf, q)
	require.NotNil(t, again)
	i.Client.Resend(ctx, challenge.ID, i.paper, cf)
	i.Clock.Advance(time.Minute)
	i.Client.Resend(ctx, challenge.ID, i.paper, cf)
	i.Client.Answer(ctx, i.paper, cf, reply(challenge, "12"))
	r = i.Client.Answer(ctx, i.paper, cf, reply(challenge, i.Messages.Last().Code.Reveal()))
	require.Nil(t, r.Problem)
	require.NotEmpty(t, r.Disclosed.Details)
	r = i.Client.Answer(ctx, i.paper, cf, reply(challenge, i.Messages.Last().Code.Reveal()))
	assert.Equal(t, api.ChallengeUsed, r.Problem.Code)
}

func reply(c *api.Challenge, code string) verifier.SecondLevelAnswer {
	return verifier.SecondLevelAnswer{Challenge: c.ID, Code: code, Scope: c.Scope}
}

func (i *issuer) problems(ctx context.Context, t *testing.T, cf codicefiscale.Code,
	q verifier.SecondLevelRequest) {
	i.Client.Answer(ctx, i.paper, cf, reply(&api.Challenge{ID: "nosuch"}, "123456"))
	q.Organisation, q.Key = "1", "m"
	i.Client.RequestSecondLevel(ctx, i.paper, cf, q)
	i.Client.Authorize = nil
	i.Client.RequestSecondLevel(ctx, i.paper, cf, q)
	i.Client.Authorize = func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+servicetest.Bearer)
		return nil
	}
	q.Organisation, q.Key = "MUSEO CIVICO", "n"
	challenge, r := i.Client.RequestSecondLevel(ctx, i.paper, cf, q)
	require.NotNil(t, challenge, "%+v", r.Problem)
	i.Accesses.Fail = errors.New("disk is full")
	i.Client.Answer(ctx, i.paper, cf, reply(challenge, i.Messages.Last().Code.Reveal()))
	i.Registry.Static.Err = errors.New("gone")
	once, cancel := context.WithCancel(ctx)
	i.watched.answered = cancel // the client need not try again
	assert.Equal(t, api.CodeUnavailable,
		i.Client.FirstLevel(once, i.paper, cf, verifier.FirstLevelOptions{}).Code)
	i.watched.answered = nil

	i.watched.ill = true
	for _, ill := range []struct{ media, body string }{
		{"application/json", "{}"},
		{"application/json", `{"check_id":"AAAAAAAAAAAAAAAAAAAAAA","qr":"x","codice_fiscale":"x"}`},
		{"text/plain", "x"}, {"application/json", strings.Repeat(" ", api.MaxBody+1)},
	} {
		answer, err := (&http.Client{Transport: i.watched}).Post(i.Server.URL+api.PathFirstLevel, ill.media,
			strings.NewReader(ill.body))
		require.NoError(t, err)
		assert.GreaterOrEqual(t, answer.StatusCode, 400)
	}
	for range 60 {
		(&http.Client{Transport: i.watched}).Post(i.Server.URL+api.PathFirstLevel, "application/json",
			strings.NewReader("{}"))
	}
}
