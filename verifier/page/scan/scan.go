// Package scan gets the text of a QR code out of a file: a picture of the
// code (PNG, JPEG), a PDF that carries the text as a link, or the text itself.
//
// Text returns what a verifier is to judge. Read returns all that was found: it
// looks at the bytes, never at a file name, and whether a text is a token, and
// whose, is for the caller to check. Neither opens a link. To measure a picture
// take Picture and Gray, and ReadGray for its text.
//
// A PDF is not drawn, since there is no rasteriser in Go. The text of its QR is read from the link that
// accompanies it. If a PDF has only a picture of a QR, as a scanner makes it, the error is ErrNoLink.
package scan

import (
	"bytes"
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/qr-invalidita/attesta/verifier/page/scan/pdf"
)

// MaxBytes is the longest file that Read accepts; a caller need not read more than one byte beyond it. An
// uncompressed colour scan of an A4 page at 300 dpi has 26 MB.
const MaxBytes = 32 << 20

// maxText bounds the texts returned, in bytes. A symbol holds at most 2,953 bytes (ISO/IEC 18004), and those
// of Attesta 560.
const maxText = 4096

// Read returns the distinct texts found in data: at least one, none empty, none longer than 4 KiB. Only a
// PDF gives more than one, in their order in the file: its web links with a fragment, as QR texts have, or
// all its web links if none has a fragment. A picture gives the first symbol that can be read.
//
// The error is one of the Err constants (ErrPicture is wrapped), an UnsupportedError, or that of ctx, which
// is checked between the steps. Bad input costs about a second and, at worst, some 400 MiB. Read does not
// change data and is safe for concurrent use.
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
		// Readers of PDF allow that much before the header.
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

// plainText returns data without the space around it, if it is a short text.
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

// unsupported names the kind of a file that people are likely to try, and what to save it as instead. Other
// files have no kind.
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
	if start := strings.TrimLeft(head, "\ufeff \t\r\n"); strings.HasPrefix(start, "<") && strings.Contains(head, "<svg") {
		return "SVG picture", pictures
	}
	return "", ""
}
