//go:build unix

package main

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
)

// Opening a pipe that nobody writes to never returns. A program that reads its settings from one would hang
// and ignore signals, so every flag that names a file refuses it.
func TestPipesAreRefused(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	t.Setenv("WEBHOOK_URL", "https://gateway.example/sms")
	t.Setenv("WEBHOOK_KEY", "0123456789012345678901234567890123456789")
	tests := []struct {
		flag string
		also []string
	}{
		{"-config", nil},
		{"-pepper-file", []string{"-sms", "webhook"}},
		{"-logo", nil},
		{"-catalogue", nil},
		{"-cns-ca", []string{"-cns-addr", "127.0.0.1:0"}},
		{"-oidc-secret-file", []string{"-oidc-issuer", "https://id.example", "-oidc-client-id", "x"}},
		{"-smtp-password-file", []string{"-smtp", "mail.example:587", "-smtp-from", "qr@ente.example"}},
		{"-tls-cert", []string{"-tls-key", "x"}},
	}
	for _, test := range tests {
		t.Run(test.flag, func(t *testing.T) {
			args := append([]string{"serve", "-addr", "127.0.0.1:0", "-ops-addr", "", "-data", t.TempDir(),
				test.flag, pipe}, test.also...)
			type ending struct {
				code int
				errs string
			}
			ended := make(chan ending, 1)
			go func() {
				code, _, errs := run(t, args...)
				ended <- ending{code, errs}
			}()
			select {
			case e := <-ended:
				assert.Equal(t, cli.Usage, e.code)
				assert.Contains(t, e.errs, "not a regular file")
			case <-time.After(time.Minute):
				t.Fatal("hangs")
			}
		})
	}
}
