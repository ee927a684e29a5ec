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

// ServeHTTP answers 200, or 503 with the names of the parts that do not answer.
func (s *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	missing := s.missing(r.Context())
	if len(missing) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		for _, name := range missing {
			fmt.Fprintln(w, name)
		}
		return
	}
	fmt.Fprintln(w, "ready")
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintln(w, "alive")
}
