// Package terminal draws on a terminal: a QR, from which a phone opens the address that a
// program serves, and a progress bar for long commands. It also tells whether there is one.
package terminal

import (
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// border is the quiet zone in modules: ISO/IEC 18004 requires 4.
const border = 4

// Hangups returns a channel that has a value at each SIGHUP until stop is called. If out is a terminal it is
// nil: there the signal means that the terminal was closed, and ends the program.
func Hangups(out io.Writer) (hangups <-chan os.Signal, stop func()) {
	if is(out) {
		return nil, func() {}
	}
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}

// is reports whether w is a terminal.
func is(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// WriteQR draws the text as a QR of block characters, two modules high in each line. It sets
// black on white, so that a reader also reads it in a dark terminal.
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
