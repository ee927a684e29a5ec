// Package terminal draws what programs show on a terminal: a QR, for a phone to open the address that a
// program serves, and a bar that shows how far a long command is.
package terminal

import (
	"io"
	"strings"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// border is the quiet zone, in modules: ISO/IEC 18004 asks for 4.
const border = 4

// WriteQR draws the text as a QR of block characters, two modules of height in each line. It sets black on
// white itself, so that it is read in a dark terminal too.
func WriteQR(w io.Writer, text string) error {
	symbol, err := new(qrpdf.Encoder).Encode(text)
	if err != nil {
		return err
	}
	var b strings.Builder
	size := symbol.Size()
	for y := -border; y < size+border; y += 2 {
		b.WriteString("\x1b[30;107m")
		for x := -border; x < size+border; x++ {
			b.WriteRune(block(symbol.Dark(x, y), symbol.Dark(x, y+1)))
		}
		b.WriteString("\x1b[0m\n")
	}
	_, err = io.WriteString(w, b.String())
	return err
}

func block(upper, lower bool) rune {
	switch {
	case upper && lower:
		return '█'
	case upper:
		return '▀'
	case lower:
		return '▄'
	}
	return ' '
}
