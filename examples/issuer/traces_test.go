package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/internal/servers"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// receiver is a collector of traces. It keeps what it gets, and every byte of it.
type receiver struct {
	mu    sync.Mutex
	spans []*tracepb.Span
	bytes bytes.Buffer
}

func (c *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	var data tracepb.TracesData
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &data) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.bytes.Write(body)
	fmt.Fprint(&c.bytes, r.Header)
	for _, resource := range data.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
}

// below returns the names of the spans of a trace that are directly below the one with the given name, and
// the parent of that one.
func (c *receiver) below(trace, name string) (names []string, parent string) {
	id := ""
	for _, s := range c.spans {
		if fmt.Sprintf("%x", s.TraceId) == trace && s.Name == name {
			id, parent = string(s.SpanId), fmt.Sprintf("%x", s.ParentSpanId)
		}
	}
	for _, s := range c.spans {
		if string(s.ParentSpanId) == id {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), parent
}

// gateway takes messages by the webhook protocol.
type gateway struct{ code, text, to string }

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m struct{ Text, To string }
	json.NewDecoder(r.Body).Decode(&m)
	g.code, _, _ = strings.Cut(m.Text, " ")
	g.text, g.to = m.Text, m.To
	io.WriteString(w, `{"code":"ok","id":"one"}`)
}

// The callers' traces of the run, each with the parent 00f067aa0ba902b7.
const (
	firstTrace  = "0af7651916cd43dd8448eb211c80319c"
	askTrace    = "1af7651916cd43dd8448eb211c80319c"
	answerTrace = "2af7651916cd43dd8448eb211c80319c"
	parentSpan  = "00f067aa0ba902b7"
)

// tracedRun runs the service on PostgreSQL and Redis, both levels on it, and a request for nothing, and
// returns what no trace may hold. When it returns, the service has ended.
func tracedRun(t *testing.T, endpoint string) (secrets []string) {
	redis, err := servers.NewRedis()
	if servers.Skip(err) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, redis.Close()) })
	sent := &gateway{}
	provider := httptest.NewServer(sent)
	t.Cleanup(provider.Close)
	dsn := postgres.Postgres(t)
	t.Run("service", func(t *testing.T) {
		base := start(t, "-db", dsn, "-redis", "redis://"+redis.Addr, "-sms", "webhook", "-otel-endpoint",
			endpoint, "-config", only(t, smsFile(t, "WEBHOOK_URL="+provider.URL), "webhook"))
		citizen := newBrowser(t, base)
		citizen.login(t, "mario", "/area")
		paper, cf := citizen.paper(t), demo.Personas()[0].CF
		desk := operatorsDesk(t, base)
		trace := ""
		desk.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			r.Header.Set("Traceparent", "00-"+trace+"-"+parentSpan+"-01")
			r.Header.Set("Tracestate", "desk="+cf.Reveal())
			r.Header.Set("User-Agent", "of "+cf.Reveal())
			return http.DefaultTransport.RoundTrip(r)
		})
		trace = firstTrace
		report := desk.FirstLevel(t.Context(), paper, cf, verifier.FirstLevelOptions{})
		require.Equal(t, api.Confirmed, report.Verdict, report.Code)
		trace = askTrace
		q := verifier.SecondLevelRequest{Organisation: "MUSEO CIVICO", Purpose: "museum",
			Scope: api.ScopeDetail, Key: "one", CaseNumber: "pratica 77/B"}
		challenge, report := desk.RequestSecondLevel(t.Context(), paper, cf, q)
		require.NotNil(t, challenge, "%s %+v", report.Code, report.Problem)
		trace = answerTrace
		report = desk.Answer(t.Context(), paper, cf, verifier.SecondLevelAnswer{Challenge: challenge.ID,
			Code: sent.code, Scope: q.Scope, CaseNumber: q.CaseNumber})
		require.Equal(t, api.Confirmed, report.Verdict, "%s %+v", report.Code, report.Problem)
		assert.NotEmpty(t, report.Disclosed.Details)

		address := base + "/no/" + cf.Reveal() + "?q=" + cf.Reveal()
		r, err := http.NewRequestWithContext(t.Context(), cf.Reveal(), address, nil)
		require.NoError(t, err)
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		answer.Body.Close()
		jws, err := token.FromQRText(paper)
		require.NoError(t, err)
		signed := report.Receipt
		require.NotEmpty(t, signed)
		secrets = []string{jws, strings.Split(jws, ".")[1], signed, challenge.ID, sent.code, sent.text,
			strings.TrimPrefix(sent.to, "+39"), "MUSEO CIVICO", q.CaseNumber, "127.0.0.1", redis.Addr,
			"SELECT ", "known_key", "otp:"}
		for _, p := range demo.Personas() {
			secrets = append(secrets, p.CF.Reveal(), strings.TrimPrefix(p.Phone, "+39"), p.Email, p.Family)
		}
	})
	return slices.DeleteFunc(secrets, func(s string) bool { return s == "" })
}

// A check at both levels is three traces, which continue those of the caller and hold statements, commands
// and the message, and nothing about people. With ATTESTA_OTLP they go to another collector, and the file
// ATTESTA_OTLP_SECRETS gets what must not be there: see .ci/traces.sh.
func TestTraces(t *testing.T) {
	c := &receiver{}
	own := httptest.NewServer(c)
	t.Cleanup(own.Close)
	secrets := tracedRun(t, cmp.Or(os.Getenv("ATTESTA_OTLP"), own.URL))
	if path := os.Getenv("ATTESTA_OTLP_SECRETS"); path != "" {
		require.NoError(t, os.WriteFile(path, []byte(strings.Join(secrets, "\n")+"\n"), 0o600))
		return
	}
	for trace, want := range map[string][]string{
		firstTrace:  {"POST " + api.PathFirstLevel, "SELECT", "pipeline"},
		askTrace:    {"POST " + api.PathSecondLevel, "SELECT", "evalsha", "send message"},
		answerTrace: {"POST " + api.PathAnswers, "SELECT", "append access", "evalsha"},
	} {
		names, parent := c.below(trace, want[0])
		assert.Subset(t, names, want[1:])
		assert.Equal(t, parentSpan, parent, want[0])
	}
	attributes := make(map[string]bool)
	for _, s := range c.spans {
		assert.Empty(t, s.Events)
		assert.Empty(t, s.TraceState)
		for _, a := range s.Attributes {
			attributes[a.Key+"="+a.Value.GetStringValue()] = true
		}
	}
	for _, want := range []string{"db.system.name=postgresql", "db.system.name=redis",
		"attesta.provider=webhook", "http.route=GET /area", "http.route=/"} {
		assert.Contains(t, attributes, want)
	}
	for _, secret := range secrets {
		assert.NotContains(t, strings.ToUpper(c.bytes.String()), strings.ToUpper(secret))
	}
}

// Without a collector nothing runs for traces, and the answer has a traceparent only if the request had.
func TestNoTraces(t *testing.T) {
	base := start(t)
	answer, err := http.Get(base + "/status")
	require.NoError(t, err)
	answer.Body.Close()
	assert.Empty(t, answer.Header.Get("Traceparent"))
	var stacks bytes.Buffer
	require.NoError(t, pprof.Lookup("goroutine").WriteTo(&stacks, 2))
	assert.Contains(t, stacks.String(), "database/sql")
	assert.NotContains(t, stacks.String(), "opentelemetry")
}
