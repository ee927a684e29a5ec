//go:build unix

package file_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/file"
)

// To open a pipe that has no other end would never return.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	_, err := file.Read(path, 1)
	assert.ErrorIs(t, err, file.ErrNotRegular)
	_, err = file.ReadPrivate(path, 1)
	assert.ErrorIs(t, err, file.ErrNotRegular)
	assert.ErrorIs(t, file.Write(path, nil, 0o600), file.ErrNotRegular)
	assert.ErrorIs(t, file.Create(path, nil), syscall.EEXIST)
}
