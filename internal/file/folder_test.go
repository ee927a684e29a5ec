package file_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/file"
)

func TestPrivateFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // it has no such bits
	}
	ours := func(name string) bool { return name == "keys" }
	for name, tt := range map[string]struct {
		mode    fs.FileMode
		entries []string
		want    fs.FileMode
		closed  bool
		err     error
		check   error
	}{
		"private":                   {0o700, []string{"x"}, 0o700, false, nil, nil},
		"empty, readable":           {0o755, nil, 0o700, false, nil, nil},
		"empty, writable":           {0o777, nil, 0o700, false, nil, file.ErrFolder},
		"ours, readable by a group": {0o750, []string{"keys", ".new-1"}, 0o700, true, nil, nil},
		"ours, writable by a group": {0o770, []string{"keys"}, 0o700, true, nil, file.ErrFolder},
		"with other files":          {0o755, []string{"keys", "x"}, 0o755, false, file.ErrFolder, nil},
		"somebody's home":           {0o755, []string{"x"}, 0o755, false, file.ErrFolder, nil},
		"sticky, like /tmp":         {0o777 | fs.ModeSticky, nil, 0o777, false, file.ErrFolder, nil},
		"sticky, ours": {0o777 | fs.ModeSticky, []string{"keys"}, 0o777, false,
			file.ErrFolder, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			require.NoError(t, os.Mkdir(dir, 0o700))
			for _, e := range tt.entries {
				require.NoError(t, os.WriteFile(filepath.Join(dir, e), nil, 0o600))
			}
			require.NoError(t, os.Chmod(dir, tt.mode))
			require.ErrorIs(t, file.CheckFolder(dir), tt.check)
			looked := file.CheckPrivateFolder(dir)
			assert.Equal(t, tt.mode.Perm() != 0o700, errors.Is(looked, file.ErrFolder), looked)
			closed, err := file.PrivateFolder(dir, ours)
			require.ErrorIs(t, err, tt.err)
			assert.Equal(t, tt.closed, closed)
			info, err := os.Stat(dir)
			require.NoError(t, err)
			assert.Equal(t, tt.want, info.Mode().Perm())
		})
	}
	fresh := filepath.Join(t.TempDir(), "a", "b")
	require.NoError(t, file.CheckFolder(fresh))
	require.ErrorIs(t, file.CheckPrivateFolder(fresh), fs.ErrNotExist)
	closed, err := file.PrivateFolder(fresh, ours)
	require.NoError(t, err)
	assert.False(t, closed)
	info, err := os.Stat(filepath.Dir(fresh))
	require.NoError(t, err)
	assert.EqualValues(t, 0o700, info.Mode().Perm())
	_, err = file.PrivateFolder(filepath.Join(fresh, "c\x00"), ours)
	require.Error(t, err)
	require.Error(t, file.CheckFolder("c\x00"))
}
