// Package inside lets the issuer's own pages use its service as any other desk does: through verifier.Client, with no
// network in between.
//
// A [Transport] calls the service's handler in the same process. Who asks travels in the request's context: [WithOperator] and
// [WithAddress] put it there, [Operator] and [Address] read it where the service wants to know. The context of a request that
// came over the network holds neither, so nobody can claim them from outside.
package inside

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/service"
)

type operatorKey struct{}

type addressKey struct{}

// WithOperator returns a context in which the operator asks. It is for the context of one call, not for that of a request
// which may reach the service by itself.
func WithOperator(ctx context.Context, o service.Operator) context.Context {
	return context.WithValue(ctx, operatorKey{}, o)
}

// Operator returns the operator of a request that came through a [Transport]; false where there is none.
func Operator(r *http.Request) (service.Operator, bool) {
	o, ok := r.Context().Value(operatorKey{}).(service.Operator)
	return o, ok
}

// WithAddress returns a context in which a browser at the address asks; the service counts its calls by it.
func WithAddress(ctx context.Context, a netip.Addr) context.Context {
	return context.WithValue(ctx, addressKey{}, a)
}

// Address returns the browser's address of a request that came through a [Transport]; false where there is none.
func Address(r *http.Request) (netip.Addr, bool) {
	a, ok := r.Context().Value(addressKey{}).(netip.Addr)
	return a, ok
}

// base is where the client believes the service to be. No name is ever looked up.
const base = "http://localhost"

// Desk is the issuer's own desk. All fields are needed.
type Desk struct {
	// Issuer is the name in its tokens.
	Issuer string
	// Keys returns the published keys, as [service.Service] has them.
	Keys func() ([]token.PublicKey, error)
	// Service is the handler of the contract.
	Service http.Handler
	// Now is the clock.
	Now func() time.Time
}

// Client returns a client with the keys as they are now. It is cheap and meant for one request.
func (d Desk) Client() (*verifier.Client, error) {
	keys, err := d.Keys()
	if err != nil {
		return nil, err
	}
	c, err := verifier.New(verifier.Issuer{Name: d.Issuer, Address: base, Keys: keys, KeysAsOf: d.Now()})
	if err != nil {
		return nil, err
	}
	c.Now, c.Transport = d.Now, Transport{d.Service}
	return c, nil
}

// Transport is an http.RoundTripper that has the handler answer in the caller's goroutine. The answer is held in memory, so it
// is for handlers that send little.
type Transport struct{ Handler http.Handler }

// RoundTrip calls the handler with the request as a server would have read it.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer in.Body.Close()
	in.RequestURI = in.URL.RequestURI()
	if in.Host == "" {
		in.Host = in.URL.Host
	}
	in.RemoteAddr = ""
	if a, ok := Address(r); ok {
		in.RemoteAddr = netip.AddrPortFrom(a, 0).String()
	}
	w := &writer{header: make(http.Header)}
	t.Handler.ServeHTTP(w, in)
	if err := r.Context().Err(); err != nil {
		return nil, err // as over a network: who stopped waiting gets no answer
	}
	w.WriteHeader(http.StatusOK)
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

// writer keeps an answer.
type writer struct {
	header, sent http.Header
	status       int
	body         bytes.Buffer
}

func (w *writer) Header() http.Header { return w.header }

func (w *writer) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *writer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}
