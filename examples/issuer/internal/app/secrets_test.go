package app

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/internal/file"
)

// Replicas that start together on an empty folder share one secret.
func TestSecretIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "service.key")
	var made [20]secret.Secret
	var wg sync.WaitGroup
	for i := range made {
		wg.Go(func() {
			var err error
			made[i], err = openSecret(path)
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	for _, s := range made {
		require.Len(t, s, 32)
		assert.True(t, bytes.Equal(made[0], s))
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing else is left")
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestSecretRefuses(t *testing.T) {
	for name, text := range map[string]string{"empty": "",
		"short": base64.StdEncoding.EncodeToString(make([]byte, 31)), "no base64": "*"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "service.key")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			_, err := openSecret(path)
			assert.ErrorContains(t, err, "32 bytes")
		})
	}
	path := filepath.Join(t.TempDir(), "service.key")
	require.NoError(t, os.WriteFile(path, nil, 0o640))
	require.NoError(t, os.Chmod(path, 0o640))
	_, err := openSecret(path)
	assert.ErrorContains(t, err, "chmod 600")
}

func TestPeppers(t *testing.T) {
	one, two := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 32)),
		base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{2}, 40))
	tests := []struct{ name, text, current, err string }{
		{"the first is current", "# peppers\n\n2026b " + two + "\n2026a " + one + "\n", "2026b", ""},
		{"none", "# nothing\n", "", "holds no pepper"},
		{"no name", one, "", "line 1 is not"},
		{"short", "a " + one[:20], "", "line 1 is not"},
		{"twice", "a " + one + "\na " + two, "", "line 2: the name occurs twice"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "peppers")
			require.NoError(t, os.WriteFile(path, []byte(test.text), 0o600))
			ring, _, err := peppers(path, nil)
			if test.err != "" {
				assert.ErrorContains(t, err, test.err)
				assert.NotContains(t, err.Error(), one)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.current, ring.Current)
			assert.Len(t, ring.Peppers, 2)
			assert.NotContains(t, fmt.Sprintf("%+v", ring), one)
		})
	}
	ring, _, err := peppers("", bytes.Repeat([]byte{3}, 32))
	require.NoError(t, err)
	assert.Equal(t, "service", ring.Current)
}

// A data folder that exists and that others may read is closed, with a sentence. One with other files is not
// touched.
func TestOpenFolder(t *testing.T) {
	var log bytes.Buffer
	c := Config{Data: t.TempDir(), Log: slog.New(slog.NewTextHandler(&log, nil))}
	mode := func() os.FileMode {
		info, err := os.Stat(c.Data)
		require.NoError(t, err)
		return info.Mode().Perm()
	}
	require.NoError(t, os.WriteFile(filepath.Join(c.Data, serviceKey), nil, 0o600))
	require.NoError(t, os.Chmod(c.Data, 0o755))
	require.NoError(t, c.OpenFolder())
	assert.EqualValues(t, 0o700, mode())
	assert.Contains(t, log.String(), "data folder was open to other users")
	log.Reset()
	require.NoError(t, c.OpenFolder())
	assert.Empty(t, log.String())

	require.NoError(t, os.Chmod(c.Data, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(c.Data, "other"), nil, 0o600))
	require.ErrorIs(t, c.OpenFolder(), file.ErrFolder)
	assert.EqualValues(t, 0o750, mode())
}
