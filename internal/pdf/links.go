package pdf

import (
	"bytes"
	"context"
	"slices"
	"strings"
)

const (
	// maxLinks limits the number of links with a fragment, and the number of those without.
	maxLinks = 1000
	// maxLink is the maximum length of a link in bytes. A QR symbol has at most 2,953 (ISO/IEC 18004).
	maxLink = 4096
	// maxNames limits the number of places that look like a link.
	maxNames = 100_000
	// maxStreams limits the number of places that look like an object stream. qpdf puts 100 objects into one.
	maxStreams = 4096
	// maxDict is the maximum length of a stream dictionary in bytes.
	maxDict = 2048
)

// Links returns the distinct web links of a PDF in their order: those with a fragment, or all if none has
// one. It returns at most 1,000 links and skips links longer than 4 KiB. If there is no link, encrypted
// reports whether the file is encrypted. The error is the error of ctx.
//
// Links does not follow the structure of the file, so it also reads damaged files. A link is /URI followed by
// a string, either in the file itself or in a deflated object stream, where programs put the annotations of a
// PDF that they save again. Links does not find a string that is a reference to another object.
func Links(ctx context.Context, data []byte) (links []string, encrypted bool, err error) {
	var found linkSet
	found.scan(data)
	var inflate inflater
	rest := data
	for range maxStreams {
		var body []byte
		body, rest = objectStream(rest)
		if rest == nil {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		if body != nil {
			found.scan(inflate.bytes(body))
		}
	}
	switch {
	case len(found.fragment) > 0:
		return found.fragment, false, nil
	case len(found.plain) > 0:
		return found.plain, false, nil
	}
	return nil, hasName(data, "/Encrypt"), nil
}

// A linkSet has distinct links, with those that have a fragment in a list of their own.
type linkSet struct {
	fragment, plain []string
	seen            map[string]bool
	names           int // places that look like a link
}

// scan adds the links in data.
func (s *linkSet) scan(data []byte) {
	for ; s.names < maxNames; s.names++ {
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

// isWebLink reports whether b is an http or https URL of printable ASCII characters.
func isWebLink(b []byte) bool {
	lower := bytes.ToLower(b[:min(len(b), len("https://"))])
	if !bytes.HasPrefix(lower, []byte("http://")) && !bytes.HasPrefix(lower, []byte("https://")) {
		return false
	}
	return !slices.ContainsFunc(b, func(c byte) bool { return c <= ' ' || c > '~' })
}

// objectStream finds the next place that looks like a deflated object stream. body begins with its compressed
// bytes, and is nil if it is none. The search continues in rest, which is nil if there is no such place.
func objectStream(data []byte) (body, rest []byte) {
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
	flate := []byte("/FlateDecode")
	if end < 0 || !bytes.Contains(before, flate) && !bytes.Contains(after[:end], flate) {
		return nil, data
	}
	data = data[end+len("stream")-len("/ObjStm"):]
	body = bytes.TrimPrefix(data, []byte("\r"))
	return bytes.TrimPrefix(body, []byte("\n")), data
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
