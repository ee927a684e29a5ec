package app

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func callerOf(proxies []netip.Prefix, peer string, forwarded ...string) string {
	var got string
	h := trustProxies(proxies, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r.RemoteAddr
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = peer
	for _, line := range forwarded {
		r.Header.Add("X-Forwarded-For", line)
	}
	h.ServeHTTP(httptest.NewRecorder(), r)
	return got
}

func TestBehind(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/64")}
	tests := []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"straight", "192.0.2.1:1000", nil, "192.0.2.1:1000"},
		{"straight, with a lie", "192.0.2.1:1000", []string{"198.51.100.1"}, "192.0.2.1:1000"},
		{"one proxy", "10.0.0.1:1000", []string{"192.0.2.1"}, "192.0.2.1:0"},
		{"one proxy, with a lie before it", "10.0.0.1:1000", []string{"198.51.100.1, 192.0.2.1"},
			"192.0.2.1:0"},
		{"two proxies", "10.0.0.1:1000", []string{"198.51.100.1, 192.0.2.1 , 10.0.0.2"}, "192.0.2.1:0"},
		{"two lines", "10.0.0.1:1000", []string{"198.51.100.1", "192.0.2.1"}, "192.0.2.1:0"},
		{"a proxy that says nothing", "10.0.0.1:1000", nil, "10.0.0.1:0"},
		{"a proxy that says nonsense", "10.0.0.1:1000", []string{"198.51.100.1, unknown"}, "10.0.0.1:0"},
		{"nonsense before", "10.0.0.1:1000", []string{"unknown, 192.0.2.1"}, "192.0.2.1:0"},
		{"with a port", "10.0.0.1:1000", []string{"198.51.100.1, 192.0.2.1:4711"}, "192.0.2.1:0"},
		{"IPv6 with a port", "10.0.0.1:1000", []string{"[2001:db8::7]:4711"}, "[2001:db8::7]:0"},
		{"IPv6 in brackets", "10.0.0.1:1000", []string{"[2001:db8::7]"}, "[2001:db8::7]:0"},
		{"a second proxy with a port", "10.0.0.1:1000", []string{"192.0.2.1, 10.0.0.2:80"}, "192.0.2.1:0"},
		{"only proxies", "10.0.0.1:1000", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3:0"},
		{"proxy mapped into IPv6", "[::ffff:10.0.0.1]:1000", []string{"2001:db8::7"}, "[2001:db8::7]:0"},
		{"proxy over IPv6", "[2001:db8:1::1]:1000", []string{"2001:db8::7"}, "[2001:db8::7]:0"},
		{"no address at all", "", []string{"192.0.2.1"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want,
				callerOf(proxies, test.peer, test.forwarded...))
		})
	}
	assert.Equal(t, "10.0.0.1:1000", callerOf(nil, "10.0.0.1:1000", "192.0.2.1"), "no proxy is trusted")
}

// Whatever a caller writes into the header, the part that the trusted proxy adds decides.
func FuzzTrustProxies(f *testing.F) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Add("198.51.100.1")
	f.Add(",,10.0.0.9, ::1%eth0")
	f.Fuzz(func(t *testing.T, lie string) {
		if strings.ContainsAny(lie, "\r\n") {
			return
		}
		assert.Equal(t, "192.0.2.1:0", callerOf(proxies, "10.0.0.1:1000", lie+", 192.0.2.1"))
		assert.Equal(t, "192.0.2.1:0", callerOf(proxies, "10.0.0.1:1000", lie, "192.0.2.1"))
		assert.Equal(t, "192.0.2.9:1000", callerOf(proxies, "192.0.2.9:1000", lie))
	})
}
