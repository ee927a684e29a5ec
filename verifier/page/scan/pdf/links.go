package pdf

import (
	"bytes"
	"context"
	"slices"
	"strings"
)

const (
	// maxLinks bounds the links kept with a fragment, and those without.
	maxLinks = 1000
	// maxLink bounds the bytes of a link. A QR symbol holds 2,953 bytes at most (ISO/IEC 18004).
	maxLink = 4096
	// maxStreams bounds the object streams opened; qpdf puts 100 objects into each.
	maxStreams = 4096
	// maxDict bounds the length of a stream dictionary.
	maxDict = 2048
)

// Links returns the distinct web links of a PDF, at most 1,000 and none longer than 4 KiB, in the order in
// which they occur: those with a fragment, or all of them if none has one. If there is none, encrypted says
// whether the file is encrypted.
//
// Links does not follow the structure of the file, so that it reads a damaged one too: /URI with a string
// behind it is a link, in the file itself or in a deflated object stream (where programs that save a PDF
// again put its annotations). A string written as a reference to another object is not found. The error is
// that of ctx.
func Links(ctx context.Context, data []byte) (links []string, encrypted bool, err error) {
	var found linkSet
	found.scan(data)
	var inflate inflater
	rest := data
	for range maxStreams {
		var body []byte
		body, rest = objectStream(rest)
		if body == nil {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		found.scan(inflate.bytes(body))
	}
	switch {
	case len(found.fragment) > 0:
		return found.fragment, false, nil
	case len(found.plain) > 0:
		return found.plain, false, nil
	}
	return nil, hasName(data, "/Encrypt"), nil
}

// linkSet collects distinct links, those with a fragment apart.
type linkSet struct {
	fragment, plain []string
	seen            map[string]bool
}

// scan adds the links in data.
func (s *linkSet) scan(data []byte) {
	for {
		i := bytes.Index(data, []byte("/URI"))
		if i < 0 {
			return
		}
		data = bytes.TrimLeft(data[i+len("/URI"):], space)
		var text []byte
		var ok bool
		switch {
		case bytes.HasPrefix(data, []byte("(")):
			text, data, ok = literal(data[1:], maxLink)
		case bytes.HasPrefix(data, []byte("<")):
			text, data, ok = hexadecimal(data[1:], maxLink)
		}
		if ok && isWebLink(text) {
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

// isWebLink reports whether b is an http or https address, which consists of printable ASCII
// alone.
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
		flate := []byte("/FlateDecode")
		if !bytes.Contains(before, flate) && !bytes.Contains(after[:end], flate) {
			continue
		}
		data = data[end+len("stream")-len("/ObjStm"):]
		body = bytes.TrimPrefix(data, []byte("\r"))
		return bytes.TrimPrefix(body, []byte("\n")), data
	}
}

// hasName reports whether data contains the whole name.
func hasName(data []byte, name string) bool {
	for {
		i := bytes.Index(data, []byte(name))
		if i < 0 {
			return false
		}
		data = data[i+len(name):]
		if len(data) > 0 && strings.IndexByte(space+"<[(/", data[0]) >= 0 {
			return true
		}
	}
}
