package service

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// call answers a request or says why not. It writes nothing; the writer is for bounding what it reads.
type call func(http.ResponseWriter, *http.Request) (reply, *fault)

// reply is what goes to the caller: one of the types of api and, where the body holds one, the outcome and its cause.
type reply struct {
	status        int
	body          any
	outcome, code string
}

func (v *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+api.PathJWKS, v.publisher)
	mux.HandleFunc("GET "+api.PathHealth, v.health)
	mux.HandleFunc("GET "+api.PathOpenAPI, document)
	mux.Handle("POST "+api.PathFirstLevel, v.counted(v.firstLevel))
	mux.Handle("POST "+api.PathSecondLevel, v.counted(v.operated(v.start)))
	mux.Handle("POST "+api.PathResend, v.counted(v.operated(v.resend)))
	mux.Handle("POST "+api.PathAnswers, v.counted(v.operated(v.answer)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		harden(w.Header())
		handler, pattern := mux.Handler(r)
		if pattern == "" || path.Clean(r.URL.Path) != r.URL.Path {
			v.unrouted(w, r, handler)
			return
		}
		if pattern == "GET "+api.PathJWKS || pattern == "GET "+api.PathOpenAPI {
			w.Header().Del("Cache-Control")
		}
		mux.ServeHTTP(w, r)
	})
}

// harden sets what every answer has. Nothing here is for a browser to keep or to show.
func harden(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
}

// unrouted turns the mux's own answer, 404, 405 or a redirect to the clean path, into a problem. A redirect would have
// a caller send personal data twice.
func (v *server) unrouted(w http.ResponseWriter, r *http.Request, handler http.Handler) {
	probe := discarded{header: http.Header{}}
	handler.ServeHTTP(&probe, r)
	if probe.code == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.header.Get("Allow"))
		v.problem(w, r, refuse(api.MethodNotAllowed))
		return
	}
	v.problem(w, r, refuse(api.NotFound))
}

// discarded keeps the head of an answer and drops the body.
type discarded struct {
	header http.Header
	code   int
}

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) Write(b []byte) (int, error) { return len(b), nil }
func (d *discarded) WriteHeader(code int)        { d.code = code }

// counted bounds a call in number and time, writes its answer and says how it ended.
func (v *server) counted(next call) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now() // v.Now may stand still
		ctx, cancel := context.WithTimeout(r.Context(), v.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
		a, f := v.guarded(w, r, next)
		if f != nil {
			a.code = string(f.Code)
			v.problem(w, r, f)
		} else {
			write(w, "application/json", a.status, a.body)
		}
		if v.Done != nil {
			v.Done(r.Context(), Call{Route: r.Pattern, Outcome: a.outcome, Code: a.code, Took: time.Since(began)})
		}
	})
}

// guarded turns a panic into a fault: it is for parts of the embedder's, and the record says where, never with what.
func (v *server) guarded(w http.ResponseWriter, r *http.Request, next call) (a reply, f *fault) {
	defer func() {
		p := recover()
		if p == http.ErrAbortHandler {
			panic(p)
		}
		if p != nil {
			v.Log.LogAttrs(r.Context(), slog.LevelError, "request panicked", slog.String("route", r.Pattern))
			a, f = reply{}, refuse(api.Internal)
		}
	}()
	if f := v.takeCall(w, r); f != nil {
		return reply{}, f
	}
	return next(w, r)
}

// operated lets a call pass whose operator is logged in.
func (v *server) operated(next func(http.ResponseWriter, *http.Request, Operator) (reply, *fault)) call {
	return func(w http.ResponseWriter, r *http.Request) (reply, *fault) {
		if !v.secondLevel {
			return reply{}, refuse(api.SecondLevelNotOffered)
		}
		operator, err := v.Authenticate(r)
		switch {
		case errors.Is(err, ErrUnauthenticated):
			return reply{}, refuse(api.Unauthenticated)
		case err != nil:
			return reply{}, unavailable("Authenticate", err)
		case operator.ID == "":
			return reply{}, unavailable("Authenticate", errors.New("operator has no ID"))
		}
		return next(w, r, operator)
	}
}

// health says whether the first level could be answered and the second is offered.
func (v *server) health(w http.ResponseWriter, r *http.Request) {
	keys, err := v.Keys()
	if err == nil && len(keys) == 0 {
		err = token.ErrNoKeys
	}
	if err != nil {
		v.problem(w, r, unavailable("Keys", err))
		return
	}
	write(w, api.ContentTypeProblem, http.StatusOK,
		api.Health{Type: "about:blank", Title: "OK", Status: http.StatusOK, SecondLevel: v.secondLevel})
}

func document(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	io.Copy(w, strings.NewReader(api.OpenAPI()))
}
