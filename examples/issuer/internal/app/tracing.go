package app

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/qr-invalidita/attesta/examples/internal/traces"
)

// collector settles -otel-endpoint.
func (s *settled) collector() (err error) {
	if s.OTelEndpoint == "" {
		return nil
	}
	if s.collects, err = traces.ParseURL(s.OTelEndpoint); err != nil {
		return &FlagError{"otel-endpoint", err}
	}
	return nil
}

// openTraces opens what makes the spans, which go nowhere without -otel-endpoint. It is closed last.
func (a *App) openTraces(context.Context) error {
	c := traces.Collector{URL: a.collects, Service: "attesta-issuer", Log: a.Log}
	if c.URL != nil {
		spans := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "attesta_trace_spans_total",
			Help: "Spans of traces, by what became of them."}, []string{"result"})
		for _, result := range traces.Results() {
			spans.WithLabelValues(result)
		}
		a.metrics.registry.MustRegister(spans)
		c.Count = func(result string, n int) { spans.WithLabelValues(result).Add(float64(n)) }
	}
	a.traces = c.Open()
	a.closers = append(a.closers, a.traces.Close)
	return nil
}
