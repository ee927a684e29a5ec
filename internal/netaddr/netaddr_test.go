package netaddr_test

import (
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/netaddr"
)

func TestIsLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "127.8.9.10": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "127.0.0.1:80": false, "[::1]": false, "128.0.0.1": false, "0.0.0.0": false, "::": false,
		"localhost.": false, "LOCALHOST": false, "localhost.example": false, "127.0.0.1.example": false,
		"2130706433": false,
	} {
		assert.Equal(t, want, netaddr.IsLoopback(host), host)
	}
}

func TestIsSafe(t *testing.T) {
	for address, want := range map[string]bool{
		"https://ente.example": true, "http://localhost:8080/x": true, "http://[::1]:80": true,
		"http://ente.example": false, "https://user@ente.example": false, "https:///x": false,
		"ftp://localhost": false, "": false,
	} {
		u, err := url.Parse(address)
		require.NoError(t, err)
		assert.Equal(t, want, netaddr.IsSafe(u), address)
	}
}

func TestCustomer(t *testing.T) {
	customer := func(text string) []byte { return netaddr.Customer(netip.MustParseAddr(text)) }
	assert.Equal(t, customer("192.0.2.1"), customer("::ffff:192.0.2.1"))
	assert.NotEqual(t, customer("192.0.2.1"), customer("192.0.2.2"))
	assert.Equal(t, customer("2001:db8:0:1::1"), customer("2001:db8:0:1:ffff::2"))
	assert.Equal(t, customer("2001:db8:0:1::1"), customer("2001:db8:0:1::1%eth0"))
	assert.NotEqual(t, customer("2001:db8:0:1::1"), customer("2001:db8:0:2::1"))
	assert.Empty(t, netaddr.Customer(netip.Addr{}))
}

func TestNetwork(t *testing.T) {
	network := func(text string) []byte { return netaddr.Network(netip.MustParseAddr(text)) }
	assert.Equal(t, network("192.0.2.1"), network("::ffff:192.0.2.255"))
	assert.NotEqual(t, network("192.0.2.1"), network("192.0.3.1"))
	assert.Equal(t, network("2001:db8:1::1"), network("2001:db8:1:ffff::2"))
	assert.Equal(t, network("2001:db8:1::1"), network("2001:db8:1::1%eth0"))
	assert.NotEqual(t, network("2001:db8:1::1"), network("2001:db8:2::1"))
	assert.Empty(t, netaddr.Network(netip.Addr{}))
}
