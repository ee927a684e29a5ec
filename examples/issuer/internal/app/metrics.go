package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/qr-invalidita/attesta/examples/internal/traces"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// metrics are the counters of the service. Each label has a small closed set of values, and none identifies
// a person, an operator or an address.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	calls    *prometheus.CounterVec
	took     *prometheus.HistogramVec
	faults   *prometheus.CounterVec
	codes    *prometheus.CounterVec
	jobs     *prometheus.CounterVec
	wrong    *prometheus.CounterVec
	inFlight prometheus.Gauge
	sending  *prometheus.HistogramVec
	read     *readings
}

func newMetrics() *metrics {
	// From a check of half a millisecond to a message provider that takes all of its eight seconds.
	buckets := []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "attesta_http_requests_total",
			Help: "Requests answered, by pattern of the route and status code."},
			[]string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "attesta_http_request_seconds",
			Help: "Time to answer a request.", Buckets: buckets}, []string{"route"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "attesta_calls_total",
			Help: "Calls of the API, including those of the issuer's own pages, by outcome and its cause."},
			[]string{"route", "outcome", "code"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "attesta_call_seconds",
			Help: "Time that a call of the API took.", Buckets: buckets}, []string{"route"}),
		faults: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "attesta_faults_total",
			Help: "Parts that failed in a call of the API or in its status; the log has the cause."},
			[]string{"part"}),
		codes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "attesta_otp_events_total",
			Help: "Events of codes (otp.EventKind). Deliveries are sent, send_failed and receipt."},
			[]string{"event", "channel", "provider", "cause"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "attesta_http_requests_in_flight",
			Help: "Requests that are being answered."}),
		sending: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "attesta_provider_seconds",
			Help: "Time until a provider accepted or refused a message.", Buckets: buckets},
			[]string{"provider"}),
		read: newReadings(),
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "attesta_background_failures_total",
			Help: "Runs of background work that failed."}, []string{"job"}),
	}
	m.wrong = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "attesta_mismatches_total",
		Help: "Wrong codici fiscali that got an answer (limit none), and calls refused after too many."},
		[]string{"limit"})
	m.begin()
	m.registry.MustRegister(m.requests, m.seconds, m.calls, m.took, m.faults, m.codes, m.jobs,
		m.wrong, m.inFlight, m.sending, m.read, newBuildInfo(),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// begin makes the series that alerts read: a counter that appears with its first event has no increase for
// it.
func (m *metrics) begin() {
	for _, limit := range []string{limitNone, string(api.LimitDocument), string(api.LimitCaller)} {
		m.wrong.WithLabelValues(limit)
	}
	for _, path := range []string{api.PathFirstLevel, api.PathSecondLevel, api.PathResend, api.PathAnswers} {
		m.calls.WithLabelValues("POST "+path, "", string(api.Unavailable))
	}
	for _, part := range []string{"Signer", "Keys", "Source", "VoidBefore", "Codes", "OTP", "Contacts",
		"AccessLog", "Limiter", "Authenticate"} {
		m.faults.WithLabelValues(part)
	}
	m.codes.WithLabelValues(string(otp.EventFault), "", "", "")
}

// provider makes the series of a provider of text messages.
func (m *metrics) provider(name string) {
	for class := range otp.ClassUnavailable + 1 {
		m.codes.WithLabelValues(string(otp.EventSendFail), string(otp.SMS), name, class.String())
	}
	m.codes.WithLabelValues(string(otp.EventSent), string(otp.SMS), name, "")
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// call is for [service.Config]'s Done.
func (m *metrics) call(_ context.Context, c service.Call) {
	m.calls.WithLabelValues(c.Route, c.Outcome, c.Code).Inc()
	m.took.WithLabelValues(c.Route).Observe(c.Took.Seconds())
	switch {
	case c.Limit == api.LimitDocument, c.Limit == api.LimitCaller:
		m.wrong.WithLabelValues(string(c.Limit)).Inc()
	case c.Mismatch:
		m.wrong.WithLabelValues(limitNone).Inc()
	}
}

// fault is the Fault of [service.Config]. The service logs the error, whose text may contain personal data.
func (m *metrics) fault(_ context.Context, part string, _ error) {
	m.faults.WithLabelValues(part).Inc()
}

// limitNone is the label of wrong codici fiscali that no limit refused.
const limitNone = "none"

// code is the Events of [otp.Config].
func (m *metrics) code(_ context.Context, e otp.Event) {
	cause := ""
	switch e.Kind {
	case otp.EventLimited:
		cause = string(e.Limit)
	case otp.EventSendFail:
		cause = e.Class.String()
	case otp.EventReceipt:
		cause = e.Delivery.String()
	}
	m.codes.WithLabelValues(string(e.Kind), string(e.Channel), e.Provider, cause).Inc()
}

type routeKey struct{}

// recordRoute serves with the mux and reports the matched pattern to [App.logRequests].
func recordRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { // also when a handler panics
			if route, ok := r.Context().Value(routeKey{}).(*string); ok && *route == "" {
				*route = r.Pattern // the innermost mux reports first, with the most specific pattern
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// logRequests counts the requests and logs those that failed because of an internal fault. It records
// patterns and never paths. It recovers panics: the record has the stack but not the panic's value. See also
// [number].
func (a *App) logRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, route := time.Now(), ""
		answer := &traces.Answer{ResponseWriter: w}
		r, span := a.traces.Continue(w, r)
		r = number(w, r)
		a.metrics.inFlight.Inc()
		defer a.metrics.inFlight.Dec()
		defer func() {
			p := recover()
			if p != nil && p != http.ErrAbortHandler {
				a.Log.ErrorContext(r.Context(), "request panicked", "route", route, "type",
					fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
				if answer.Status == 0 {
					http.Error(answer, http.StatusText(http.StatusInternalServerError),
						http.StatusInternalServerError)
				}
			}
			answer.Status = cmp.Or(answer.Status, http.StatusOK)
			took := time.Since(began)
			traces.Answered(span, route, answer.Status)
			a.metrics.requests.WithLabelValues(route, strconv.Itoa(answer.Status)).Inc()
			a.metrics.seconds.WithLabelValues(route).Observe(took.Seconds())
			level := slog.LevelDebug
			if answer.Status >= http.StatusInternalServerError {
				level = slog.LevelWarn
			}
			a.Log.LogAttrs(r.Context(), level, "request", slog.String("method", r.Method),
				slog.String("route", route), slog.Int("status", answer.Status), slog.Duration("took", took))
			if p == http.ErrAbortHandler {
				panic(p)
			}
		}()
		next.ServeHTTP(answer, r.WithContext(context.WithValue(r.Context(), routeKey{}, &route)))
	})
}
