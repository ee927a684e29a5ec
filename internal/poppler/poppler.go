// Package poppler draws the pages of a PDF with pdftoppm (poppler-utils) from the PATH, for the tests of a
// printed page and for PDFs whose QR is a picture.
//
// A file may come from anybody, so a process draws one page at a time, with at most 5 seconds of time and of
// processor, 1 GiB of address space, and an empty environment. The shell's ulimit sets the limits. If it does
// not know that of the address space, as on macOS, that limit is missing.
package poppler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"iter"
	"os/exec"
	"strconv"
	"time"
)

const (
	// pageDPI gives the smallest module that the rules of lint allow, 0.5 mm, nearly six pixels. sheetDPI
	// is for pages larger than 500 mm.
	pageDPI  = 300
	sheetDPI = 100

	// MaxSide is the greatest width and height of a drawn page, in pixels: 508 mm at 300 dpi.
	MaxSide = 6000

	// maxTime is the time for one page.
	maxTime = 5 * time.Second
)

// limits sets the limits of a process, in seconds and KiB, and becomes the program in its arguments.
const limits = `ulimit -t 5 || exit; ulimit -v 1048576 2>/dev/null; exec "$0" "$@"`

var (
	// ErrDamaged means that pdftoppm cannot draw the page of a PDF.
	ErrDamaged = errors.New("the PDF is damaged or needs a password")

	// ErrNoPage is an ErrDamaged for a page behind the last one.
	ErrNoPage = fmt.Errorf("%w: no such page", ErrDamaged)

	// ErrNoRasteriser means that pdftoppm or a shell is missing.
	ErrNoRasteriser = errors.New("pdftoppm (poppler-utils) is not on the PATH")
)

// turn is held by the one process that draws.
var turn = make(chan struct{}, 1)

// A Page is a page as pixels.
type Page struct {
	Number int // from 1
	W, H   int
	RGB    []byte  // three bytes for each pixel
	DPI    float64 // pixels in an inch
	Cut    bool    // the page is larger than what was drawn
}

// Pages draws at most that many pages as [Draw] does, one after the other, and the next one while the caller
// uses the last. It ends behind the first error, with which the page has its number only.
func Pages(ctx context.Context, data []byte, most int) iter.Seq2[Page, error] {
	type drawn struct {
		page Page
		err  error
	}
	return func(yield func(Page, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		next, stop := make(chan drawn), make(chan struct{})
		go func() {
			defer close(next)
			for n := 1; n <= most; n++ {
				p, err := Draw(ctx, data, n)
				p.Number = n
				select {
				case next <- drawn{p, err}:
				case <-stop:
					return
				}
				if err != nil {
					return
				}
			}
		}()
		defer func() {
			close(stop)
			cancel()
			for range next { // until the process has ended
			}
		}()
		for d := range next {
			if !yield(d.page, d.err) {
				return
			}
		}
	}
}

// Draw draws one page of a PDF, counted from 1, at 300 dpi; a page larger than 500 mm at 100 dpi. The error
// is ErrDamaged, also if a limit was reached, ErrNoPage, ErrNoRasteriser or that of ctx.
func Draw(ctx context.Context, data []byte, page int) (Page, error) {
	p, err := DrawAt(ctx, data, page, pageDPI)
	if err != nil || !p.Cut {
		return p, err
	}
	return DrawAt(ctx, data, page, sheetDPI)
}

// DrawAt draws one page with that many pixels in an inch. If a side has more than MaxSide pixels, it draws
// the upper left part. The errors are those of [Draw].
func DrawAt(ctx context.Context, data []byte, page, dpi int) (Page, error) {
	n, side := strconv.Itoa(page), strconv.Itoa(MaxSide)
	out, err := run(ctx, data, 3*MaxSide*MaxSide+100, "-q", "-cropbox", "-r", strconv.Itoa(dpi), "-f", n,
		"-l", n, "-x", "0", "-y", "0", "-W", side, "-H", side, "-")
	if err != nil {
		return Page{}, err
	}
	p, err := parsePPM(out)
	p.DPI, p.Cut = float64(dpi), p.W == MaxSide || p.H == MaxSide
	return p, err
}

// run passes the file through a pipe, so that its name cannot be taken for an option.
func run(ctx context.Context, data []byte, room int, args ...string) ([]byte, error) {
	path, err := exec.LookPath("pdftoppm")
	if err != nil {
		return nil, ErrNoRasteriser
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		return nil, ErrNoRasteriser
	}
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	limited, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	cmd := exec.CommandContext(limited, shell, append([]string{"-c", limits, path}, args...)...)
	cmd.Env = []string{}
	var out bytes.Buffer
	cmd.Stdin = bytes.NewReader(data)
	cmd.Stdout = &bounded{w: &out, room: room}
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == 99: // pdftoppm(1)
		return nil, ErrNoPage
	case err != nil:
		return nil, ErrDamaged
	}
	return out.Bytes(), nil
}

// bounded refuses more bytes than a page can have.
type bounded struct {
	w    io.Writer
	room int
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(p) > b.room {
		return 0, io.ErrShortBuffer
	}
	b.room -= len(p)
	return b.w.Write(p)
}

// parsePPM reads the picture that pdftoppm writes.
func parsePPM(data []byte) (Page, error) {
	var p Page
	var deepest int
	head := data[:min(len(data), 40)]
	if _, err := fmt.Sscanf(string(head), "P6\n%d %d\n%d\n", &p.W, &p.H, &deepest); err != nil ||
		deepest != 255 {
		return Page{}, ErrDamaged
	}
	if p.W < 1 || p.H < 1 || p.W > MaxSide || p.H > MaxSide || len(data) < 3*p.W*p.H {
		return Page{}, ErrDamaged
	}
	p.RGB = data[len(data)-3*p.W*p.H:]
	return p, nil
}

// Color returns the colour of a pixel.
func (p Page) Color(x, y int) (r, g, b uint8) {
	i := 3 * (y*p.W + x)
	return p.RGB[i], p.RGB[i+1], p.RGB[i+2]
}

// Gray weights the colours as ITU-R BT.601 does, like the picture that package scan reads.
func (p Page) Gray() *image.Gray {
	g := image.NewGray(image.Rect(0, 0, p.W, p.H))
	for i := range g.Pix {
		c := p.RGB[3*i : 3*i+3 : 3*i+3]
		g.Pix[i] = byte((299*int(c[0]) + 587*int(c[1]) + 114*int(c[2]) + 500) / 1000)
	}
	return g
}

// IsBlank reports whether all pixels have nearly the colour of the first, as on a page without print. No
// channel differs by more than 8 of 255: a QR of such a contrast is not read.
func (p Page) IsBlank() bool {
	for i, c := range p.RGB {
		if d := int(c) - int(p.RGB[i%3]); d > 8 || d < -8 {
			return false
		}
	}
	return true
}
