package app

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestThrowAway(t *testing.T) {
	pair, err := throwAway([]netip.Addr{netip.MustParseAddr("192.168.1.7"), netip.MustParseAddr("2001:db8::7")})
	require.NoError(t, err)
	c, err := x509.ParseCertificate(pair.Certificate[0])
	require.NoError(t, err)
	for _, name := range []string{"192.168.1.7", "2001:db8::7", "127.0.0.1", "::1", "localhost"} {
		assert.NoError(t, c.VerifyHostname(name))
	}
	assert.Error(t, c.VerifyHostname("192.168.1.8"))
	assert.Less(t, c.NotAfter.Sub(c.NotBefore), 10*24*time.Hour)
}

// writePair writes a new pair of files and returns the certificate.
func writePair(t *testing.T, certFile, keyFile string) []byte {
	t.Helper()
	pair, err := throwAway(nil)
	require.NoError(t, err)
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
	return pair.Certificate[0]
}

// A renewed certificate is served without a restart; one that cannot be read changes nothing.
func TestCertificateIsRenewed(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	synctest.Test(t, func(t *testing.T) {
		first := writePair(t, certFile, keyFile)
		c, err := openCertificate(certFile, keyFile)
		require.NoError(t, err)
		served := func() []byte {
			time.Sleep(2 * renewal)
			pair, err := c.get(&tls.ClientHelloInfo{})
			require.NoError(t, err)
			return pair.Certificate[0]
		}
		assert.Equal(t, first, served())
		second := writePair(t, certFile, keyFile)
		require.NoError(t, os.Chtimes(certFile, time.Time{}, time.Now()))
		assert.Equal(t, second, served())
		require.NoError(t, os.WriteFile(certFile, []byte("torn"), 0o600))
		require.NoError(t, os.Chtimes(certFile, time.Time{}, time.Now()))
		assert.Equal(t, second, served())
		require.NoError(t, os.Remove(certFile))
		assert.Equal(t, second, served())
	})
	_, err := openCertificate(certFile, keyFile)
	assert.ErrorIs(t, err, os.ErrNotExist)
}
