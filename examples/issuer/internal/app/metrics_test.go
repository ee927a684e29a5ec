package app

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/verifier/service"
)

func newWatched(t *testing.T) (a *App, logs *bytes.Buffer, handler http.Handler) {
	t.Helper()
	logs = &bytes.Buffer{}
	log, err := NewLog(logs, "text", slog.LevelDebug)
	require.NoError(t, err)
	a = &App{settled: &settled{Config: Config{Log: log}}, metrics: newMetrics(), ready: &readiness{}}
	inner, outer := http.NewServeMux(), http.NewServeMux()
	inner.HandleFunc("GET /people/{code}", func(w http.ResponseWriter, r *http.Request) {
		assert.NoError(t, http.NewResponseController(w).Flush())
	})
	inner.HandleFunc("GET /panic/{code}", func(w http.ResponseWriter, r *http.Request) {
		panic(r.PathValue("code"))
	})
	inner.HandleFunc("GET /abort/{code}", func(w http.ResponseWriter, r *http.Request) {
		panic(http.ErrAbortHandler)
	})
	outer.Handle("/", recordRoute(inner))
	outer.HandleFunc("/fault/{code}", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
	})
	return a, logs, a.logRequests(recordRoute(outer))
}

func metricsText(a *App) string {
	w := httptest.NewRecorder()
	a.operations().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

// Requests are counted by pattern. The values in a path appear neither in the metrics nor in the log.
func TestLogRequests(t *testing.T) {
	const person = "RSSMRA80A01H501U"
	a, logs, h := newWatched(t)
	for path, want := range map[string]int{"/people/": 200, "/panic/": 500, "/fault/": 502, "/none/": 404} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path+person, nil))
		assert.Equal(t, want, w.Code, path)
		assert.NotContains(t, w.Body.String(), person)
	}
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/abort/"+person, nil))
	})
	a.metrics.call(t.Context(), service.Call{Route: "POST /v1/first-level-checks", Outcome: "cannot_tell",
		Code: "no_status_here"})
	a.metrics.code(t.Context(), otp.Event{Kind: otp.EventSendFail, Channel: otp.SMS, Provider: "webhook",
		Class: otp.ClassBalance, Tenant: person})
	a.metrics.code(t.Context(), otp.Event{Kind: otp.EventLimited, Limit: otp.LimitPhone, ChallengeID: person})
	text := metricsText(a)
	for _, want := range []string{
		`attesta_http_requests_total{route="GET /people/{code}",status="200"} 1`,
		`attesta_http_requests_total{route="GET /panic/{code}",status="500"} 1`,
		`attesta_http_requests_total{route="/fault/{code}",status="502"} 1`,
		`attesta_http_requests_total{route="",status="404"} 1`,
		`attesta_http_request_seconds_count{route="GET /people/{code}"} 1`,
		`attesta_calls_total{code="no_status_here",outcome="cannot_tell",` +
			`route="POST /v1/first-level-checks"} 1`,
		`attesta_otp_events_total{cause="balance",channel="sms",event="send_failed",provider="webhook"} 1`,
		`attesta_otp_events_total{cause="phone",channel="",event="limited",provider=""} 1`,
		"go_goroutines", "process_resident_memory_bytes",
	} {
		assert.True(t, strings.Contains(text, want), want)
	}
	assert.False(t, strings.Contains(text, person))
	assert.NotContains(t, logs.String(), person)
	assert.Contains(t, logs.String(), "request panicked")
	assert.Contains(t, logs.String(), `level=WARN msg=request method=GET route=/fault/{code} status=502`)
}

func TestOperations(t *testing.T) {
	a, _, _ := newWatched(t)
	a.ready.opened.Store(true)
	for path, want := range map[string]string{"/healthz": "alive", "/readyz": "ready",
		"/readyz/deep": "ready", "/debug/pprof/": "goroutine"} {
		w := httptest.NewRecorder()
		a.operations().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		assert.Equal(t, http.StatusOK, w.Code)
		assert.Contains(t, w.Body.String(), want)
	}
}
