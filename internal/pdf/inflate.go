package pdf

import (
	"bytes"
	"compress/zlib"
	"io"
)

// maxStream and maxInflated are the maximum numbers of bytes inflated from one stream and from one file.
// maxDeflated is the maximum number of compressed bytes that are read for one file, since a byte that
// inflates to nothing costs time too. It takes about a second at worst. The object streams of a document of
// 1,000 pages have some 100 KB.
const (
	maxStream   = 4 << 20
	maxInflated = 32 << 20
	maxDeflated = 2 << 20
)

// An inflater inflates the zlib streams of one file, one after the other, and reuses its memory.
type inflater struct {
	reader io.ReadCloser
	read   int // compressed bytes
	spent  int // inflated bytes
}

// bytes returns the inflated bytes of the stream at the start of body, up to the limits. If the stream has an
// error, bytes returns what precedes it.
func (f *inflater) bytes(body []byte) []byte {
	source := bytes.NewReader(body[:min(len(body), maxDeflated-f.read)])
	defer func() { f.read += int(source.Size()) - source.Len() }()
	var err error
	if f.reader == nil {
		f.reader, err = zlib.NewReader(source)
	} else {
		err = f.reader.(zlib.Resetter).Reset(source, nil)
	}
	if err != nil {
		return nil
	}
	out, _ := io.ReadAll(io.LimitReader(f.reader, int64(min(maxStream, maxInflated-f.spent))))
	f.spent += len(out)
	return out
}
