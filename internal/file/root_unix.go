//go:build unix

package file

import (
	"io/fs"
	"syscall"
)

// ofRoot reports whether root owns the file.
func ofRoot(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid == 0
}
