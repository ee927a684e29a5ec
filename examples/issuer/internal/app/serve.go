package app

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/certificate"
	"github.com/qr-invalidita/attesta/internal/cause"
)

// These are the limits on clients. Request bodies are small, and an answer takes longest when it waits
// for a message provider.
const (
	headerTimeout  = 5 * time.Second
	requestTimeout = 20 * time.Second
	answerTimeout  = 60 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeader      = 32 << 10
	maxBody        = 64 << 10 // the API has a lower limit of its own
)

// shutdownLimit bounds the time for running requests to end.
const shutdownLimit = 20 * time.Second

// job is background work that repeats.
type job struct {
	name     string
	interval time.Duration
	run      func(context.Context) error
}

func (a *App) every(interval time.Duration, name string, run func(context.Context) error) {
	a.jobs = append(a.jobs, job{name, interval, run})
	a.metrics.jobs.WithLabelValues(name)
}

// work runs a job at once and then after each interval: a service that is started again more often than that
// must do it too.
func (a *App) work(ctx context.Context, j job) {
	ticker := time.NewTicker(j.interval)
	defer ticker.Stop()
	for {
		if err := j.run(ctx); err != nil && ctx.Err() == nil {
			a.metrics.jobs.WithLabelValues(j.name).Inc()
			a.Log.LogAttrs(ctx, slog.LevelError, "background work failed", slog.String("job", j.name),
				slog.String("cause", cause.Text(err)))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// listen opens the address early, so that an address in use shows before anything else starts.
func (a *App) listen(flag, address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, &Fault{flag, err}
	}
	a.closers = append(a.closers, func() error {
		if err := listener.Close(); !errors.Is(err, net.ErrClosed) { // its server has closed it
			return err
		}
		return nil
	})
	return listener, nil
}

// Serve does the background work until ctx is done. The process then reports that it is not ready, continues
// for the time of -drain, accepts no new connections, and waits for the running requests.
func (a *App) Serve(ctx context.Context) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var working sync.WaitGroup
	defer working.Wait()
	defer stop()
	working.Go(func() { a.awaitHangups(background) })
	for _, j := range a.jobs {
		working.Go(func() { a.work(background, j) })
	}

	var err error
	select {
	case err = <-a.failed:
	case <-ctx.Done():
	}
	a.ready.draining.Store(true)
	if err == nil && a.Drain > 0 {
		a.Log.Info("draining", "for", a.Drain)
		select {
		case err = <-a.failed:
		case <-time.After(a.Drain):
		}
	}
	a.stopStreams()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownLimit)
	defer cancel()
	errs := make([]error, len(a.servers))
	var ending sync.WaitGroup
	for i, server := range a.servers {
		ending.Go(func() { errs[i] = server.Shutdown(end) })
	}
	ending.Wait()
	return errors.Join(err, errors.Join(errs...))
}

// serve answers at the listener from now on, until Serve or Close ends it.
func (a *App) serve(server *http.Server, listener net.Listener) {
	a.servers = append(a.servers, server)
	a.closers = append(a.closers, server.Close)
	go func() {
		var err error
		if server.TLSConfig != nil {
			err = server.ServeTLS(listener, "", "")
		} else {
			err = server.Serve(listener)
		}
		if !errors.Is(err, http.ErrServerClosed) {
			select {
			case a.failed <- err:
			default: // another one failed before
			}
		}
	}()
}

func (a *App) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: requestTimeout,
		WriteTimeout: answerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug), // mostly failed handshakes
	}
}

// openTLS returns nil if the listener serves plain http.
func (a *App) openTLS() (*tls.Config, error) {
	switch {
	case a.LAN:
		config, err := certificate.ThrowAway(a.network)
		if err != nil {
			return nil, &Fault{"lan", err}
		}
		return config, nil
	case a.TLSCert != "":
		files, err := certificate.Open(a.TLSCert, a.TLSKey)
		if err != nil {
			return nil, &FlagError{"tls-cert", err}
		}
		a.watchCertificate(files)
		return files.Config(), nil
	}
	return nil, nil
}
