// Package traces sends what a program did for each request to an OpenTelemetry collector: that a request was
// answered, and which statements, commands and messages it took, with their times.
//
// A span has a name out of this program, such as the pattern of a route or SELECT, and the attributes in
// [Allowed]. Everything else that instrumentation may add, such as texts of errors and statements, is dropped
// before it is sent, so no personal data leaves the process. What is not checked is that the collector is
// the right one: protect its address like that of a log server.
//
// A collector that is slow or down costs traces and nothing else: spans wait in a bounded queue, and what
// does not fit is counted and dropped.
package traces

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/qr-invalidita/attesta/examples/internal/build"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/cause"
)

const (
	// maxWaiting is how many spans wait to be sent; 2,048 are the default of the SDK and take about 2 MB.
	maxWaiting = 2048
	// sendLimit bounds the sending of one batch.
	sendLimit = 5 * time.Second
	// closeLimit bounds the sending of what waits when the program ends.
	closeLimit = 5 * time.Second
	// path is that of traces below the address of a receiver, by the specification of OTLP/HTTP.
	path = "/v1/traces"
)

// These are the attributes of spans.
const (
	Route    = "http.route"                // the pattern, never the path
	Status   = "http.response.status_code" // of the answer
	System   = "db.system.name"            // postgresql, sqlite or redis
	Provider = "attesta.provider"          // of messages, as in the settings
)

// Allowed returns the attributes that are sent.
func Allowed() []string { return []string{Route, Status, System, Provider} }

// The results of a span.
const (
	Sent    = "sent"    // the collector has it
	Failed  = "failed"  // the collector did not take it
	Dropped = "dropped" // too many waited
)

// Results returns them.
func Results() []string { return []string{Sent, Failed, Dropped} }

// A Collector is where the spans go.
type Collector struct {
	// URL is the base of a receiver of OTLP over HTTP, to which /v1/traces is added. nil means that there is
	// none: no span is recorded, and there is no goroutine.
	URL *url.URL
	// Service is the name of the program.
	Service string
	// Count is called with each result and its number of spans. Required with URL.
	Count func(result string, spans int)
	// Log receives a record when sending begins to fail, and when it works again. Required with URL.
	Log *slog.Logger
}

// ParseURL parses the address of a receiver.
func ParseURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" {
		return nil, words.Errorf("want http://HOST:PORT or https://HOST:PORT of a receiver of OTLP over HTTP")
	}
	return u, nil
}

// Traces makes spans; nil makes none. Make it with [Collector.Open].
type Traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// Open returns what makes the spans go to the collector, or nil if there is none. It does not wait for the
// collector. Call Close at the end.
//
// The share of traces and the size of batches follow the variables of the SDK, such as OTEL_TRACES_SAMPLER.
func (c Collector) Open() *Traces {
	if c.URL == nil {
		return nil
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	sender := &sender{url: c.URL.JoinPath(path).String(), client: &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	q := &queue{Collector: c, SpanExporter: otlptrace.NewUnstarted(sender)}
	q.SpanProcessor = sdktrace.NewBatchSpanProcessor(exporter{q}, sdktrace.WithMaxQueueSize(maxWaiting),
		sdktrace.WithExportTimeout(sendLimit))
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(q), sdktrace.WithResource(
		resource.NewSchemaless(attribute.String("service.name", c.Service),
			attribute.String("service.version", build.Read().Version))))
	return &Traces{provider, provider.Tracer("attesta")}
}

// Start begins a span, which the caller ends. A nil Traces continues that of ctx, if there is one.
func (t *Traces) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (
	context.Context, trace.Span,
) {
	if t == nil {
		return noop.Tracer{}.Start(ctx, name, options...)
	}
	return t.tracer.Start(ctx, name, options...)
}

// Close sends what waits, for five seconds at most.
func (t *Traces) Close() error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
	defer cancel()
	err := t.provider.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // traces are no reason to say that the program failed
	}
	return err
}

// queue bounds what waits, and counts what becomes of it.
type queue struct {
	Collector
	sdktrace.SpanProcessor
	sdktrace.SpanExporter
	waiting atomic.Int64
	failing atomic.Bool
}

// OnEnd takes a span if there is room.
func (q *queue) OnEnd(s sdktrace.ReadOnlySpan) {
	if q.waiting.Add(1) > maxWaiting {
		q.waiting.Add(-1)
		q.Count(Dropped, 1)
		return
	}
	q.SpanProcessor.OnEnd(s)
}

// Shutdown is that of the processor.
func (q *queue) Shutdown(ctx context.Context) error { return q.SpanProcessor.Shutdown(ctx) }

// exporter is the queue as the processor calls it.
type exporter struct{ *queue }

// ExportSpans sends a batch. What fails is lost: a retry would take the room of newer spans.
func (x exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := x.SpanExporter.ExportSpans(ctx, spans)
	x.waiting.Add(-int64(len(spans)))
	switch {
	case err != nil:
		x.Count(Failed, len(spans))
		if !x.failing.Swap(true) {
			x.Log.Warn("traces do not arrive", "cause", cause.Text(err))
		}
	default:
		x.Count(Sent, len(spans))
		if x.failing.Swap(false) {
			x.Log.Info("traces arrive again")
		}
	}
	return nil // the processor would write the error to standard error
}

// Shutdown is that of the exporter.
func (x exporter) Shutdown(ctx context.Context) error { return x.SpanExporter.Shutdown(ctx) }

// sender is an [otlptrace.Client]. That of the OpenTelemetry project links gRPC, which doubles what traces
// cost to compile.
type sender struct {
	url    string
	client *http.Client
}

// Start does nothing.
func (s *sender) Start(context.Context) error { return nil }

// Stop closes idle connections.
func (s *sender) Stop(context.Context) error {
	s.client.CloseIdleConnections()
	return nil
}

// UploadTraces sends the spans without what is not allowed. A TracesData is on the wire what a request is.
func (s *sender) UploadTraces(ctx context.Context, all []*tracepb.ResourceSpans) error {
	for _, r := range all {
		for _, scope := range r.ScopeSpans {
			for _, span := range scope.Spans {
				clean(span)
			}
		}
	}
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: all})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	answer, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection is kept
	if answer.StatusCode/100 != 2 {
		return cause.New(fmt.Sprintf("status %d", answer.StatusCode))
	}
	return nil
}

// clean drops what may hold personal data.
func clean(s *tracepb.Span) {
	s.TraceState, s.Events, s.Links = "", nil, nil
	if s.Status != nil {
		s.Status.Message = ""
	}
	s.Attributes = slices.DeleteFunc(s.Attributes, func(a *commonpb.KeyValue) bool {
		return !slices.Contains(Allowed(), a.Key)
	})
}
