package app

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// readyFor and checkLimit are short enough for a balancer to send nothing more after a second.
const readyFor = 250 * time.Millisecond

var checkLimit = time.Second // more in tests, which a busy machine must not fail

// readiness reports whether this process should receive requests. The two answers are for two groups of
// servers in a load balancer: as long as a process is deeply ready, requests go to those that are; if none
// is, they go to all that are ready, which then answer that they cannot tell, with a key set.
type readiness struct {
	// keys are what every answer needs. deep are what true answers need, the keys among them.
	keys, deep       probes
	opened, draining atomic.Bool
}

// check adds a part that true answers need.
func (s *readiness) check(name string, ask func(context.Context) error) {
	s.deep.checks = append(s.deep.checks, check{name, ask})
}

// checkKeys adds a part that every answer needs.
func (s *readiness) checkKeys(ask func(context.Context) error) {
	s.keys.checks = append(s.keys.checks, check{"keys", ask})
}

// missing returns the names of the parts that every answer needs and that are missing.
func (s *readiness) missing(ctx context.Context) []string {
	switch {
	case s.draining.Load():
		return []string{"shutting down"}
	case !s.opened.Load():
		return []string{"starting"}
	}
	return s.keys.missing(ctx)
}

// missingDeep returns the names of all parts that are missing.
func (s *readiness) missingDeep(ctx context.Context) []string {
	missing := s.missing(ctx)
	if s.opened.Load() && !s.draining.Load() { // a process that drains says so at once
		missing = slices.Concat(missing, s.deep.missing(ctx))
	}
	return missing
}

// public adds the routes without the names of the parts: what a body runs on is not for everybody.
func (s *readiness) public(mux *http.ServeMux) {
	s.routes(mux, func([]string) []string { return []string{"not ready"} })
}

// operations adds the routes with the names of the parts that do not answer.
func (s *readiness) operations(mux *http.ServeMux) {
	s.routes(mux, func(missing []string) []string { return missing })
}

func (s *readiness) routes(mux *http.ServeMux, say func(missing []string) []string) {
	route := func(path string, missing func(context.Context) []string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-store")
			lines := []string{"ready"}
			if missing := missing(r.Context()); len(missing) > 0 {
				w.WriteHeader(http.StatusServiceUnavailable)
				lines = say(missing)
			}
			for _, line := range lines {
				fmt.Fprintln(w, line)
			}
		})
	}
	route(readyPath, s.missing)
	route(deepPath, s.missingDeep)
	mux.HandleFunc("GET "+healthPath, healthy)
}

// The paths that load balancers and process managers ask.
const (
	healthPath = "/healthz"
	readyPath  = "/readyz"
	deepPath   = "/readyz/deep"
)

// forBalancers reports whether the path is one of those that load balancers ask, by an address of their own
// and as often as they like.
func forBalancers(path string) bool {
	return path == healthPath || path == readyPath || path == deepPath
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintln(w, "alive")
}

type check struct {
	name string
	ask  func(context.Context) error
}

// probes are checks. Their answer is kept for readyFor, so that nobody can load the database by asking.
type probes struct {
	checks []check
	failed kept[[]string]
}

// missing returns the names of the checks that fail, or do not answer in time.
func (p *probes) missing(ctx context.Context) []string {
	failed, _ := p.failed.get(ctx, readyFor, checkLimit, p.ask)
	return failed
}

// ask runs the checks beside each other, so that none is blamed for another one.
func (p *probes) ask(ctx context.Context) (failed []string, _ error) {
	errs := make([]error, len(p.checks))
	var asking sync.WaitGroup
	for i, c := range p.checks {
		asking.Go(func() { errs[i] = c.ask(ctx) })
	}
	asking.Wait()
	for i, c := range p.checks {
		if errs[i] != nil {
			failed = append(failed, c.name)
		}
	}
	return failed, nil
}
