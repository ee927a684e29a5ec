package pdf

import (
	"bytes"
	"compress/zlib"
	"io"
)

// maxStream and maxInflated bound the bytes got out of one compressed stream and out of all streams of a
// file.
const (
	maxStream   = 4 << 20
	maxInflated = 32 << 20
)

// inflater opens the zlib streams of one file, one after the other with the same tables.
type inflater struct {
	reader io.ReadCloser
	spent  int
}

// bytes returns what can be inflated from the start of body within the bounds. It ignores what follows the
// stream, and returns what precedes an error.
func (f *inflater) bytes(body []byte) []byte {
	source := bytes.NewReader(body)
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
