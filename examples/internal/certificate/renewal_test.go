package certificate_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/certificate"
)

// writePair writes a new pair of files and returns the certificate.
func writePair(t *testing.T, certFile, keyFile string) []byte {
	t.Helper()
	config, err := certificate.ThrowAway(nil)
	require.NoError(t, err)
	pair := config.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(
		&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		0o600))
	return pair.Certificate[0]
}

// The server presents a renewed certificate without a restart. If the new files cannot be read, nothing
// changes.
func TestCertificateIsRenewed(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	synctest.Test(t, func(t *testing.T) {
		first := writePair(t, certFile, keyFile)
		c, err := certificate.Open(certFile, keyFile)
		require.NoError(t, err)
		served := func() []byte {
			time.Sleep(2 * time.Minute)
			pair, err := c.Config().GetCertificate(&tls.ClientHelloInfo{})
			require.NoError(t, err)
			return pair.Certificate[0]
		}
		assert.Equal(t, first, served())
		second := writePair(t, certFile, keyFile)
		require.NoError(t, os.Chtimes(certFile, time.Time{}, time.Now()))
		assert.Equal(t, second, served())
		date := time.Now()
		require.NoError(t, os.Chtimes(certFile, time.Time{}, date))
		c.Reload()
		second = writePair(t, certFile, keyFile) // after they were read, the files change and keep their date
		require.NoError(t, os.Chtimes(certFile, time.Time{}, date))
		assert.Equal(t, second, served())
		require.NoError(t, os.WriteFile(certFile, []byte("torn"), 0o600))
		require.NoError(t, os.Chtimes(certFile, time.Time{}, time.Now()))
		assert.Equal(t, second, served())
		require.NoError(t, os.Remove(certFile))
		assert.Equal(t, second, served())
	})
	_, err := certificate.Open(certFile, keyFile)
	assert.ErrorIs(t, err, os.ErrNotExist)
}
