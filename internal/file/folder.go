package file

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// ErrFolder means that others than the owner may read or write a private folder, and that it
// has other files too or another owner.
const ErrFolder Error = "folder is open to its group or to everybody: chmod 700, or name a folder inside it"

// PrivateFolder makes a folder that only its owner may read or write, with its parents. If it
// exists and is open to others, PrivateFolder closes it and reports that if it is not empty,
// but only if ours knows every entry: it must not close a home or /tmp. Otherwise the error is
// [ErrFolder]. A folder that is mounted read-only stays as it is: this process cannot close it,
// and each file in it has a mode of its own.
func PrivateFolder(path string, ours func(name string) bool) (closed bool, err error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return false, err
	}
	err = CheckPrivateFolder(path)
	if !errors.Is(err, ErrFolder) {
		return false, err
	}
	info, statErr := os.Stat(path)
	entries, readErr := os.ReadDir(path)
	if err := errors.Join(statErr, readErr); err != nil {
		return false, err
	}
	foreign := slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return !ours(e.Name()) && !strings.HasPrefix(e.Name(), newPrefix)
	})
	if info.Mode()&fs.ModeSticky != 0 || foreign {
		return false, err
	}
	if err := os.Chmod(path, 0o700); err != nil {
		return false, &fs.PathError{Op: "open", Path: path, Err: errors.Join(ErrFolder, err)}
	}
	return len(entries) > 0, nil
}

// CheckPrivateFolder returns [ErrFolder] if others than the owner may read or write the folder,
// unless it is mounted read-only. It changes nothing.
func CheckPrivateFolder(path string) error {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	// nothing has this name; where files can be removed, the error is that it does not exist
	if err := os.Remove(filepath.Join(path, newPrefix)); errors.Is(err, syscall.EROFS) {
		return nil
	}
	return &fs.PathError{Op: "open", Path: path, Err: ErrFolder}
}

// CheckFolder returns [ErrFolder] if others than the owner may replace the files of the
// folder. A folder that does not exist is good.
func CheckFolder(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0 && info.Mode()&fs.ModeSticky == 0:
		return &fs.PathError{Op: "open", Path: path, Err: ErrFolder}
	}
	return nil
}
