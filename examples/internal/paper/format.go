package paper

import (
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/qrpdf"
)

// A Format is the kind of file that holds the QR.
type Format string

// These are the formats, named as their file extensions. Text and Braille hold what the PDF says, without the
// QR; QRText is what a reader finds in the QR.
const (
	PDF     Format = "pdf"
	PNG     Format = "png"
	SVG     Format = "svg"
	Text    Format = "txt"
	Braille Format = "brf"
	QRText  Format = "qrtext"
)

// ParseFormat returns the format of a name.
func ParseFormat(name string) (Format, error) {
	switch f := Format(strings.ToLower(name)); f {
	case PDF, PNG, SVG, Text, Braille, QRText:
		return f, nil
	}
	return "", unknownFormat(name)
}

func unknownFormat(name string) error {
	return words.Errorf("unknown format %q: use pdf, png, svg, txt, brf or qrtext", name)
}

// ContentType returns the media type of the format.
func (f Format) ContentType() string {
	switch f {
	case PDF:
		return "application/pdf"
	case PNG:
		return "image/png"
	case SVG:
		return "image/svg+xml"
	case Braille:
		return "text/plain; charset=us-ascii"
	}
	return "text/plain; charset=utf-8"
}

// ParseLayout returns the layout of a name.
func ParseLayout(name string) (qrpdf.Layout, error) {
	switch name {
	case "standard":
		return qrpdf.Standard, nil
	case "large-print":
		return qrpdf.LargePrint, nil
	case "wallet":
		return qrpdf.Wallet, nil
	case "easy":
		return qrpdf.Easy, nil
	}
	return 0, words.Errorf("unknown layout: use standard, large-print, wallet or easy")
}
