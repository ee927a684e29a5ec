package app

import (
	"context"
	"crypto/x509"
	"database/sql"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"

	"github.com/qr-invalidita/attesta/examples/internal/build"
	"github.com/qr-invalidita/attesta/examples/internal/cns"
	"github.com/qr-invalidita/attesta/examples/internal/traces"
	"github.com/qr-invalidita/attesta/internal/cause"
	"github.com/qr-invalidita/attesta/otp"
)

// readLimit bounds the time of the readings of one scrape, which run beside each other.
var readLimit = time.Second // more in tests

// readings are the metrics that are read when somebody asks for them. What cannot be read is left out.
type readings struct {
	descs map[string]*prometheus.Desc
	mu    sync.Mutex
	reads []func(context.Context, tell)
}

// tell takes a value that was read, and the value of its label, if it has one.
type tell func(name string, value float64, labels ...string)

func newReadings() *readings {
	r := &readings{descs: make(map[string]*prometheus.Desc)}
	for _, m := range []struct{ name, help, label string }{
		{"attesta_up", "1 if a part of /readyz/deep does what it should, else 0.", "part"},
		{"attesta_signing_key_days", "Days until the last key of the folder stops signing.", ""},
		{"attesta_certificate_days", "Days until the certificate of the listeners expires.", ""},
		{"attesta_revocation_list_age_seconds", "Age of the oldest revocation list of cards.", ""},
		{"attesta_revocation_list_left_seconds",
			"Time until the first revocation list is out of date, and its cards are refused.", ""},
		{"attesta_access_log_records", "Records that were ever appended to the access log.", ""},
		{"attesta_access_log_last_append_timestamp_seconds", "Time of the newest record.", ""},
		{"attesta_journal_up", "1 if the journal answers, else 0.", ""},
		{"attesta_journal_lag_seconds", "Age of the oldest void or access that the journal lacks.", ""},
		{"attesta_journal_rollback", "1 if the database was put back to an earlier state, else 0.", ""},
		{"attesta_clock_offset_seconds", "Clock of a server, less that of this machine.", "server"},
		{"attesta_redis_connections", "Connections to Redis, all or idle.", "state"},
		{"attesta_redis_pool_timeouts_total", "Waits for a connection to Redis that were too long.", ""},
		{"attesta_provider_open", "1 if a provider of messages is left out, since it failed.", "provider"},
	} {
		var labels []string
		if m.label != "" {
			labels = []string{m.label}
		}
		r.descs[m.name] = prometheus.NewDesc(m.name, m.help, labels, nil)
	}
	return r
}

// Describe is that of [prometheus.Collector].
func (r *readings) Describe(out chan<- *prometheus.Desc) {
	for _, d := range r.descs {
		out <- d
	}
}

// Collect is that of [prometheus.Collector].
func (r *readings) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readLimit)
	defer cancel()
	say := func(name string, value float64, labels ...string) {
		kind := prometheus.GaugeValue
		if strings.HasSuffix(name, "_total") {
			kind = prometheus.CounterValue
		}
		out <- prometheus.MustNewConstMetric(r.descs[name], kind, value, labels...)
	}
	r.mu.Lock()
	reads := r.reads
	r.mu.Unlock()
	var reading sync.WaitGroup
	for _, read := range reads {
		reading.Go(func() { read(ctx, say) })
	}
	reading.Wait()
}

func (r *readings) add(read func(context.Context, tell)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reads = append(r.reads, read)
}

func newBuildInfo() prometheus.Collector {
	b := build.Read()
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "attesta_build_info",
		Help: "1, with the build that runs."}, []string{"version", "commit", "go"})
	info.WithLabelValues(b.Version, b.Commit, b.Go).Set(1)
	return info
}

// databasePool returns the metrics go_sql_* of connections: "issuer", or "access_log" for its own.
func databasePool(db *sql.DB, name string) prometheus.Collector {
	return collectors.NewDBStatsCollector(db, name)
}

