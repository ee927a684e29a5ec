// Package scan returns the text of a QR code in a file. The file is a picture of the code (PNG or JPEG), a
// PDF with a link beside the code, or the text itself.
//
// [Text] returns the text for a verifier. [Read] returns all texts that a file contains. The kind of a file
// follows from its content, never from its name. To work on a picture before it is read, use [Picture],
// [Gray] and [ReadGray].
//
// A PDF is not rendered, because Go has no rasteriser. Read takes the text of its QR from the link that
// accompanies it. If a PDF has only a picture of a QR, as from a scanner, the error is [ErrNoLink].
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

	"github.com/qr-invalidita/attesta/internal/pdf"
)

// MaxBytes is the maximum length of a file in bytes. An uncompressed colour scan of an A4 page at 300 dpi has
// 26 MB.
const MaxBytes = 32 << 20

// maxText is the maximum length of a text in bytes. A symbol has at most 2,953 bytes (ISO/IEC 18004), and a
// symbol of Attesta at most 560.
const maxText = 4096

// Read returns the distinct texts in data. There is at least one, and each has 1 byte to 4 KiB. For a
// picture, Read returns the text of the first readable symbol. For a PDF, it returns the web links in their
// order in the file: those with a fragment, as the texts of QRs have one, or all if none has a fragment.
//
// The error is one of the Err constants (ErrPicture is wrapped), an UnsupportedError, or the error of ctx.
// Bad input costs about a second and at most 400 MiB. Read does not change data and is safe for concurrent
// use.
func Read(ctx context.Context, data []byte) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(data) > MaxBytes {
		return nil, ErrTooLarge
	}
	switch {
	case bytes.HasPrefix(data, []byte(pngMagic)), bytes.HasPrefix(data, []byte(jpegMagic)):
		text, err := picture(ctx, data)
		if err != nil {
			return nil, err
		}
		return []string{text}, nil
	case bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")):
		// PDF readers accept as many bytes before the header.
		return links(ctx, data)
	}
	if kind, save := unsupported(data); kind != "" {
		return nil, &UnsupportedError{Kind: kind, Save: save}
	}
	text, err := plainText(data)
	if err != nil {
		return nil, err
	}
	return []string{text}, nil
}

// links returns the web links of a PDF.
func links(ctx context.Context, data []byte) ([]string, error) {
	found, encrypted, err := pdf.Links(ctx, data)
	switch {
	case err != nil:
		return nil, err
	case len(found) > 0:
		return found, nil
	case encrypted:
		return nil, ErrEncrypted
	}
	return nil, ErrNoLink
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
