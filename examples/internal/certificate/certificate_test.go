package certificate_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/certificate"
)

// presented is the certificate that a server with the settings shows.
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
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	_, err := certificate.Open(certFile, keyFile)
	assert.Error(t, err)

	config, err := certificate.ThrowAway(nil)
	require.NoError(t, err)
	pair := config.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
	files, err := certificate.Open(certFile, keyFile)
	require.NoError(t, err)
	assert.Equal(t, pair.Certificate[0], presented(t, files.Config()).Raw)
	require.NoError(t, os.Remove(certFile))
	assert.Equal(t, pair.Certificate[0], presented(t, files.Config()).Raw, "what was read once goes on")
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
