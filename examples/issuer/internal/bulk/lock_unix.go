//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package bulk

import (
	"os"
	"syscall"
)

// lock keeps other processes from locking the file until this one closes it or ends.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
