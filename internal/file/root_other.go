//go:build !unix

package file

import "io/fs"

func ofRoot(fs.FileInfo) bool { return false }
