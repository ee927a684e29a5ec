package scan

import (
	"bytes"
	"compress/zlib"
	"context"
	"io"
	"slices"
	"strings"
)

const (
	// maxLinks bounds the links kept with a fragment, and those without.
	maxLinks = 1000
	// maxStreams bounds the object streams opened; qpdf puts 100 objects into
	// each.
	maxStreams = 4096
	// maxStream and maxInflated bound the bytes got out of one object stream
	// and out of all.
	maxStream   = 4 << 20
	maxInflated = 32 << 20
	// maxDict bounds the length of a stream dictionary.
	maxDict = 2048
)

// links returns the web links of a PDF. It does not follow the structure of
// the file, so that a damaged one is read as far as it goes: wherever /URI
// with a string stands, in the file or in a deflated object stream (where
// programs that save a PDF again put its annotations), that is a link. A
// string written as a reference to another object is not found.
func links(ctx context.Context, data []byte) ([]string, error) {
	var found linkSet
	found.scan(data)
	inflated := 0
	inflate := inflater{}
	rest := data
	for range maxStreams {
		var body []byte
		body, rest = objectStream(rest)
		if body == nil {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		objects := inflate.bytes(body, min(maxStream, maxInflated-inflated))
		inflated += len(objects)
		found.scan(objects)
	}
	switch {
	case len(found.fragment) > 0:
		return found.fragment, nil
	case len(found.plain) > 0:
		return found.plain, nil
	case hasName(data, "/Encrypt"):
		return nil, ErrEncrypted
	}
	return nil, ErrNoLink
}

// linkSet collects distinct links, those with a fragment apart.
type linkSet struct {
	fragment, plain []string
	seen            map[string]bool
}

// scan adds the links that stand in data.
func (s *linkSet) scan(data []byte) {
	for {
		i := bytes.Index(data, []byte("/URI"))
		if i < 0 {
			return
		}
		data = bytes.TrimLeft(data[i+len("/URI"):], pdfSpace)
		var text []byte
		switch {
		case bytes.HasPrefix(data, []byte("(")):
			text, data = literal(data[1:])
		case bytes.HasPrefix(data, []byte("<")):
			text, data = hexadecimal(data[1:])
		}
		if isWebLink(text) {
			s.add(string(text))
		}
	}
}

func (s *linkSet) add(link string) {
	list := &s.plain
	if strings.Contains(link, "#") {
		list = &s.fragment
	}
	if s.seen[link] || len(*list) == maxLinks {
		return
	}
	if s.seen == nil {
		s.seen = make(map[string]bool)
	}
	s.seen[link] = true
	*list = append(*list, link)
}

// isWebLink says whether b is an http or https address of printable ASCII, of
// which alone an address consists.
func isWebLink(b []byte) bool {
	lower := bytes.ToLower(b[:min(len(b), len("https://"))])
	if !bytes.HasPrefix(lower, []byte("http://")) && !bytes.HasPrefix(lower, []byte("https://")) {
		return false
	}
	return !slices.ContainsFunc(b, func(c byte) bool { return c <= ' ' || c > '~' })
}

// objectStream finds the next deflated object stream: body starts with its
// compressed bytes, rest is where to look for another. body is nil when there
// is none.
func objectStream(data []byte) (body, rest []byte) {
	for {
		i := bytes.Index(data, []byte("/ObjStm"))
		if i < 0 {
			return nil, nil
		}
		before, after := data[max(0, i-maxDict):i], data[i:min(len(data), i+maxDict)]
		data = data[i+len("/ObjStm"):]
		if j := bytes.LastIndex(before, []byte("obj")); j >= 0 {
			before = before[j:]
		}
		end := bytes.Index(after, []byte("stream"))
		if end < 0 {
			continue
		}
		if !bytes.Contains(before, []byte("/FlateDecode")) && !bytes.Contains(after[:end], []byte("/FlateDecode")) {
			continue
		}
		data = data[end+len("stream")-len("/ObjStm"):]
		body = bytes.TrimPrefix(data, []byte("\r"))
		return bytes.TrimPrefix(body, []byte("\n")), data
	}
}

// inflater opens zlib streams one after the other with the same tables.
type inflater struct {
	reader io.ReadCloser
}

// bytes returns what can be inflated from the start of body, up to limit
// bytes; what follows the stream is ignored, and so is where it breaks off.
func (f *inflater) bytes(body []byte, limit int) []byte {
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
	objects, _ := io.ReadAll(io.LimitReader(f.reader, int64(limit)))
	return objects
}

// hasName says whether the whole name stands in data.
func hasName(data []byte, name string) bool {
	for {
		i := bytes.Index(data, []byte(name))
		if i < 0 {
			return false
		}
		data = data[i+len(name):]
		if len(data) > 0 && strings.IndexByte(pdfSpace+"<[(/", data[0]) >= 0 {
			return true
		}
	}
}
