package lint

import (
	"bytes"
	"compress/zlib"
	"io"
	"strconv"
)

const (
	// maxValues bounds the values that are kept of a PDF, maxDepth how deep they may stand inside each other, maxInflated
	// the bytes got out of all its compressed streams.
	maxValues   = 500_000
	maxDepth    = 40
	maxInflated = 32 << 20
)

// The values of a PDF (ISO 32000-1, 7.3) are a name, a []byte for a string, a dict, a list, a ref, a number or a keyword.
type (
	name    string
	keyword string
	dict    map[name]any
	list    []any
	ref     int
	number  int // cut to an integer, which is enough here
)

// pdfFile is what a PDF holds, found by going through its bytes once: a damaged file is read as far as it goes. Of several
// versions of an object the last one counts.
type pdfFile struct {
	objects  map[ref]any
	metadata map[ref][]byte // the streams of type Metadata
	trailer  dict
	values   int
	inflated int
}

func readPDF(data []byte) *pdfFile {
	f := &pdfFile{objects: map[ref]any{}, metadata: map[ref][]byte{}, trailer: dict{}}
	p := &parser{data: data, file: f}
	var last, before any // the number of an object stands two values before the word obj
	for {
		v, ok := p.value(0)
		if !ok {
			return f
		}
		switch v {
		case keyword("obj"):
			if n, ok := before.(number); ok {
				p.object(ref(n))
			}
		case keyword("trailer"):
			if v, _ := p.value(0); v != nil {
				f.addTrailer(v)
			}
		}
		before, last = last, v
	}
}

func (f *pdfFile) addTrailer(v any) {
	d, _ := v.(dict)
	for _, key := range []name{"Root", "Info", "Encrypt"} {
		if d[key] != nil {
			f.trailer[key] = d[key]
		}
	}
}

// resolve follows a reference.
func (f *pdfFile) resolve(v any) any {
	for range maxDepth {
		r, ok := v.(ref)
		if !ok {
			return v
		}
		v = f.objects[r]
	}
	return nil
}

func (f *pdfFile) dict(v any) dict {
	d, _ := f.resolve(v).(dict)
	return d
}

// parser goes through the bytes of a file or of an object stream.
type parser struct {
	data []byte
	pos  int
	file *pdfFile
}

// object reads what follows the word obj, with its stream.
func (p *parser) object(n ref) {
	v, ok := p.value(0)
	if !ok {
		return
	}
	p.file.objects[n] = v
	d, ok := v.(dict)
	if !ok {
		return
	}
	start := p.pos
	if next, _ := p.value(0); next != keyword("stream") {
		p.pos = start
		return
	}
	if d["Type"] == name("XRef") {
		p.file.addTrailer(d)
	}
	body := p.stream()
	switch d["Type"] {
	case name("ObjStm"):
		p.file.objectStream(p.file.inflate(d, body))
	case name("Metadata"):
		p.file.metadata[n] = p.file.inflate(d, body)
	}
}

// stream returns the bytes up to the word endstream and steps over it.
func (p *parser) stream() []byte {
	const end = "endstream"
	body := bytes.TrimPrefix(p.data[p.pos:], []byte("\r"))
	body = bytes.TrimPrefix(body, []byte("\n"))
	i := bytes.Index(body, []byte(end))
	if i < 0 {
		p.pos = len(p.data)
		return body
	}
	p.pos = len(p.data) - len(body) + i + len(end)
	return body[:i]
}

// inflate returns the bytes of a stream that is not compressed, or by Flate alone.
func (f *pdfFile) inflate(d dict, body []byte) []byte {
	filter := d["Filter"]
	if l, ok := filter.(list); ok && len(l) == 1 {
		filter = l[0]
	}
	if filter == nil {
		return body
	}
	if filter != name("FlateDecode") {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	out, _ := io.ReadAll(io.LimitReader(z, int64(maxInflated-f.inflated))) // what stands before an error counts
	f.inflated += len(out)
	return out
}

// objectStream reads pairs of number and offset, and then the objects in that order.
func (f *pdfFile) objectStream(data []byte) {
	p := &parser{data: data, file: f}
	var numbers []ref
	for {
		start := p.pos
		n, ok := p.token().(number)
		if !ok {
			p.pos = start
			break
		}
		p.token()
		numbers = append(numbers, ref(n))
	}
	for _, n := range numbers {
		v, ok := p.value(0)
		if !ok {
			return
		}
		f.objects[n] = v
	}
}

// value reads one value; ok is false at the end. A keyword that closes nothing is a value, too.
func (p *parser) value(depth int) (v any, ok bool) {
	t := p.token()
	if t == nil || p.file.values >= maxValues {
		return nil, false
	}
	p.file.values++
	if depth > maxDepth {
		return t, true
	}
	switch t {
	case keyword("<<"):
		d := dict{}
		for {
			key, ok := p.value(depth + 1)
			if !ok || key == keyword(">>") {
				return d, true
			}
			k, isName := key.(name)
			if !isName {
				continue
			}
			v, ok := p.value(depth + 1)
			if !ok || v == keyword(">>") {
				return d, true
			}
			d[k] = v
		}
	case keyword("["):
		var l list
		for {
			v, ok := p.value(depth + 1)
			if !ok || v == keyword("]") {
				return l, true
			}
			l = append(l, v)
		}
	}
	if n, isNumber := t.(number); isNumber && depth > 0 {
		start := p.pos
		if _, isNumber := p.token().(number); isNumber && p.token() == keyword("R") {
			return ref(n), true
		}
		p.pos = start
	}
	return t, true
}

// token reads a name, a string, a number or a keyword; brackets are keywords. At the end it returns nil.
func (p *parser) token() any {
	for p.pos < len(p.data) && (isSpace(p.data[p.pos]) || p.data[p.pos] == '%') {
		if p.data[p.pos] == '%' {
			p.skipLine()
			continue
		}
		p.pos++
	}
	if p.pos >= len(p.data) {
		return nil
	}
	start := p.pos
	c := p.data[p.pos]
	p.pos++
	switch c {
	case '(':
		return p.literal()
	case '<', '>':
		if p.pos < len(p.data) && p.data[p.pos] == c {
			p.pos++
			return keyword(p.data[start:p.pos])
		}
		if c == '<' {
			return p.hexadecimal()
		}
		return keyword(">")
	case '[', ']', '{', '}', ')':
		return keyword(p.data[start:p.pos])
	}
	for p.pos < len(p.data) && isRegular(p.data[p.pos]) {
		p.pos++
	}
	word := p.data[start:p.pos]
	if c == '/' {
		return name(word[1:])
	}
	whole, _, _ := bytes.Cut(word, []byte("."))
	if n, err := strconv.Atoi(string(whole[:min(len(whole), 20)])); err == nil {
		return number(n)
	}
	return keyword(word[:min(len(word), 20)])
}

func (p *parser) skipLine() {
	for p.pos < len(p.data) && p.data[p.pos] != '\n' && p.data[p.pos] != '\r' {
		p.pos++
	}
}

func isSpace(c byte) bool { return c <= ' ' && bytes.IndexByte([]byte("\x00\t\n\f\r "), c) >= 0 }

func isRegular(c byte) bool { return !isSpace(c) && bytes.IndexByte([]byte("()<>[]{}/%"), c) < 0 }
