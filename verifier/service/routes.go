package service

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strings"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// call answers a request, or says why not and writes nothing.
type call func(http.ResponseWriter, *http.Request) *fault

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

// counted bounds a call in number and time and turns its fault into a problem.
func (v *server) counted(next call) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer v.recovered(w, r)
		ctx, cancel := context.WithTimeout(r.Context(), v.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
		f := v.takeCall(w, r)
		if f == nil {
			f = next(w, r)
		}
		if f != nil {
			v.problem(w, r, f)
		}
	})
}

// operated lets a call pass whose operator is logged in.
func (v *server) operated(next func(http.ResponseWriter, *http.Request, Operator) *fault) call {
	return func(w http.ResponseWriter, r *http.Request) *fault {
		if !v.secondLevel {
			return refuse(api.SecondLevelNotOffered)
		}
		operator, err := v.Authenticate(r)
		switch {
		case errors.Is(err, ErrUnauthenticated):
			return refuse(api.Unauthenticated)
		case err != nil:
			return unavailable(err)
		case operator.ID == "":
			return unavailable(errors.New("operator has no ID"))
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
		v.problem(w, r, unavailable(err))
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

// recovered is for parts of the embedder's that panic: the record says where, never with what.
func (v *server) recovered(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == http.ErrAbortHandler {
		panic(p)
	}
	if p != nil {
		v.Log.LogAttrs(r.Context(), slog.LevelError, "request panicked", slog.String("route", r.Pattern))
		v.problem(w, r, refuse(api.Internal))
	}
}
