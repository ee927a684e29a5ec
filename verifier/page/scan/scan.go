// Package scan returns the text of a QR code in a file. The file is a picture of the code (PNG or JPEG), a
// PDF with a link beside the code, or the text itself.
//
// [Text] returns the text for a verifier. [Read] returns all texts that a file contains. The kind of a file
// follows from its content, never from its name. To work on a picture before it is read, use [Picture],
// [Gray] and [ReadGray].
//
// The text of the QR in a PDF is that of the link that accompanies it. If a PDF has no such link, as from a
// scanner or an app for scans, Read reads the JPEG pictures in it, and then its pages, which pdftoppm
// (poppler-utils) draws if it is on the PATH.
//
// # What is not checked
//
// Read does not check whether a text is a token, and the package opens no link.
package scan

import (
	"bytes"
	"context"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxBytes is the maximum length of a file in bytes. An uncompressed colour scan of an A4 page at 300 dpi has
// 26 MB.
const MaxBytes = 32 << 20

// maxText is the maximum length of a text in bytes. A symbol has at most 2,953 bytes (ISO/IEC 18004), and a
// symbol of Attesta at most 560.
const maxText = 4096

// Read returns the distinct texts in data. There is at least one, and each has 1 byte to 4 KiB. For a
// picture, Read returns the texts of its symbols, and that of the first with a token last. For a PDF, it
// returns the web links with a fragment, as the texts of QRs have one, in their order in the file. If
// there is none, it returns the texts of the symbols on the pages; if it reads none of these, all links.
//
// The error is one of the Err constants (ErrPicture is wrapped), an UnsupportedError, or the error of ctx.
// Bad input costs about a second and at most 400 MiB; a PDF without a link of this system up to six seconds,
// and a process with limits of its own. Read does not change data and is safe for concurrent use.
func Read(ctx context.Context, data []byte) ([]string, error) {
	r, err := read(ctx, data)
	return r.texts, err
}

// A reading is what Read found. Links reports that the texts are the links of a PDF.
type reading struct {
	texts []string
	links bool
}

func read(ctx context.Context, data []byte) (reading, error) {
	if err := ctx.Err(); err != nil {
		return reading{}, err
	}
	if len(data) > MaxBytes {
		return reading{}, ErrTooLarge
	}
	switch {
	case bytes.HasPrefix(data, []byte(pngMagic)), bytes.HasPrefix(data, []byte(jpegMagic)):
		texts, err := picture(ctx, data)
		return reading{texts: texts}, err
	case bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")):
		// PDF readers accept as many bytes before the header.
		return readPDF(ctx, data)
	}
	if kind, save := unsupported(data); kind != "" {
		return reading{}, &UnsupportedError{Kind: kind, Save: save}
	}
	text, err := plainText(data)
	if err != nil {
		return reading{}, err
	}
	return reading{texts: []string{text}}, nil
}

// plainText returns data without surrounding white space, if it is a short text.
func plainText(data []byte) (string, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	data = bytes.TrimSpace(data)
	switch {
	case len(data) == 0:
		return "", ErrEmpty
	case len(data) > maxText || !utf8.Valid(data):
		return "", ErrUnknownKind
	}
	text := string(data)
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) && !unicode.IsSpace(r) }) {
		return "", ErrUnknownKind
	}
	return text, nil
}

// unsupported returns the kind of a file that people are likely to try, and the kinds to save it as. For
// other files, both are empty.
func unsupported(data []byte) (kind, save string) {
	const pictures = "PNG or JPEG"
	head := string(data[:min(len(data), 1024)])
	has := func(offset int, magic string) bool {
		return len(head) >= offset && strings.HasPrefix(head[offset:], magic)
	}
	switch {
	case has(0, "GIF8"):
		return "GIF picture", pictures
	case has(0, "RIFF") && has(8, "WEBP"):
		return "WebP picture", pictures
	case has(4, "ftypavif"), has(4, "ftypavis"):
		return "AVIF picture", pictures
	case has(4, "ftyphei"), has(4, "ftyphev"), has(4, "ftypmif1"), has(4, "ftypmsf1"):
		return "HEIC picture", pictures
	case has(0, "II*\x00"), has(0, "MM\x00*"):
		return "TIFF picture", pictures
	case has(0, "BM") && has(6, "\x00\x00\x00\x00"):
		return "BMP picture", pictures
	case has(0, "PK\x03\x04"):
		return "ZIP archive or office document", "PDF, " + pictures
	}
	start := strings.TrimLeft(head, "\ufeff \t\r\n")
	if strings.HasPrefix(start, "<") && strings.Contains(head, "<svg") {
		return "SVG picture", pictures
	}
	return "", ""
}
