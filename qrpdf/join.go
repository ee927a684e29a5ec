package qrpdf

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Join writes n documents as one PDF, in their order, for a printer that takes one file. document returns
// the bytes that [Document.Write] wrote, from 0 to n-1; Join calls it twice for each, and the bytes must be
// the same. Join fails if n is not positive, if document fails, or if the bytes are not those of a Document.
//
// Each document keeps its pages, its link and its place in the structure tree, so the result conforms to the
// same standards. Its title, body and dates are those of the first document. What equal documents share,
// such as fonts, is written once.
//
// Join holds one document at a time, and about one KB for each document that it has read.
func Join(w io.Writer, n int, document func(i int) ([]byte, error)) error {
	if n < 1 {
		return errors.New("no document to join")
	}
	plan := newJoiner()
	if err := plan.each(n, document, func(int, []byte) {}); err != nil {
		return err
	}
	if plan.last >= 1<<31 {
		return errors.New("too many documents for one PDF")
	}
	first, err := readWritten(document, 0)
	if err != nil {
		return err
	}
	f := newPDFFile(w)
	if err := plan.writeHead(f, first); err != nil {
		return err
	}
	err = newJoiner().each(n, document, func(number int, body []byte) {
		f.begin(number)
		f.buf.Write(body)
		f.end()
	})
	if err != nil {
		return err
	}
	return f.close(catalogObject, infoObject)
}

// The numbers of the objects that all joined documents share, in their order in the file. Those before
// linkObject have the numbers that they have in a document.
const (
	joinedTree = linkObject + iota
	joinedParents
	firstJoinedObject
)

// joiner numbers the objects of the documents that are joined.
type joiner struct {
	last  int // number of the last object
	key   int // next key of the parent tree
	pages int
	known map[[sha256.Size]byte]int // numbers of streams that other documents may have too
	// by document
	nodes, roots, parents []int
}

// maxKnown bounds the streams that are remembered.
const maxKnown = 4096

func newJoiner() *joiner {
	return &joiner{last: firstJoinedObject - 1, known: make(map[[sha256.Size]byte]int)}
}

// each calls write for each object that the documents bring, with its number and its content.
func (j *joiner) each(n int, document func(int) ([]byte, error), write func(int, []byte)) error {
	for i := range n {
		file, err := readWritten(document, i)
		if err != nil {
			return err
		}
		if err := j.add(file, write); err != nil {
			return fmt.Errorf("document %d: %w", i+1, err)
		}
	}
	return nil
}

func readWritten(document func(int) ([]byte, error), i int) (writtenFile, error) {
	data, err := document(i)
	if err != nil {
		return nil, err
	}
	file, err := parseWritten(data)
	if err != nil {
		return nil, fmt.Errorf("document %d: %w", i+1, err)
	}
	return file, nil
}

// joined is a document that is being joined.
type joined struct {
	file  writtenFile
	moved []int // new numbers of its objects, by their number; zero if another document has the object
	key   int   // added to its keys of the parent tree
}

// add numbers the objects of a document and passes them on.
func (j *joiner) add(file writtenFile, write func(int, []byte)) error {
	d := joined{file: file, moved: make([]int, len(file)), key: j.key}
	own := make([]bool, len(file))
	for number := 1; number < len(file); number++ {
		switch number {
		case catalogObject, metadataObject, intentObject, profileObject, infoObject:
		case treeObject:
			d.moved[number] = joinedTree
		default:
			d.moved[number], own[number] = j.place(file[number])
		}
	}
	root, found := file.after(treeObject, "/K [")
	keys, foundKeys := file.after(treeObject, "/ParentTreeNextKey ")
	pages, foundPages := file.after(pagesObject, "/Count ")
	if !found || !foundKeys || !foundPages || root >= len(file) {
		return errNotWritten
	}
	j.nodes, j.parents = append(j.nodes, d.moved[pagesObject]), append(j.parents, d.moved[parentsObject])
	j.roots = append(j.roots, d.moved[root])
	j.key, j.pages = j.key+keys, j.pages+pages
	for number, isOwn := range own {
		if !isOwn {
			continue
		}
		entry := ""
		switch number {
		case pagesObject:
			entry = fmt.Sprintf("/Parent %d 0 R ", pagesObject)
		case parentsObject:
			entry = fmt.Sprintf("/Limits [%d %d] ", d.key, d.key+keys-1)
		}
		body, err := d.renumber(number, entry)
		if err != nil {
			return err
		}
		write(d.moved[number], body)
	}
	return nil
}

// place returns the number of an object in the joined file. own is false if an earlier document has brought
// the same object.
func (j *joiner) place(body []byte) (number int, own bool) {
	text, stream := splitStream(body)
	if stream == nil || bytes.Contains(text, []byte(" 0 R")) {
		j.last++
		return j.last, true
	}
	digest := sha256.Sum256(body)
	if number, ok := j.known[digest]; ok {
		return number, false
	}
	j.last++
	if len(j.known) < maxKnown {
		j.known[digest] = j.last
	}
	return j.last, true
}

// writeHead writes the objects that all documents share, those of one document as those of the first.
func (j *joiner) writeHead(f *pdfFile, first writtenFile) error {
	head := joined{file: first, moved: make([]int, len(first))}
	for number := catalogObject; number < linkObject; number++ {
		head.moved[number] = number
	}
	head.moved[treeObject] = joinedTree
	for number := catalogObject; number < linkObject; number++ {
		body := fmt.Appendf(nil, "<< /Type /Pages /Count %d /Kids %s >>", j.pages, references(j.nodes))
		if number != pagesObject {
			var err error
			if body, err = head.renumber(number, ""); err != nil {
				return err
			}
		}
		f.begin(number)
		f.buf.Write(body)
		f.end()
	}
	f.object(joinedTree, "<< /Type /StructTreeRoot /K %s /ParentTree %d 0 R /ParentTreeNextKey %d >>",
		references(j.roots), joinedParents, j.key)
	f.object(joinedParents, "<< /Kids %s >>", references(j.parents))
	return nil
}

