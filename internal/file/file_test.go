package file_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/file"
)

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte("12345"), 0o600))
	for name, read := range map[string]func(string, int64) ([]byte, error){
		"Read": file.Read, "ReadPrivate": file.ReadPrivate, "ReadOwn": file.ReadOwn,
	} {
		t.Run(name, func(t *testing.T) {
			data, err := read(path, 5)
			require.NoError(t, err)
			assert.Equal(t, "12345", string(data))

			data, err = read(path, 4)
			assert.ErrorIs(t, err, file.ErrTooLong)
			assert.ErrorContains(t, err, path)
			assert.Nil(t, data)

			_, err = read(filepath.Dir(path), 5)
			assert.ErrorIs(t, err, file.ErrNotRegular)
			assert.ErrorContains(t, err, filepath.Dir(path))

			_, err = read(path+"x", 5)
			assert.ErrorIs(t, err, fs.ErrNotExist)
			assert.True(t, strings.HasPrefix(err.Error(), "open "+path+"x: "), err)
		})
	}
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such bits")
	}
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	for mode, want := range map[fs.FileMode]struct{ private, own error }{
		0o600: {nil, nil},
		0o400: {nil, nil},
		0o700: {nil, nil},
		0o640: {file.ErrOpen, nil},
		0o604: {file.ErrOpen, nil},
		0o610: {file.ErrOpen, nil},
		0o601: {file.ErrOpen, nil},
		0o644: {file.ErrOpen, nil},
		0o620: {file.ErrOpen, file.ErrWritable},
		0o602: {file.ErrOpen, file.ErrWritable},
		0o666: {file.ErrOpen, file.ErrWritable},
	} {
		require.NoError(t, os.Chmod(path, mode))
		_, err := file.Read(path, 0)
		assert.NoError(t, err, mode)
		_, err = file.ReadPrivate(path, 0)
		assert.ErrorIs(t, err, want.private, mode)
		assert.ErrorIs(t, file.CheckPrivate(path), want.private, mode)
		_, err = file.ReadOwn(path, 0)
		assert.ErrorIs(t, err, want.own, mode)
	}
}

// A link to a private file is followed: the mode of the file counts.
func TestLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege on Windows")
	}
	dir := t.TempDir()
	target, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	require.NoError(t, os.WriteFile(target, []byte("x"), 0o600))
	require.NoError(t, os.Symlink(target, link))
	data, err := file.ReadPrivate(link, 1)
	require.NoError(t, err)
	assert.Equal(t, "x", string(data))
	require.NoError(t, os.Chmod(target, 0o644))
	_, err = file.ReadPrivate(link, 1)
	assert.ErrorIs(t, err, file.ErrOpen)
}

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, file.Write(path, []byte("one"), 0o600))
	holds(t, path, "one", 0o600)
	require.NoError(t, file.Write(path, []byte("two"), 0o644))
	holds(t, path, "two", 0o644)
	require.NoError(t, file.Write(path, nil, 0o600))
	holds(t, path, "", 0o600)

	dir := filepath.Join(filepath.Dir(path), "folder")
	require.NoError(t, os.Mkdir(dir, 0o700))
	assert.ErrorIs(t, file.Write(dir, []byte("x"), 0o600), file.ErrNotRegular)
	assert.ErrorIs(t, file.Write(filepath.Join(dir, "none", "x"), nil, 0o600), fs.ErrNotExist)
	left(t, filepath.Dir(path), 2)
}

func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, file.Create(path, []byte("one")))
	holds(t, path, "one", 0o600)
	assert.ErrorIs(t, file.Create(path, []byte("two")), fs.ErrExist)
	holds(t, path, "one", 0o600)
	left(t, filepath.Dir(path), 1)
}

func holds(t *testing.T, path, want string, mode fs.FileMode) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, want, string(data))
	if runtime.GOOS != "windows" {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, mode, info.Mode().Perm())
	}
}

// left counts the files of a folder: no temporary one stays.
func left(t *testing.T, dir string, want int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, want)
}
