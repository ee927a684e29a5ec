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
	// maxWritten is its maximum length in UTF-16, with the byte order mark.
	maxWritten = 2 + 2*maxLink
	// maxNames limits the number of places that look like a link.
	maxNames = 100_000
	// maxStreams limits the number of places that look like an object stream. qpdf puts 100 objects into one.
	maxStreams = 4096
	// maxDict is the maximum length of a stream dictionary in bytes.
	maxDict = 2048
)

// Found is what Links finds in a PDF.
type Found struct {
	// Fragment are the links with a fragment, as the texts of QRs have one, and Plain those without.
	Fragment, Plain []string
	// Encrypted reports that the file is encrypted, and Portfolio that it holds other files.
	Encrypted, Portfolio bool
}

// Links returns those with a fragment, or all if none has one.
func (f Found) Links() []string {
	if len(f.Fragment) > 0 {
		return f.Fragment
	}
	return f.Plain
}

// Links finds the distinct web links of a PDF, in their order: at most 1,000 with a fragment and as many
// without, and none longer than 4 KiB. The error is the error of ctx.
//
// Links does not follow the structure of the file, so it also reads damaged files. A link is /URI followed by
// a string, either in the file itself or in a deflated object stream, where programs put the annotations of a
// PDF that they save again. Only if no such link has a fragment, Links parses the file for strings that are
// objects of their own, to which /URI refers.
func Links(ctx context.Context, data []byte) (Found, error) {
	set := linkSet{portfolio: hasName(data, "/Collection")}
	set.scan(data)
	var inflate inflater
	rest := data
	for range maxStreams {
		var body []byte
		body, rest = objectStream(rest)
		if rest == nil {
			break
		}
		if err := ctx.Err(); err != nil {
			return Found{}, err
		}
		if body != nil {
			content := inflate.bytes(body)
			set.scan(content)
			set.portfolio = set.portfolio || hasName(content, "/Collection")
		}
	}
	if len(set.fragment) == 0 && len(set.refs) > 0 {
		set.resolve(Read(data))
	}
	return Found{set.fragment, set.plain, hasName(data, "/Encrypt"), set.portfolio}, ctx.Err()
}

// A linkSet has distinct links, with those that have a fragment in a list of their own.
type linkSet struct {
	fragment, plain []string
	seen            map[string]bool
	names           int   // places that look like a link
	refs            []Ref // objects that are links
	portfolio       bool
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
			text, data, ok = literal(data[1:], limit(data[1:], 1))
		case bytes.HasPrefix(data, []byte("<")):
			text, data, ok = hexadecimal(data[1:], limit(data[1:], 2))
		}
		if ok {
			s.addString(text)
		} else if n, ok := reference(data); ok && len(s.refs) < maxLinks {
			s.refs = append(s.refs, n)
		}
	}
}

// limit returns the maximum length of the string that data begins with, written with so many characters for a
// byte. A string that is not in UTF-16 ends sooner, so an open one hides less of what follows.
func limit(data []byte, characters int) int {
	mark := [...]string{1: "\xfe\xff", 2: "feff"}[characters]
	if bytes.EqualFold(data[:min(len(data), len(mark))], []byte(mark)) ||
		bytes.HasPrefix(data, []byte(`\376\377`)) {
		return maxWritten
	}
	return maxLink
}

// reference returns the number of the object to which data refers at its start, as in "55 0 R".
func reference(data []byte) (Ref, bool) {
	head := data[:min(len(data), 30)]
	if len(head) == 0 || head[0] < '0' || head[0] > '9' {
		return 0, false
	}
	p := &parser{data: head, file: &File{}}
	v, _ := p.value(1)
	n, ok := v.(Ref)
	return n, ok
}

// resolve adds the links that are objects of their own.
func (s *linkSet) resolve(f *File) {
	for _, n := range s.refs {
		if text, ok := f.Resolve(n).([]byte); ok {
			s.addString(text)
		}
	}
}

// addString adds a string that is a link. It may be in UTF-16, which begins with its byte order mark.
func (s *linkSet) addString(text []byte) {
	if bytes.HasPrefix(text, []byte{0xfe, 0xff}) {
		text = []byte(Text(text))
	}
	if len(text) <= maxLink && isWebLink(text) {
		s.add(string(text))
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
