// Package file reads the files that a configuration names and writes files whole.
//
// Only regular files are read: to open a pipe waits for its other end, and a program
// that does so at its start hangs and does not notice a signal.
//
// What is not checked: who owns a file, except one of root that a group may read, or its
// folders, and on Windows, which has no such bits, who else may read it.
package file

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// An Error is a cause for which a file is refused. Compare with errors.Is.
type Error string

// Error returns the cause.
func (e Error) Error() string { return string(e) }

const (
	// ErrNotRegular means that the path names a folder, a pipe or a device.
	ErrNotRegular Error = "not a regular file"
	// ErrTooLong means that the file is longer than its reader allows.
	ErrTooLong Error = "file is too long"
	// ErrOpen means that others than the owner may read or write a private file, see
	// [ReadPrivate].
	ErrOpen Error = "file is open to its group or to everybody: chmod 600"
	// ErrWritable means that others than the owner may write the file.
	ErrWritable Error = "file can be written by others: chmod 600"
)

// Read reads a regular file of at most max bytes.
func Read(path string, max int64) ([]byte, error) { return read(path, max, nil) }

// ReadPrivate reads a regular file of at most max bytes that only its owner may read or
// write. Any other fails with [ErrOpen].
//
// A file of root that nobody may write and a group may read (mode 0440) is good for a
// process that is not root. It could read the file only as a member of that group. This
// is how Kubernetes mounts a Secret (fsGroup), and PostgreSQL has the same rule for its
// server's key (ssl_key_file). Who else is in the group is not checked.
func ReadPrivate(path string, max int64) ([]byte, error) { return read(path, max, checkPrivate) }

// CheckPrivate returns [ErrOpen] if the file's mode keeps [ReadPrivate] from reading it.
func CheckPrivate(path string) error {
	info, err := os.Stat(path)
	if err == nil && runtime.GOOS != "windows" && checkPrivate(info) != nil {
		err = fmt.Errorf("%s: %w", path, ErrOpen)
	}
	return err
}

func checkPrivate(info fs.FileInfo) error {
	if !private(info.Mode().Perm(), ofRoot(info), os.Geteuid()) {
		return ErrOpen
	}
	return nil
}

// private reports whether a file is for the process alone, see [ReadPrivate].
func private(mode fs.FileMode, ofRoot bool, euid int) bool {
	return mode&0o077 == 0 || ofRoot && euid != 0 && mode&0o337 == 0
}

// ReadOwn reads a regular file of at most max bytes that only its owner may write. Any
// other fails with [ErrWritable].
func ReadOwn(path string, max int64) ([]byte, error) {
	return read(path, max, func(info fs.FileInfo) error {
		if info.Mode().Perm()&0o022 != 0 {
			return ErrWritable
		}
		return nil
	})
}

func read(path string, max int64, check func(fs.FileInfo) error) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if check != nil && runtime.GOOS != "windows" {
		if err := check(info); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	data, err := io.ReadAll(io.LimitReader(f, max+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > max {
		return nil, fmt.Errorf("%s: %w", path, ErrTooLong)
	}
	return data, nil
}

// Open opens a regular file for reading. Anything else fails with [ErrNotRegular] and
// is not opened, unless it takes the file's place at that moment.
func Open(path string) (*os.File, error) {
	if err := regular(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat() // of what was opened: another file may have the name by now
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: %w", path, ErrNotRegular)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// regular follows symbolic links.
func regular(path string) error {
	info, err := os.Stat(path)
	var pathError *fs.PathError
	switch {
	case errors.As(err, &pathError):
		return &fs.PathError{Op: "open", Path: path, Err: pathError.Err} // as if it had been opened
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: %w", path, ErrNotRegular)
	}
	return nil
}

// Write puts a whole file in place at once, with the mode, in the place of one that
// exists. The data is on the disk when Write returns. What is not a regular file stays
// as it is and gives [ErrNotRegular].
func Write(path string, data []byte, mode fs.FileMode) error {
	if err := regular(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return put(path, data, mode, os.Rename)
}

// Create puts a whole file in place at once, readable by its owner only. If something
// has the name already, the error is [fs.ErrExist] and it stays as it is.
func Create(path string, data []byte) error { return put(path, data, 0o600, os.Link) }

// newPrefix is the prefix of a file that is not in place yet.
const newPrefix = ".new-"

func put(path string, data []byte, mode fs.FileMode, place func(from, to string) error) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, newPrefix+"*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already if it was renamed
	_, err = f.Write(data)
	if err == nil && mode != 0o600 {
		err = f.Chmod(mode)
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := place(f.Name(), path); err != nil {
		return err
	}
	// the name too must survive a power cut; not every system can sync a folder
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
	return nil
}
