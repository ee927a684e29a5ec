// Package pdf reads the web links and the structure of a PDF. It does not render pages. From a damaged file
// it reads what is readable.
package pdf

import (
	"bytes"
	"strconv"
)

const (
	// maxValues limits the number of values of a PDF.
	maxValues = 500_000
	// maxDepth limits the nesting of values.
	maxDepth = 40
	// maxString is the maximum length of a string in bytes; Read cuts off the rest.
	maxString = 8 << 10
)

// The values of a PDF (ISO 32000-1, 7.3) are a Name, a []byte for a string, a Dict, a List, a Ref, a Number
// or a Keyword.
type (
	Name    string
	Keyword string
	Dict    map[Name]any
	List    []any
	Ref     int
	Number  int // without its fraction
)

// A File is the content of a PDF. Make it with [Read].
type File struct {
	// Objects are the indirect objects. If an object has several versions, Objects has the last.
	Objects map[Ref]any
	// Metadata are the contents of the streams of type Metadata.
	Metadata map[Ref][]byte
	// Trailer has the entries Root, Info and Encrypt.
	Trailer Dict

	values  int
	inflate inflater
}

// Read returns the content of a PDF.
func Read(data []byte) *File {
	f := &File{Objects: map[Ref]any{}, Metadata: map[Ref][]byte{}, Trailer: Dict{}}
	p := &parser{data: data, file: f}
	var last, before any // the number of an object is two values before the word obj
	for {
		v, ok := p.value(0)
		if !ok {
			return f
		}
		switch v {
		case Keyword("obj"):
			if n, ok := before.(Number); ok {
				p.object(Ref(n))
			}
		case Keyword("trailer"):
			if v, _ := p.value(0); v != nil {
				f.addTrailer(v)
			}
		}
		before, last = last, v
	}
}

func (f *File) addTrailer(v any) {
	d, _ := v.(Dict)
	for _, key := range []Name{"Root", "Info", "Encrypt"} {
		if d[key] != nil {
			f.Trailer[key] = d[key]
		}
	}
}

// Resolve returns the value behind v if v is a reference, and otherwise v.
func (f *File) Resolve(v any) any {
	for range maxDepth {
		r, ok := v.(Ref)
		if !ok {
			return v
		}
		v = f.Objects[r]
	}
	return nil
}

// Dict returns v, or what it refers to, if that is a dictionary.
func (f *File) Dict(v any) Dict {
	d, _ := f.Resolve(v).(Dict)
	return d
}

// Catalog returns the catalog of the trailer. If the trailer has none, it returns any catalog of the file, or
// nil.
func (f *File) Catalog() Dict {
	if d := f.Dict(f.Trailer["Root"]); d != nil {
		return d
	}
	for _, v := range f.Objects {
		if d, ok := v.(Dict); ok && d["Type"] == Name("Catalog") {
			return d
		}
	}
	return nil
}

// parser parses the bytes of a file or of an object stream.
type parser struct {
	data []byte
	pos  int
	file *File
}

// object reads the object after the word obj, with its stream.
func (p *parser) object(n Ref) {
	v, ok := p.value(0)
	if !ok {
		return
	}
	p.file.Objects[n] = v
	d, ok := v.(Dict)
	if !ok {
		return
	}
	start := p.pos
	if next, _ := p.value(0); next != Keyword("stream") {
		p.pos = start
		return
	}
	if d["Type"] == Name("XRef") {
		p.file.addTrailer(d)
	}
	body := p.stream()
	switch d["Type"] {
	case Name("ObjStm"):
		p.file.objectStream(p.file.inflated(d, body))
	case Name("Metadata"):
		p.file.Metadata[n] = p.file.inflated(d, body)
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

// inflated returns the content of a stream that is not compressed or compressed with Flate alone.
func (f *File) inflated(d Dict, body []byte) []byte {
	filter := d["Filter"]
	if l, ok := filter.(List); ok && len(l) == 1 {
		filter = l[0]
	}
	switch filter {
	case nil:
		return body
	case Name("FlateDecode"):
		return f.inflate.bytes(body)
	}
	return nil
}

// objectStream reads pairs of number and offset, and then the objects in that order.
func (f *File) objectStream(data []byte) {
	p := &parser{data: data, file: f}
	var numbers []Ref
	for {
		start := p.pos
		n, ok := p.token().(Number)
		if !ok {
			p.pos = start
			break
		}
		p.token()
		numbers = append(numbers, Ref(n))
	}
	for _, n := range numbers {
		v, ok := p.value(0)
		if !ok {
			return
		}
		f.Objects[n] = v
	}
}

// value reads one value; ok is false at the end. An unmatched closing bracket is a Keyword.
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
	case Keyword("<<"):
		d := Dict{}
		for {
			key, ok := p.value(depth + 1)
			if !ok || key == Keyword(">>") {
				return d, true
			}
			k, isName := key.(Name)
			if !isName {
				continue
			}
			v, ok := p.value(depth + 1)
			if !ok || v == Keyword(">>") {
				return d, true
			}
			d[k] = v
		}
	case Keyword("["):
		var l List
		for {
			v, ok := p.value(depth + 1)
			if !ok || v == Keyword("]") {
				return l, true
			}
			l = append(l, v)
		}
	}
	if n, isNumber := t.(Number); isNumber && depth > 0 {
		start := p.pos
		if _, isNumber := p.token().(Number); isNumber && p.token() == Keyword("R") {
			return Ref(n), true
		}
		p.pos = start
	}
	return t, true
}

// token reads a name, a string, a number or a keyword; a bracket is a keyword. At the end it returns nil.
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
		text, rest, _ := literal(p.data[p.pos:], len(p.data))
		return p.string(text, rest)
	case '<', '>':
		if p.pos < len(p.data) && p.data[p.pos] == c {
			p.pos++
			return Keyword(p.data[start:p.pos])
		}
		if c == '<' {
			text, rest, _ := hexadecimal(p.data[p.pos:], len(p.data))
			return p.string(text, rest)
		}
		return Keyword(">")
	case '[', ']', '{', '}', ')':
		return Keyword(p.data[start:p.pos])
	}
	for p.pos < len(p.data) && isRegular(p.data[p.pos]) {
		p.pos++
	}
	word := p.data[start:p.pos]
	if c == '/' {
		return Name(word[1:])
	}
	whole, _, _ := bytes.Cut(word, []byte("."))
	if n, err := strconv.Atoi(string(whole[:min(len(whole), 20)])); err == nil {
		return Number(n)
	}
	return Keyword(word[:min(len(word), 20)])
}

// string moves the parser behind a string and returns the string, cut to maxString.
func (p *parser) string(text, rest []byte) []byte {
	p.pos = len(p.data) - len(rest)
	return bytes.Clone(text[:min(len(text), maxString)])
}

func (p *parser) skipLine() {
	for p.pos < len(p.data) && p.data[p.pos] != '\n' && p.data[p.pos] != '\r' {
		p.pos++
	}
}
