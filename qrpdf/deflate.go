package qrpdf

import (
	"bytes"
	"compress/zlib"
	"io"
	"sync"
)

// deflaters keeps compressors for later calls, because a new one allocates 0.8 MB. No output
// depends on it.
var deflaters = sync.Pool{New: func() any {
	// Level 2 makes the page a seventh smaller than level 1, for 0.1 ms. Level 6 would take 0.8
	// ms for as much again.
	const level = 2
	z, err := zlib.NewWriterLevel(io.Discard, level)
	if err != nil {
		panic(err) // only for a level that does not exist
	}
	return z
}}

// deflate appends the output of body to out, compressed with zlib.
func deflate(out *bytes.Buffer, body func(io.Writer)) {
	z := deflaters.Get().(*zlib.Writer)
	z.Reset(out)
	body(z)
	z.Close()
	z.Reset(io.Discard) // the pool must not keep the caller's buffer
	deflaters.Put(z)
}
