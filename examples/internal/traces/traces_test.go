package traces_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/qr-invalidita/attesta/examples/internal/traces"
)

type counted struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counted) count(result string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[result] += n
}

// A collector that does not answer holds up nobody: what does not fit is dropped, and all is counted. The log
// says once that nothing arrives.
func TestCollectorThatFails(t *testing.T) {
	answer, first := make(chan int), make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		first <- struct{}{}
		w.WriteHeader(<-answer)
	}))
	defer server.Close()
	u, err := traces.ParseURL(server.URL)
	require.NoError(t, err)
	var log bytes.Buffer
	results := &counted{n: make(map[string]int)}
	all := traces.Collector{URL: u, Service: "test", Count: results.count,
		Log: slog.New(slog.NewTextHandler(&log, nil))}.Open()
	span := func(n int) {
		for range n {
			_, s := all.Start(t.Context(), "work")
			s.End()
		}
	}
	span(512) // a batch
	<-first
	span(3000)
	assert.Equal(t, 512+3000-2048, results.n[traces.Dropped], "while the collector has the first")
	go func() {
		defer close(answer)
		for range 3 {
			answer <- http.StatusServiceUnavailable
		}
		answer <- http.StatusOK
	}()
	require.NoError(t, all.Close())
	assert.Equal(t, map[string]int{traces.Dropped: 1464, traces.Failed: 3 * 512, traces.Sent: 512}, results.n)
	assert.Equal(t, 1, strings.Count(log.String(), "traces do not arrive"))
	assert.Contains(t, log.String(), "status 503")
	assert.Contains(t, log.String(), "traces arrive again")
	assert.NotContains(t, log.String(), server.URL)
}

// Whatever instrumentation adds, only what is allowed is sent.
func TestOnlyWhatIsAllowed(t *testing.T) {
	var sent []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		sent, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()
	u, err := traces.ParseURL(server.URL + "/otlp")
	require.NoError(t, err)
	all := traces.Collector{URL: u, Service: "test", Count: func(string, int) {}}.Open()
	const secret = "RSSMRA80A01H501U"
	_, span := all.Start(t.Context(), "work", trace.WithAttributes(attribute.String("db.query.text", secret)),
		trace.WithLinks(trace.Link{Attributes: []attribute.KeyValue{attribute.String("of", secret)}}))
	span.RecordError(errors.New("no row for " + secret))
	span.SetStatus(codes.Error, secret)
	traces.Answered(span, "GET /area", http.StatusInternalServerError)
	require.NoError(t, all.Close())
	assert.Contains(t, string(sent), "GET /area")
	assert.NotContains(t, string(sent), secret)
}

// Without a collector nothing is made, and a request keeps its caller's trace.
func TestNone(t *testing.T) {
	var none *traces.Traces = traces.Collector{}.Open()
	require.Nil(t, none)
	assert.Nil(t, none.Pool("registry.db"))
	assert.Nil(t, none.Hook())
	ctx, end := none.Send(context.Background(), "twilio")
	end(errors.New("no"))
	assert.False(t, trace.SpanContextFromContext(ctx).IsValid())
	require.NoError(t, none.Close())
}

func TestParseURL(t *testing.T) {
	for _, address := range []string{"", "collector:4318", "grpc://collector:4317", "http://", "http://a?b=c",
		"http://user:word@collector:4318", "http://a#b"} {
		_, err := traces.ParseURL(address)
		assert.Error(t, err, address)
	}
}
