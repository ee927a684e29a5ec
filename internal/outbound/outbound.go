// Package outbound makes the HTTP transport with which this module calls issuers, for their keys
// and for their answers. There is one policy, so that a machine that gets the keys gets the
// answers too:
//
//   - The proxy is that of the environment: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as
//     [http.ProxyFromEnvironment] reads them. This machine itself is never called through a proxy.
//   - A name must not lead into the caller's own network: without a proxy the address that is
//     dialled must be public, or loopback if the URL says so. Behind a proxy only the proxy
//     resolves names, so only an address in the URL itself is checked.
//
// What is not checked: the scheme of the URL. [netaddr.IsSafe] says which is safe.
package outbound

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
)

// A Policy is what differs between callers. The zero Policy is the strict one.
type Policy struct {
	// AllowPrivate allows any address.
	AllowPrivate bool
	// Once keeps no connection open, for a caller with one request in a while.
	Once bool
	// Resolver resolves names; nil means that of package net. Set it in tests only.
	Resolver *net.Resolver
}

// maxHeader is the greatest length of an answer's header in bytes.
const maxHeader = 64 << 10

// A Transport is an [http.RoundTripper]. Make it with [New].
type Transport struct {
	policy Policy
	// Only connections without a proxy are guarded: a proxy's own address is mostly private.
	direct, proxied *http.Transport
	proxy           func(*http.Request) (*url.URL, error)
}

// New returns a transport with the policy.
func New(p Policy) *Transport {
	t := &Transport{policy: p, proxy: http.ProxyFromEnvironment}
	t.direct = t.transport(func(host string) *net.Dialer {
		dialer := &net.Dialer{Resolver: p.Resolver}
		if !p.AllowPrivate {
			dialer.Control = guard(netaddr.IsLoopback(host))
		}
		return dialer
	})
	t.proxied = t.transport(func(string) *net.Dialer { return &net.Dialer{Resolver: p.Resolver} })
	t.proxied.Proxy = t.proxy
	return t
}

// transport returns a transport that dials with the dialer for a host. The host is the one in the
// URL, before it is resolved.
func (t *Transport) transport(dialer func(host string) *net.Dialer) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return dialer(host).DialContext(ctx, network, address)
		},
		DisableKeepAlives:      t.policy.Once,
		ForceAttemptHTTP2:      !t.policy.Once,
		IdleConnTimeout:        90 * time.Second, // that of http.DefaultTransport
		MaxResponseHeaderBytes: maxHeader,
	}
}

// RoundTrip sends the request, through the proxy of the environment if there is one for it.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	through, err := t.proxy(r)
	if err == nil && through == nil {
		return t.direct.RoundTrip(r)
	}
	if err == nil {
		at, literal := netip.ParseAddr(r.URL.Hostname())
		if t.policy.AllowPrivate || literal != nil || isPublic(at) {
			return t.proxied.RoundTrip(r)
		}
		err = ErrPrivateAddress
	}
	if r.Body != nil {
		r.Body.Close() // as a RoundTripper must
	}
	return nil, err
}
