package qrpdf

import (
	"bytes"
	"io"
	"sync"

	"github.com/klauspost/compress/zlib"
)

// The levels of compression. A page takes 0.08 ms at quick, 0.16 ms and a seventh less room at
// good, and 1.1 ms and a little less room at best.
const (
	quick = 1 // for what belongs to one document
	good  = 6 // for what documents of an issuer share
	best  = 9 // for what all documents share
)

// deflaters keeps compressors for later calls, because a new one allocates 0.8 MB and more. No
// output depends on it.
var deflaters [best + 1]sync.Pool

// deflate appends the output of body to out, compressed with zlib.
func deflate(out *bytes.Buffer, level int, body func(io.Writer)) {
	z, _ := deflaters[level].Get().(*zlib.Writer)
	if z == nil {
		var err error
		if z, err = zlib.NewWriterLevel(out, level); err != nil {
			panic(err) // only for a level that does not exist
		}
	} else {
		z.Reset(out)
	}
	body(z)
	z.Close()
	z.Reset(io.Discard) // the pool must not keep the caller's buffer
	deflaters[level].Put(z)
}

// deflated returns b compressed.
func deflated(b []byte, level int) []byte {
	var out bytes.Buffer
	deflate(&out, level, func(w io.Writer) { w.Write(b) })
	return out.Bytes()
}

// sharedStreams holds compressed content of pages.
var sharedStreams cache[[]byte]

// deflateShared compresses content that the documents of an issuer share.
func deflateShared(content []byte) []byte {
	packed, _ := sharedStreams.get(content, func() ([]byte, error) { return deflated(content, good), nil })
	return packed
}
