package qrpdf

import (
	"bytes"
	"compress/zlib"
	"io"
	"sync"
)

// deflaters keeps compressors for the next call, because a new one allocates 0.8 MB. No output depends on it.
var deflaters = sync.Pool{New: func() any {
	// the page is a seventh smaller than at 1, for 0.1 ms; 6 would take 0.8 ms for as much again
	const level = 2
	z, err := zlib.NewWriterLevel(io.Discard, level)
	if err != nil {
		panic(err) // only for a level that does not exist
	}
	return z
}}

// deflate appends what body writes to out, compressed as zlib does.
func deflate(out *bytes.Buffer, body func(io.Writer)) {
	z := deflaters.Get().(*zlib.Writer)
	z.Reset(out)
	body(z)
	z.Close()
	z.Reset(io.Discard) // the pool shall not hold the caller's buffer
	deflaters.Put(z)
}
