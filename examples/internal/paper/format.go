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
	return 0, words.Errorf("unknown layout %q: use standard, large-print, wallet or easy", name)
}

// title is the title in picture files, with the words of the PDF.
type title struct{ name, use string }

// titleIn returns the title in the first of the languages, or in Italian if there is none.
func titleIn(langs string) (lang string, t title) {
	lang, _, _ = strings.Cut(langs, "+")
	switch lang {
	case "en":
		return lang, title{"QR code of disability status",
			"Scan it and type the codice fiscale to verify a disability status."}
	case "de":
		return lang, title{"QR-Code zum Nachweis der Behinderung",
			"Erfassen und die Steuernummer eingeben, um den Status zu prüfen."}
	case "fr":
		return lang, title{"QR code de la situation de handicap",
			"À viser, puis saisir le code fiscal, pour vérifier la situation."}
	case "sl":
		return lang, title{"Koda QR o statusu invalidnosti",
			"Za preverjanje statusa jo zajamite s kamero in vnesite davčno številko."}
	}
	return "it", title{"QR code della condizione di disabilità",
		"Da inquadrare, digitando il codice fiscale, per verificare la condizione."}
}
