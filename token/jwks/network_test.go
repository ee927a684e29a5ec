package jwks_test

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token/jwks"
)

func TestAddressOfTheSet(t *testing.T) {
	const refused = "key set needs an https URL without user or fragment (http: loopback only)"
	tests := map[string]struct{ issuer, url, asked, err string }{
		"the issuer's own": {issuer: issuerName, asked: issuerName + "/.well-known/jwks.json"},
		"with a path":      {issuer: issuerName + "/a", asked: issuerName + "/a/.well-known/jwks.json"},
		"elsewhere": {issuer: issuerName, url: "https://cdn.example.org/keys?of=1",
			asked: "https://cdn.example.org/keys?of=1"},
		"http on localhost": {issuer: issuerName, url: "http://localhost:8080/k",
			asked: "http://localhost:8080/k"},
		"http on 127.0.0.1": {issuer: issuerName, url: "http://127.0.0.1/k", asked: "http://127.0.0.1/k"},
		"http on ::1": {issuer: issuerName, url: "http://[::1]:8080/k",
			asked: "http://[::1]:8080/k"},
		"no issuer": {url: "https://cdn.example.org/keys",
			err: "client of the key set has no issuer"},
		"http":                 {issuer: issuerName, url: "http://qr.example.it/k", err: refused},
		"http issuer":          {issuer: "http://qr.example.it", err: refused},
		"http, a similar name": {issuer: issuerName, url: "http://localhost.example.it/k", err: refused},
		"http, private":        {issuer: issuerName, url: "http://10.0.0.1/k", err: refused},
		"other scheme":         {issuer: issuerName, url: "ftp://localhost/k", err: refused},
		"file":                 {issuer: issuerName, url: "file:///etc/passwd", err: refused},
		"no scheme":            {issuer: issuerName, url: "qr.example.it/k", err: refused},
		"no host":              {issuer: issuerName, url: "https:///k", err: refused},
		"user":                 {issuer: issuerName, url: "https://user:XYZZY@qr.example.it/k", err: refused},
		"fragment":             {issuer: issuerName, url: "https://qr.example.it/k#XYZZY", err: refused},
		"not a URL":            {issuer: issuerName, url: "https://qr.example.it:XYZZY/", err: refused},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			asked := ""
			c := client(t, roundTripper(func(r *http.Request) (*http.Response, error) {
				asked = r.URL.String()
				return serving(keySet(test.issuer, "es-1")).RoundTrip(r)
			}))
			c.IssuerName, c.URL = test.issuer, test.url
			err := c.Refresh(t.Context())
			assert.Equal(t, test.asked, asked)
			if test.err == "" {
				assert.NoError(t, err)
				return
			}
			assert.EqualError(t, err, test.err)
			assertNoKeys(t, c, jwks.ErrNotFetched)
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestIssuerMustBeAName(t *testing.T) {
	c := client(t, serving(`{"keys":[]}`))
	c.IssuerName, c.URL = "the town hall", "https://qr.example.it/"
	assert.ErrorContains(t, c.Refresh(t.Context()), "issuer's name")
}

func TestRequest(t *testing.T) {
	c := client(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		assert.Equal(t, http.MethodGet, r.Method)
		assert.Equal(t, http.Header{"Accept": {"application/jwk-set+json, application/json"}}, r.Header,
			"nothing says who asks")
		return serving(keySet(issuerName, "es-1")).RoundTrip(r)
	}))
	assert.NoError(t, c.Refresh(t.Context()))
}

// No redirect is followed, to another host or the same one, with the default transport or
// another.
func TestRedirects(t *testing.T) {
	var followed atomic.Int32
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	mux.HandleFunc("/keys", func(w http.ResponseWriter, r *http.Request) {
		followed.Add(1)
		io.WriteString(w, keySet(issuerName, "es-1"))
	})
	mux.HandleFunc("/from", func(w http.ResponseWriter, r *http.Request) {
		status, err := strconv.Atoi(r.FormValue("status"))
		assert.NoError(t, err)
		http.Redirect(w, r, r.FormValue("to"), status)
	})
	for _, status := range []string{"301", "302", "303", "307", "308"} {
		for _, target := range []string{"/keys", strings.Replace(server.URL, "127.0.0.1", "localhost", 1) +
			"/keys"} {
			for _, transport := range []http.RoundTripper{nil, server.Client().Transport} {
				c := client(t, transport)
				c.URL = server.URL + "/from?status=" + status + "&to=" + url.QueryEscape(target)
				assert.EqualError(t, c.Refresh(t.Context()), "key set server answered with status "+status)
			}
		}
	}
	assert.Zero(t, followed.Load())

	c := client(t, nil)
	c.URL = server.URL + "/keys"
	assert.NoError(t, c.Refresh(t.Context()), "the target is a good one")
	assert.EqualValues(t, 1, followed.Load())
}

func TestNoConnectionIsKept(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.True(t, r.Close)
		io.WriteString(w, keySet(issuerName, "es-1"))
	}))
	defer server.Close()
	c := client(t, nil)
	c.URL = server.URL
	assert.NoError(t, c.Refresh(t.Context()))
}

