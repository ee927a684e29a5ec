package certificate_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/certificate"
)

// presented returns the certificate of a server with these settings.
func presented(t *testing.T, config *tls.Config) *x509.Certificate {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	require.NoError(t, err)
	defer listener.Close()
	go func() {
		if c, err := listener.Accept(); err == nil {
			c.(*tls.Conn).Handshake()
			c.Close()
		}
	}()
	c, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	require.NoError(t, err)
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0]
}

func TestThrowAway(t *testing.T) {
	address := netip.MustParseAddr("192.168.1.20")
	config, err := certificate.ThrowAway([]netip.Addr{address})
	require.NoError(t, err)
	leaf := presented(t, config)
	for _, name := range []string{"192.168.1.20", "127.0.0.1", "::1", "localhost"} {
		assert.NoError(t, leaf.VerifyHostname(name))
	}
	assert.Error(t, leaf.VerifyHostname("192.168.1.21"))
	assert.Less(t, leaf.NotAfter.Sub(leaf.NotBefore), 10*24*time.Hour)
}

func TestAddresses(t *testing.T) {
	list, err := certificate.Addresses()
	if err != nil {
		assert.Empty(t, list)
		return
	}
	for _, a := range list {
		assert.False(t, net.IP(a.AsSlice()).IsLoopback())
	}
}
