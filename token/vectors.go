package token

import (
	"embed"
	"io/fs"
)

//go:embed testdata/vectors/*.json
var vectorFiles embed.FS

// Vectors returns the test vectors of the formats in this package, one JSON file per group, as
// testdata/vectors/README.md describes them. They are for programs that test an implementation in
// another language. A program that does not call it does not contain them.
func Vectors() fs.FS {
	files, err := fs.Sub(vectorFiles, "testdata/vectors")
	if err != nil {
		panic(err) // the path is valid
	}
	return files
}
