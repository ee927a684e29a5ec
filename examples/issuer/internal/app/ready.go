package app

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// readiness reports whether this process should receive requests. It keeps its answer for a second, so that
// nobody can load the database by asking.
type readiness struct {
	checks []check

	mu       sync.Mutex
	draining bool
	at       time.Time
	failed   []string
}

type check struct {
	name string
	ask  func(context.Context) error
}

const (
	readyFor   = time.Second
	checkLimit = 2 * time.Second
)

// drain makes the process not ready for good.
func (s *readiness) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
}

// missing returns the names of the parts that do not answer.
func (s *readiness) missing(ctx context.Context) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return []string{"shutting down"}
	}
	if now := time.Now(); now.Sub(s.at) > readyFor {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkLimit)
		defer cancel()
		s.failed = nil
		for _, c := range s.checks {
			if err := c.ask(ctx); err != nil {
				s.failed = append(s.failed, c.name)
			}
		}
		s.at = time.Now()
	}
	return s.failed
}

// public answers 200 or 503, without the names of the parts: what a body runs on is not for everybody.
func (s *readiness) public(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r, func([]string) []string { return []string{"not ready"} })
}

// operations answers 200, or 503 with the names of the parts that do not answer.
func (s *readiness) operations(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r, func(missing []string) []string { return missing })
}

func (s *readiness) answer(w http.ResponseWriter, r *http.Request, say func(missing []string) []string) {
	w.Header().Set("Cache-Control", "no-store")
	lines := []string{"ready"}
	if missing := s.missing(r.Context()); len(missing) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		lines = say(missing)
	}
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintln(w, "alive")
}
