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
	"github.com/qr-invalidita/attesta/internal/file"
)

// pipe makes a named pipe. A program that opens it never returns.
func pipe(t *testing.T, path string) {
	t.Helper()
	require.NoError(t, syscall.Mkfifo(path, 0o600))
}

// Every flag that names a file refuses a pipe, because reading it could block forever.
func TestPipesAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	pipe(t, path)
	_, err := openRecord(path)
	assert.ErrorIs(t, err, file.ErrNotRegular)
	for _, args := range [][]string{
		{"check", "-jwks", path, "-cf", mario, "x.pdf"},
		{"check", "-bundle", path, "-bundle-key", path, "-cf", mario, "x.pdf"},
		{"check", "-cf-list", path, "x.pdf", "y.pdf"},
		{"benefits", "-catalogue", path},
		{"bundle", "verify", "-bundle-key", path, path},
		{"serve", "-addr", "127.0.0.1:0", "-bundle", path, "-bundle-key", path},
	} {
		t.Run(args[0]+" "+args[1], func(t *testing.T) {
			errs := make(chan string, 1)
			go func() {
				code, _, e := run(t, nil, args...)
				assert.NotEqual(t, cli.OK, code)
				errs <- e
			}()
			select {
			case e := <-errs:
				assert.Contains(t, e, "not a regular file")
			case <-time.After(time.Minute):
				t.Fatal("hangs")
			}
		})
	}
}
