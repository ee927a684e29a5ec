package paper

import (
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/qrpdf"
)

// A Format is the kind of file that holds the QR.
type Format string

// These are the formats, named as their file extensions.
const (
	PDF  Format = "pdf"
	PNG  Format = "png"
	SVG  Format = "svg"
	Text Format = "txt"
)

// ParseFormat returns the format of a name.
func ParseFormat(name string) (Format, error) {
	switch f := Format(strings.ToLower(name)); f {
	case PDF, PNG, SVG, Text:
		return f, nil
	case "text":
		return Text, nil
	}
	return "", unknownFormat(name)
}

func unknownFormat(name string) error {
	return words.Errorf("unknown format %q: use pdf, png, svg or text", name)
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
	}
	return "text/plain; charset=utf-8"
}

// ParseLayout returns the PDF layout of a name.
func ParseLayout(name string) (qrpdf.Layout, error) {
	switch name {
	case "standard":
		return qrpdf.Standard, nil
	case "large-print":
		return qrpdf.LargePrint, nil
	case "wallet":
		return qrpdf.Wallet, nil
	}
	return 0, words.Errorf("unknown layout %q: use standard, large-print or wallet", name)
}
