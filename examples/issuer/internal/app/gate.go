package app

import (
	"encoding/json"
	"net/http"
	"sync/atomic"

	"github.com/qr-invalidita/attesta/verifier/api"
)

// gate is the handler of the public listener. It answers from the first second, so that nothing waits for a
// process that waits for its database: until it is opened, that the service is starting.
type gate struct {
	starting http.Handler
	opened   atomic.Pointer[http.Handler]
}

// starting returns the handler of a program that is not open yet.
func starting(ready *readiness) http.Handler {
	mux := http.NewServeMux()
	ready.public(mux)
	mux.HandleFunc("/", unavailable)
	return mux
}

func (g *gate) open(h http.Handler) { g.opened.Store(&h) }

// ServeHTTP passes the request on.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h := g.opened.Load(); h != nil {
		(*h).ServeHTTP(w, r)
		return
	}
	g.starting.ServeHTTP(w, r)
}

func unavailable(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Retry-After", "1")
	writeProblem(w, api.NewProblem(api.Unavailable))
}

func writeProblem(w http.ResponseWriter, p api.Problem) {
	w.Header().Set("Content-Type", api.ContentTypeProblem)
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}
