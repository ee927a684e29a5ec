package service

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"

	"github.com/qr-invalidita/attesta/verifier/api"
)

// Mount returns a handler that answers the requests below /v1/ and for the keys, and passes all others to
// next. Use it to serve the contract beside other pages. An http.ServeMux in front of Handler would redirect
// a path such as /v1//first-level-checks, and the caller would send personal data twice.
func (v *Service) Mount(next http.Handler) http.Handler {
	contract := v.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		clean := path.Clean(r.URL.Path)
		if strings.HasPrefix(clean+"/", "/v1/") || clean == api.PathJWKS {
			contract.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Handler returns the handler of the contract. Mount it at the issuer's base URL. If that has other pages,
// use [Service.Mount].
func (v *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+api.PathJWKS, v.publisher)
	mux.HandleFunc("GET "+api.PathHealth, v.serveHealth)
	mux.HandleFunc("GET "+api.PathBenefits, v.benefits)
	mux.HandleFunc("GET "+api.PathOpenAPI, document)
	mux.Handle(routeFirstLevel, route[api.FirstLevelRequest, api.Result]{
		v: v, operator: v.recognised, answer: v.firstLevel,
	})
	mux.Handle(routeSecondLevel, route[api.ChallengeRequest, api.Challenge]{
		v: v, operator: v.authenticated, answer: v.start,
		outside: func(q *api.ChallengeRequest, r *http.Request) {
			q.Key = r.Header.Get(api.HeaderIdempotencyKey)
		},
	})
	mux.Handle(routeResend, route[api.ResendRequest, api.Challenge]{
		v: v, operator: v.authenticated, answer: v.resend,
		outside: func(q *api.ResendRequest, r *http.Request) { q.Challenge = r.PathValue("id") },
	})
	mux.Handle(routeAnswers, route[api.AnswerRequest, api.Result]{
		v: v, operator: v.authenticated, answer: v.answer,
		outside: func(q *api.AnswerRequest, r *http.Request) { q.Challenge = r.PathValue("id") },
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		harden(w.Header())
		if r.URL.Path == api.PathFirstLevel && v.shareFirstLevel(w, r) {
			return
		}
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

// harden sets the headers of every answer. No answer is meant for a browser's cache or window.
func harden(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
}

// unrouted answers with a problem where the mux would answer 404, 405 or a redirect to the clean path. After
// a redirect, a caller would send personal data twice.
func (v *Service) unrouted(w http.ResponseWriter, r *http.Request, handler http.Handler) {
	probe := discarded{header: http.Header{}}
	handler.ServeHTTP(&probe, r)
	if probe.code == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.header.Get("Allow"))
		v.refuse(w, r, refuse(api.MethodNotAllowed))
		return
	}
	v.refuse(w, r, refuse(api.NotFound))
}

// discarded is a ResponseWriter that keeps status and headers and drops the body.
type discarded struct {
	header http.Header
	code   int
}

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) Write(b []byte) (int, error) { return len(b), nil }
func (d *discarded) WriteHeader(code int)        { d.code = code }

// route serves a call of the contract over HTTP.
type route[Q, A any] struct {
	v *Service
	// operator returns the operator who is logged in; nil means that the call needs none.
	operator func(*http.Request) (Operator, *fault)
	// outside sets the fields that are not in the body; nil means that there are none.
	outside func(*Q, *http.Request)
	answer  func(context.Context, Caller, Q) (A, *fault)
}

func (o route[Q, A]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	caller := func() Caller {
		c := Caller{Address: o.v.cfg.Address(r)}
		if o.v.cfg.Budget != nil {
			c.Budget = o.v.cfg.Budget(r)
		}
		return c
	}
	call := func(ctx context.Context, c Caller) (A, *fault) { return o.read(w, r.WithContext(ctx), c) }
	a, left, f := perform(r.Context(), o.v, r.Pattern, caller, call)
	left.write(w.Header())
	if f != nil {
		writeProblem(w, f)
		return
	}
	code := http.StatusOK
	if c, ok := any(a).(api.Challenge); ok && r.Pattern == routeSecondLevel && !c.Repeated {
		code = http.StatusCreated
	}
	write(w, "application/json", code, a)
}

// read decodes the request and makes the call. It needs the writer for http.MaxBytesReader.
func (o route[Q, A]) read(w http.ResponseWriter, r *http.Request, c Caller) (a A, f *fault) {
	if o.operator != nil {
		if c.Operator, f = o.operator(r); f != nil {
			return a, f
		}
	}
	var q Q
	if code := decode(w, r, &q); code != "" {
		return a, refuse(code)
	}
	if o.outside != nil {
		o.outside(&q, r)
	}
	return o.answer(r.Context(), c, q)
}

// authenticated returns the operator who is logged in, or a fault if there is none.
func (v *Service) authenticated(r *http.Request) (Operator, *fault) {
	if v.cfg.OTP == nil || v.cfg.Authenticate == nil {
		return Operator{}, refuse(api.SecondLevelNotOffered)
	}
	operator, err := v.cfg.Authenticate(r)
	switch {
	case errors.Is(err, ErrUnauthenticated):
		return Operator{}, refuse(api.Unauthenticated)
	case err != nil:
		return Operator{}, unavailable("Authenticate", err)
	case operator.ID == "":
		return Operator{}, unavailable("Authenticate", errors.New("operator has no ID"))
	}
	return v.named(r.Context(), operator)
}

// recognised returns the operator who is logged in, or none. The first level must not depend on the login.
func (v *Service) recognised(r *http.Request) (Operator, *fault) {
	if v.cfg.Authenticate == nil {
		return Operator{}, nil
	}
	operator, err := v.cfg.Authenticate(r)
	if err != nil {
		return Operator{}, nil
	}
	return operator, nil
}

// refuse answers a request that is not a call of the contract.
func (v *Service) refuse(w http.ResponseWriter, r *http.Request, f *fault) {
	v.settle(r.Context(), r.Pattern, f)
	writeProblem(w, f)
}

func document(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	io.Copy(w, strings.NewReader(api.OpenAPI()))
}
