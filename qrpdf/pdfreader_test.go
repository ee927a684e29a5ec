package qrpdf_test

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// pdfObject is an object in the file, with the inflated data of its stream.
type pdfObject struct {
	text string
	data string
}

var (
	startXref = regexp.MustCompile(
		`(?s)\nxref\n0 (\d+)\n(.*)trailer\n<< /Size (\d+) (.*) >>\nstartxref\n(\d+)\n%%EOF\n$`)
	streamOf = regexp.MustCompile(`^<< ([^\n]*?)/Length (\d+) >>\nstream\n`)
)

// readPDF follows the cross-reference table strictly: every entry leads to its object, and every
// byte of the body belongs to an object. It returns the objects by number and the trailer.
func readPDF(t testing.TB, b []byte) (map[int]pdfObject, string) {
	t.Helper()
	require.True(t, bytes.HasPrefix(b, []byte("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")))
	tail := startXref.FindSubmatch(b)
	require.NotNil(t, tail, "no cross-reference table")
	count, _ := strconv.Atoi(string(tail[1]))
	require.Equal(t, string(tail[1]), string(tail[3]), "Size")
	table := string(tail[2])
	require.Len(t, table, 20*count)
	require.Equal(t, "0000000000 65535 f \n", table[:20])
	start, _ := strconv.Atoi(string(tail[5]))
	require.True(t, bytes.HasPrefix(b[start:], []byte("xref\n")))

	objects := map[int]pdfObject{}
	end := start
	for number := count - 1; number > 0; number-- {
		entry := table[20*number : 20*number+20]
		offset, err := strconv.Atoi(entry[:10])
		require.NoError(t, err)
		require.Equal(t, " 00000 n \n", entry[10:])
		head := fmt.Sprintf("%d 0 obj\n", number)
		body, ok := strings.CutPrefix(string(b[offset:end]), head)
		require.True(t, ok, "entry %d", number)
		body, ok = strings.CutSuffix(body, "\nendobj\n")
		require.True(t, ok, "end of object %d", number)
		objects[number] = pdfObject{text: body, data: streamData(t, body)}
		end = offset
	}
	require.Equal(t, len("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"), end)
	return objects, string(tail[4])
}

func streamData(t testing.TB, body string) string {
	t.Helper()
	m := streamOf.FindStringSubmatch(body)
	if m == nil {
		return ""
	}
	length, _ := strconv.Atoi(m[2])
	data, ok := strings.CutSuffix(body[len(m[0]):], "\nendstream")
	require.True(t, ok)
	require.Len(t, data, length)
	if !strings.HasSuffix(m[1], "/Filter /FlateDecode ") {
		return data
	}
	z, err := zlib.NewReader(strings.NewReader(data))
	require.NoError(t, err)
	inflated, err := io.ReadAll(z)
	require.NoError(t, err)
	return string(inflated)
}

// find returns the only object that contains the words.
func find(t testing.TB, objects map[int]pdfObject, words string) pdfObject {
	t.Helper()
	var found []pdfObject
	for _, o := range objects {
		if strings.Contains(o.text, words) {
			found = append(found, o)
		}
	}
	require.Len(t, found, 1, words)
	return found[0]
}

// pages returns the page objects in order, and the instructions of each.
func pages(t testing.TB, objects map[int]pdfObject) (pages []pdfObject, contents []string) {
	t.Helper()
	var numbers []int
	for number, o := range objects {
		if strings.Contains(o.text, "/Type /Page ") {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	for _, number := range numbers {
		page := objects[number]
		pages = append(pages, page)
		contents = append(contents, contentOf(t, objects, page.text))
	}
	return pages, contents
}

// contentOf returns the instructions of a page, which are in one or several streams.
func contentOf(t testing.TB, objects map[int]pdfObject, page string) string {
	t.Helper()
	list := regexp.MustCompile(`/Contents \[ ((?:\d+ 0 R )+)\]`).FindStringSubmatch(page)
	require.NotNil(t, list, page)
	var content strings.Builder
	for number := range strings.SplitSeq(strings.TrimSuffix(list[1], " 0 R "), " 0 R ") {
		n, err := strconv.Atoi(number)
		require.NoError(t, err)
		content.WriteString(objects[n].data)
	}
	return content.String()
}

// reference returns the number of the object to which an entry refers.
func reference(t testing.TB, object, key string) int {
	t.Helper()
	m := regexp.MustCompile(regexp.QuoteMeta(key) + ` \[?\s?(\d+) 0 R`).FindStringSubmatch(object)
	require.NotNil(t, m, "%s in %s", key, object)
	number, err := strconv.Atoi(m[1])
	require.NoError(t, err)
	return number
}

// textAfter reads the text string that follows key in an object.
func textAfter(t testing.TB, object, key string) string {
	t.Helper()
	_, rest, ok := strings.Cut(object, key+" ")
	require.True(t, ok, key)
	if rest[0] == '(' {
		var latin []rune
		for _, c := range []byte(literalAt(t, rest)) {
			require.True(t, c < 0x7F || c > 0xA0 && c != 0xAD, "another letter in PDFDocEncoding: %#x", c)
			latin = append(latin, rune(c))
		}
		return string(latin)
	}
	digits, _, _ := strings.Cut(rest[1:], ">")
	b, err := hex.DecodeString(digits)
	require.NoError(t, err)
	require.Equal(t, "\xFE\xFF", string(b[:2]))
	var units []uint16
	for i := 2; i < len(b); i += 2 {
		units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
	}
	return string(utf16.Decode(units))
}

func literalAt(t testing.TB, s string) string {
	t.Helper()
	require.Equal(t, byte('('), s[0])
	var out []byte
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case ')':
			return string(out)
		case '(':
			t.Fatal("unescaped parenthesis")
		case '\\':
			i++
			require.Contains(t, `()\`, s[i:i+1])
		}
		out = append(out, s[i])
	}
	t.Fatal("string without an end")
	return ""
}

// scan finds the text of the symbol like a program without a PDF library, by the documentation of
// Document.
func scan(t testing.TB, b []byte) string {
	t.Helper()
	pieces := bytes.Split(b, []byte("/URI ("))
	require.Len(t, pieces, 2)
	var out []byte
	for i := 0; ; i++ {
		switch c := pieces[1][i]; c {
		case ')':
			return string(out)
		case '\\':
			i++
			require.Contains(t, "()", string(pieces[1][i]))
			out = append(out, pieces[1][i])
		default:
			out = append(out, c)
		}
	}
}