func TestSizeCap(t *testing.T) {
	var sent atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		spaces := []byte(strings.Repeat(" ", 64<<10))
		for range 1 << 14 { // 1 GiB
			n, err := w.Write(spaces)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	c := client(t, nil)
	c.URL = server.URL
	assert.EqualError(t, c.Refresh(t.Context()), "key set is longer than 1048576 bytes")
	server.Close() // waits for the handler
	assert.Less(t, sent.Load(), int64(64<<20), "the rest was not taken")
}

func TestHeaderCap(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("XYZZY", 100<<10))
	}))
	defer server.Close()
	c := client(t, nil)
	c.URL = server.URL
	assert.EqualError(t, c.Refresh(t.Context()), "key set server did not answer in HTTP")
}

// A server that sends a byte per second, in each part of the answer, delays nobody longer than
// the time-out.
func TestSlowServer(t *testing.T) {
	set := keySet(issuerName, "es-1")
	answer := "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + set
	for name, quick := range map[string]int{"connection": 0, "header": 10, "body": len(answer) - len(set)} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := newPipes()
				network.answerOnce(t, func(conn net.Conn) {
					io.WriteString(conn, answer[:quick])
					for i := quick; i < len(answer); i++ {
						time.Sleep(time.Second)
						if _, err := io.WriteString(conn, answer[i:i+1]); err != nil {
							return
						}
					}
				})
				c := client(t, network.transport())
				c.URL = home
				start := time.Now()
				err := c.Refresh(t.Context())
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.EqualError(t, err, "key set did not arrive within 10s: context deadline exceeded")
				assert.Equal(t, jwks.Timeout, time.Since(start))
				assertNoKeys(t, c, jwks.ErrNotFetched)
			})
		})
	}
}

// An answer that is not HTTP is not quoted either.
func TestErrorsQuoteNothing(t *testing.T) {
	for _, answer := range []string{"XYZZY", "HTTP/1.1 XYZZY\r\n\r\n", "HTTP/1.1 200 OK\r\nXYZZY\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: XYZZY\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nXYZZY\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nXYZZY",
		"HTTP/1.1 200 XYZZY\r\nContent-Length: 5\r\n\r\nXYZZY",
		"HTTP/1.1 599 XYZZY\r\n\r\nXYZZY", "HTTP/1.1 302 XYZZY\r\nLocation: XYZZY:%\r\n\r\n"} {
		synctest.Test(t, func(t *testing.T) {
			network := newPipes()
			network.answerOnce(t, func(conn net.Conn) { io.WriteString(conn, answer) })
			c := client(t, network.transport())
			c.URL = home
			err := c.Refresh(t.Context())
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "XYZZY", answer)
		})
	}
}

func TestCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(jwks.Publisher{Keys: (&published{seeds: []string{"es-1"}}).keys})
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	c := client(t, nil)
	c.URL = server.URL
	var untrusted *tls.CertificateVerificationError
	assert.ErrorAs(t, c.Refresh(t.Context()), &untrusted)

	c = client(t, server.Client().Transport)
	c.URL = server.URL
	assert.NoError(t, c.Refresh(t.Context()), "with the server's root")
}

// fakeDNS answers every question for an address with the given one.
func fakeDNS(address netip.Addr) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe() // not a packet connection, so messages have their length before them
		go func() {
			defer there.Close()
			for {
				var length uint16
				if binary.Read(there, binary.BigEndian, &length) != nil {
					return
				}
				question := make([]byte, length)
				if _, err := io.ReadFull(there, question); err != nil {
					return
				}
				end := 12 + strings.IndexByte(string(question[12:]), 0) + 5 // header, name, type, class
				kind := binary.BigEndian.Uint16(question[end-4:])
				answer := append([]byte(nil), question[:end]...)
				copy(answer[2:12], "\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00")
				if kind == 1 && address.Is4() || kind == 28 && address.Is6() {
					answer[7] = 1
					answer = append(answer, "\xc0\x0c"...)
					answer = append(answer, question[end-4:end]...)
					answer = append(answer, 0, 0, 0, 60, 0, byte(len(address.AsSlice())))
					answer = append(answer, address.AsSlice()...)
				}
				there.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
			}
		}()
		return here, nil
	}}
}

// A public name that resolves to a private network is refused.
func TestNamesThatLeadInside(t *testing.T) {
	for _, address := range []string{"10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd00::1",
		"::ffff:192.168.1.1", "64:ff9b::a00:1"} {
		c := client(t, nil)
		c.SetResolver(fakeDNS(netip.MustParseAddr(address)))
		err := c.Refresh(t.Context())
		assert.ErrorIs(t, err, jwks.ErrPrivateAddress, address)
		assertNoKeys(t, c, jwks.ErrNotFetched)
	}
	c := client(t, nil)
	c.URL = "https://10.0.0.1/keys"
	assert.ErrorIs(t, c.Refresh(t.Context()), jwks.ErrPrivateAddress, "the address itself, too")
}

func TestAllowPrivate(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	var connections atomic.Int32
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	refresh := func(allow bool) error {
		c := client(t, nil)
		c.URL = "https://qr.example.it:" + port
		c.AllowPrivate = allow
		c.SetResolver(fakeDNS(netip.MustParseAddr("127.0.0.1")))
		return c.Refresh(t.Context())
	}
	assert.ErrorIs(t, refresh(false), jwks.ErrPrivateAddress)
	assert.Zero(t, connections.Load(), "nothing was sent")
	err = refresh(true)
	assert.Error(t, err, "no TLS there")
	assert.False(t, errors.Is(err, jwks.ErrPrivateAddress))
	assert.EqualValues(t, 1, connections.Load())
}