// references returns an array of references.
func references(numbers []int) []byte {
	b := []byte{'['}
	for _, number := range numbers {
		b = append(strconv.AppendInt(append(b, ' '), int64(number), 10), " 0 R"...)
	}
	return append(b, " ]"...)
}

var errNotWritten = errors.New("not a file that a Document has written")

// writtenFile is the content of the objects of a file that a Document has written, by number.
type writtenFile [][]byte

// parseWritten follows the cross-reference table.
func parseWritten(b []byte) (writtenFile, error) {
	tail := b[max(0, len(b)-64):]
	_, tail, found := bytes.Cut(tail, []byte("startxref\n"))
	start, err := strconv.Atoi(string(bytes.TrimSuffix(tail, []byte("\n%%EOF\n"))))
	if !found || err != nil || start < 0 || start > len(b) {
		return nil, errNotWritten
	}
	var count int
	table, ok := bytes.CutPrefix(b[start:], []byte("xref\n0 "))
	count, table = leadingInt(table)
	const entry = len("0000000000 65535 f \n")
	if !ok || count <= firstPageObject || len(table) < 1+count*entry {
		return nil, errNotWritten
	}
	file := make(writtenFile, count)
	end := start
	for number := count - 1; number > 0; number-- {
		offset, _ := leadingInt(table[1+number*entry:])
		if offset > end {
			return nil, errNotWritten
		}
		body, begins := bytes.CutPrefix(b[offset:end], strconv.AppendInt(nil, int64(number), 10))
		body, named := bytes.CutPrefix(body, []byte(" 0 obj\n"))
		body, ends := bytes.CutSuffix(body, []byte("\nendobj\n"))
		if !begins || !named || !ends {
			return nil, errNotWritten
		}
		file[number], end = body, offset
	}
	for number, kind := range map[int]string{catalogObject: "/Type /Catalog", pagesObject: "/Type /Pages",
		treeObject: "/Type /StructTreeRoot", parentsObject: "/Nums ["} {
		if !bytes.HasPrefix(file[number], []byte("<< "+kind)) {
			return nil, errNotWritten
		}
	}
	return file, nil
}

// after returns the number that follows a text in an object.
func (f writtenFile) after(number int, text string) (int, bool) {
	_, rest, found := bytes.Cut(f[number], []byte(text))
	n, _ := leadingInt(rest)
	return n, found
}

// leadingInt returns the number with which b begins, and what follows it. Zero stands for no number.
func leadingInt(b []byte) (int, []byte) {
	n, i := 0, 0
	for ; i < len(b) && i < 10 && isDigit(rune(b[i])); i++ {
		n = 10*n + int(b[i]-'0')
	}
	return n, b[i:]
}

// splitStream separates the dictionary of a stream from the rest, which is nil if the object is no stream.
func splitStream(body []byte) (text, stream []byte) {
	if i := bytes.Index(body, []byte(">>\nstream\n")); i >= 0 {
		return body[:i], body[i:]
	}
	return body, nil
}

// renumber returns the content of an object with the new numbers of the objects and keys that it refers to,
// and with another entry at the beginning of its dictionary.
func (d *joined) renumber(number int, entry string) ([]byte, error) {
	text, stream := splitStream(d.file[number])
	out := append(make([]byte, 0, len(text)+len(text)/4+len(stream)+len(entry)), "<< "...)
	out = append(out, entry...)
	text, ok := bytes.CutPrefix(text, []byte("<< "))
	if !ok {
		return nil, errNotWritten
	}
	var name []byte // the last one
	depth := 0      // of arrays
	for len(text) > 0 {
		n := 1
		switch c := text[0]; {
		case c == '(':
			n = literalLength(text)
		case c == '/':
			for n < len(text) && isRegular(text[n]) {
				n++
			}
			name = text[:n]
		case c == '[':
			depth++
		case c == ']':
			depth--
		case isDigit(rune(c)):
			for n < len(text) && isRegular(text[n]) {
				n++
			}
			value, rest := leadingInt(text[:n])
			isKey := string(name) == "/StructParents" || string(name) == "/StructParent" ||
				number == parentsObject && depth == 1
			switch {
			case len(rest) > 0: // no whole number
			case bytes.HasPrefix(text[n:], []byte(" 0 R")):
				if value >= len(d.moved) || d.moved[value] == 0 {
					return nil, errNotWritten
				}
				out, text, n = strconv.AppendInt(out, int64(d.moved[value]), 10), text[n:], len(" 0 R")
			case isKey:
				out, text, n = strconv.AppendInt(out, int64(d.key+value), 10), text[n:], 0
			}
		case isRegular(c):
			for n < len(text) && isRegular(text[n]) {
				n++
			}
		}
		out, text = append(out, text[:n]...), text[n:]
	}
	return append(out, stream...), nil
}

// literalLength returns the length of the literal string at the beginning of text. In it every parenthesis
// is escaped.
func literalLength(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case ')':
			return i + 1
		}
	}
	return len(text)
}

// isRegular reports whether c may be within a name or a number (ISO 32000-1, 7.2.2).
func isRegular(c byte) bool {
	return c > ' ' && bytes.IndexByte([]byte("()<>[]{}/%"), c) < 0
}