// observe adds the readings of what every process has.
func (a *App) observe() {
	a.metrics.registry.MustRegister(databasePool(a.db.DB, "issuer"))
	if a.logDB != a.db {
		a.metrics.registry.MustRegister(databasePool(a.logDB.DB, "access_log"))
	}
	a.metrics.read.add(func(ctx context.Context, say tell) { a.ready.tell(ctx, say) })
	a.metrics.read.add(func(ctx context.Context, say tell) {
		if until, ok := a.keys.signUntil(ctx); ok {
			say("attesta_signing_key_days", days(until))
		}
	})
	a.metrics.read.add(a.tellAccessLog)
	if a.router != nil {
		a.metrics.read.add(func(_ context.Context, say tell) {
			for _, h := range a.router.Health() {
				say("attesta_provider_open", number01(h.Open), h.Provider)
			}
		})
	}
}

func (a *App) observeRedis(client *redis.Client) {
	a.metrics.read.add(func(_ context.Context, say tell) {
		pool := client.PoolStats()
		say("attesta_redis_connections", float64(pool.TotalConns), "all")
		say("attesta_redis_connections", float64(pool.IdleConns), "idle")
		say("attesta_redis_pool_timeouts_total", float64(pool.Timeouts))
	})
}

// certificateWarning is how long before its end a certificate is in the log. Automatic renewals are earlier.
const certificateWarning = 7 * 24 * time.Hour

// observeCertificate watches the certificate of the listeners.
func (a *App) observeCertificate(get func() *x509.Certificate) {
	a.metrics.read.add(func(_ context.Context, say tell) {
		say("attesta_certificate_days", days(get().NotAfter))
	})
	a.every(time.Hour, "certificate", func(context.Context) error {
		if time.Until(get().NotAfter) < certificateWarning {
			return cause.New("the certificate of -tls-cert expires within seven days, or has expired")
		}
		return nil
	})
}

func (a *App) observeLists(lists *cns.Lists) {
	a.metrics.read.add(func(_ context.Context, say tell) {
		if issued, next, ok := lists.Dates(); ok {
			say("attesta_revocation_list_age_seconds", time.Since(issued).Seconds())
			say("attesta_revocation_list_left_seconds", time.Until(next).Seconds())
		}
	})
}

func (a *App) tellAccessLog(ctx context.Context, say tell) {
	var size, last int64
	err := a.db.QueryRowContext(ctx, "SELECT size, coalesce((SELECT at_s FROM access_record "+
		"ORDER BY number DESC LIMIT 1), 0) FROM access_tree WHERE one = 1").Scan(&size, &last)
	if err != nil {
		return
	}
	say("attesta_access_log_records", float64(size))
	if last > 0 { // else there is none, or the retention has deleted it
		say("attesta_access_log_last_append_timestamp_seconds", float64(last))
	}
}

// tell tells which parts work.
func (s *readiness) tell(ctx context.Context, say tell) {
	if !s.opened.Load() {
		return
	}
	for _, p := range []*probes{&s.keys, &s.deep} {
		failed := p.missing(ctx)
		for _, c := range p.checks {
			say("attesta_up", number01(!slices.Contains(failed, c.name)), c.name)
		}
	}
}

// measured returns the provider of messages, and measures how long it takes to accept one.
func measured(s Sender, took prometheus.Observer, spans *traces.Traces) otp.Sender {
	t := timed{s, took, spans}
	if ready, ok := s.Sender.(otp.ReadySender); ok {
		return timedReady{t, ready.Ready}
	}
	return t // of another one the router knows better whether it could send
}

type timed struct {
	Sender
	took  prometheus.Observer
	spans *traces.Traces
}

type timedReady struct {
	timed
	ready func(context.Context) error
}

// Ready is that of [otp.ReadySender].
func (t timedReady) Ready(ctx context.Context) error { return t.ready(ctx) }

// Send sends the message.
func (t timed) Send(ctx context.Context, m otp.Message) (_ otp.Submission, err error) {
	began := time.Now()
	ctx, end := t.spans.Send(ctx, t.Name)
	defer func() {
		end(err)
		t.took.Observe(time.Since(began).Seconds())
	}()
	return t.Sender.Send(ctx, m)
}

// Capabilities is that of [otp.CapableSender], zero for a provider that is none.
func (t timed) Capabilities() (c otp.Capabilities) {
	if s, ok := t.Sender.Sender.(otp.CapableSender); ok {
		c = s.Capabilities()
	}
	return c
}

func days(until time.Time) float64 {
	return math.Round(time.Until(until).Hours()/24*1000) / 1000
}

func number01(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
