package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/certificate"
)

// At SIGHUP the desk reads its certificate again; one that cannot be used changes nothing.
func TestDoorReadsCertificateAgain(t *testing.T) {
	certFile, keyFile := filepath.Join(t.TempDir(), "cert"), filepath.Join(t.TempDir(), "key")
	write := func() string {
		config, err := certificate.ThrowAway(nil)
		require.NoError(t, err)
		pair := config.Certificates[0]
		key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
		require.NoError(t, err)
		for name, block := range map[string]*pem.Block{
			certFile: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]},
			keyFile:  {Type: "PRIVATE KEY", Bytes: key},
		} {
			require.NoError(t, os.WriteFile(name, pem.EncodeToMemory(block), 0o600))
		}
		leaf, err := x509.ParseCertificate(pair.Certificate[0])
		require.NoError(t, err)
		return certificate.Name(leaf)
	}
	write()
	files, err := certificate.Open(certFile, keyFile)
	require.NoError(t, err)
	var log bytes.Buffer
	d := door{files: files}
	d.logCertificate(slog.New(slog.NewTextHandler(&log, nil)))
	second := write()
	d.reload()
	assert.Contains(t, log.String(), `msg="certificate read again" loaded="`+second+`"`)
	require.NoError(t, os.WriteFile(keyFile, []byte("torn"), 0o600))
	d.reload()
	assert.Contains(t, log.String(), "certificate not read again")
	assert.Equal(t, second, certificate.Name(files.Leaf()))
}
