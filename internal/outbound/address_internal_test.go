package outbound

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGuard(t *testing.T) {
	tests := map[string]struct{ loopback, public bool }{
		"127.0.0.1:443":          {loopback: true},
		"[::1]:443":              {loopback: true},
		"[::ffff:127.0.0.1]:443": {loopback: true},
		"1.1.1.1:443":            {public: true},
		"10.0.0.1:443":           {},
		"[fe80::1%eth0]:443":     {},
		"qr.example.it:443":      {},
		"":                       {},
	}
	for address, want := range tests {
		assert.Equal(t, want.loopback, guard(true)("tcp", address, nil) == nil,
			"the URL names this machine: %s", address)
		assert.Equal(t, want.public, guard(false)("tcp", address, nil) == nil, address)
	}
}

func TestIsPublic(t *testing.T) {
	for _, address := range []string{"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
		"126.255.255.255", "128.0.0.0", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.0",
		"192.169.0.0", "198.17.255.255", "198.20.0.0",
		"223.255.255.255", "2001:200::1", "2606:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1",
		"64:ff9b::101:101"} {
		assert.True(t, isPublic(netip.MustParseAddr(address)), address)
	}
	for _, address := range []string{"0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.0",
		"100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.0", "172.31.255.255",
		"192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.0", "198.19.255.255",
		"198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::",
		"::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::7f00:1",
		"64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:a00:1::1", "3fff::1", "4000::1", "fc00::1",
		"fdff::1", "fe80::1", "fe80::1%eth0",
		"2606:4700::1111%eth0", "64:ff9b::1.1.1.1%eth0", "fec0::1", "ff02::1"} {
		assert.False(t, isPublic(netip.MustParseAddr(address)), address)
	}
	assert.False(t, isPublic(netip.Addr{}))
}
