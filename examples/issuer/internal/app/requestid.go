package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"regexp"

	"go.opentelemetry.io/otel/trace"
)

// requestHeader is the header in which proxies number requests.
const requestHeader = "X-Request-Id"

// requestForm is that of 128 bits, as a UUID or without hyphens. No personal data has this form.
var requestForm = regexp.MustCompile(
	`^(?i:[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$`)

// unmasked is a text of a known form, which a log writes as it is: digits in it would look like a code.
type unmasked string

type requestKey struct{}

// number gives each request an ID, which the answer and the lines in the log of the request have: that of
// its X-Request-Id, else that of its trace, else a random one. An X-Request-Id of another form is not taken.
// The log has the trace too; see [traces.Traces.Continue].
func number(w http.ResponseWriter, r *http.Request) *http.Request {
	var attrs []slog.Attr
	id, traceID := r.Header.Get(requestHeader), ""
	if span := trace.SpanContextFromContext(r.Context()); span.IsValid() {
		traceID = span.TraceID().String()
		attrs = append(attrs, slog.Any("trace", unmasked(traceID)))
	}
	if !requestForm.MatchString(id) {
		if id = traceID; id == "" {
			var random [16]byte
			rand.Read(random[:]) // never fails since Go 1.24
			id = hex.EncodeToString(random[:])
		}
	}
	w.Header().Set(requestHeader, id)
	attrs = append(attrs, slog.Any("request", unmasked(id)))
	return r.WithContext(context.WithValue(r.Context(), requestKey{}, attrs))
}

// requestAttrs returns what the lines in the log have of the request that is answered, if there is one.
func requestAttrs(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(requestKey{}).([]slog.Attr)
	return attrs
}
