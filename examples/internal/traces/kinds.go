package traces

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/http"
	"strings"

	"github.com/XSAM/otelsql"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Continue begins the span of a request, in the trace that its traceparent names if it is well-formed, and
// gives the traceparent back. The caller names the span by [Answered].
func (t *Traces) Continue(w http.ResponseWriter, r *http.Request) (*http.Request, trace.Span) {
	var form propagation.TraceContext
	ctx := form.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	// a tracestate may hold anything
	parent := trace.SpanContextFromContext(ctx).WithTraceState(trace.TraceState{})
	ctx, span := t.Start(trace.ContextWithRemoteSpanContext(ctx, parent), "request",
		trace.WithSpanKind(trace.SpanKindServer))
	form.Inject(ctx, propagation.HeaderCarrier(w.Header()))
	return r.WithContext(ctx), span
}

// Answered ends the span of a request with the pattern of its route, if one matched, and the status.
func Answered(span trace.Span, route string, status int) {
	if route != "" {
		span.SetName(route)
	}
	span.SetAttributes(attribute.String(Route, route), attribute.Int(Status, status))
	if status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// Handler makes a span of each request that next answers.
func (t *Traces) Handler(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, span := t.Continue(w, r)
		answer, status := &Answer{ResponseWriter: w}, http.StatusInternalServerError // if next panics
		defer func() { Answered(span, r.Pattern, status) }()
		next.ServeHTTP(answer, r)
		status = cmp.Or(answer.Status, http.StatusOK)
	})
}

// An Answer keeps the status that was written; 0 means none yet. http.ResponseController reaches the methods
// of the writer below it.
type Answer struct {
	http.ResponseWriter
	Status int
}

// Unwrap is for [http.ResponseController].
func (a *Answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader is that of [http.ResponseWriter].
func (a *Answer) WriteHeader(status int) {
	if status >= http.StatusOK {
		a.Status = cmp.Or(a.Status, status)
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write is that of [http.ResponseWriter].
func (a *Answer) Write(p []byte) (int, error) {
	a.Status = cmp.Or(a.Status, http.StatusOK)
	return a.ResponseWriter.Write(p)
}

// Transport makes a span of each call of the issuer that a recorded request takes, and sends its traceparent.
func (t *Traces) Transport(next http.RoundTripper) http.RoundTripper { return transport{t, next} }

type transport struct {
	*Traces
	next http.RoundTripper
}

// RoundTrip is that of [http.RoundTripper].
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !inTrace(r.Context()) {
		return t.next.RoundTrip(r)
	}
	ctx, end := t.call(r.Context(), "call issuer")
	r = r.Clone(ctx)
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(r.Header))
	got, err := t.next.RoundTrip(r)
	if err == nil {
		trace.SpanFromContext(ctx).SetAttributes(attribute.Int(Status, got.StatusCode))
	}
	end(err)
	return got, err
}

// Send begins the span of a message, which the function ends.
func (t *Traces) Send(ctx context.Context, provider string) (context.Context, func(error)) {
	return t.call(ctx, "send message", attribute.String(Provider, provider))
}

// call begins the span of a call of another server.
func (t *Traces) call(ctx context.Context, name string, a ...attribute.KeyValue) (
	context.Context, func(error),
) {
	ctx, span := t.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(a...))
	return ctx, func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// inTrace reports whether the work is for a request that is recorded: background work makes no traces.
func inTrace(ctx context.Context) bool { return trace.SpanFromContext(ctx).IsRecording() }

// Pool returns what opens the connections to the database at dsn, a server or a file, or nil if t is
// nil. The name of a span is the first word of its statement.
func (t *Traces) Pool(dsn string) func(driver.Connector) *sql.DB {
	if t == nil {
		return nil
	}
	system := "sqlite"
	if strings.Contains(dsn, "://") {
		system = "postgresql"
	}
	options := otelsql.SpanOptions{DisableQuery: true, DisableErrSkip: true, OmitConnResetSession: true,
		OmitConnPrepare: true, OmitRows: true, OmitConnectorConnect: true,
		SpanFilter: func(ctx context.Context, _ otelsql.Method, _ string, _ []driver.NamedValue) bool {
			return inTrace(ctx)
		}}
	return func(c driver.Connector) *sql.DB {
		return otelsql.OpenDB(c, otelsql.WithTracerProvider(t.provider), otelsql.WithSpanOptions(options),
			otelsql.WithAttributes(attribute.String(System, system)),
			otelsql.WithSpanNameFormatter(func(_ context.Context, m otelsql.Method, query string) string {
				return firstWord(query, string(m))
			}))
	}
}

// firstWord returns the keyword of a statement, otherwise other.
func firstWord(query, other string) string {
	words := strings.Fields(query)
	if len(words) == 0 || strings.Trim(words[0], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return other
	}
	return words[0]
}

// Hook returns spans of commands, whose names they have, or nil if t is nil.
func (t *Traces) Hook() redis.Hook {
	if t == nil {
		return nil
	}
	return hook{t}
}

type hook struct{ *Traces }

// DialHook is that of [redis.Hook].
func (hook) DialHook(next redis.DialHook) redis.DialHook {
	return next
}

// ProcessHook is that of [redis.Hook].
func (h hook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, c redis.Cmder) error {
		return h.run(ctx, c.Name(), func(ctx context.Context) error { return next(ctx, c) })
	}
}

// ProcessPipelineHook is that of [redis.Hook].
func (h hook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, c []redis.Cmder) error {
		return h.run(ctx, "pipeline", func(ctx context.Context) error { return next(ctx, c) })
	}
}

func (h hook) run(ctx context.Context, name string, do func(context.Context) error) error {
	if !inTrace(ctx) {
		return do(ctx)
	}
	ctx, end := h.call(ctx, name, attribute.String(System, "redis"))
	err := do(ctx)
	if errors.Is(err, redis.Nil) { // there is no value
		end(nil)
	} else {
		end(err)
	}
	return err
}
