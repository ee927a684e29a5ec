package lint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os/exec"
	"strconv"
	"time"
)

const (
	// pageDPI gives the smallest module that the rules allow, 0.5 mm, nearly six pixels. sheetDPI is for
	// pages larger than 500 mm.
	pageDPI  = 300
	sheetDPI = 100

	// maxSide bounds width and height of a drawn page, in pixels: 508 mm at 300 dpi, 1,524 mm at 100.
	maxSide = 6000

	// maxPages bounds how many pages of a PDF are drawn.
	maxPages = 10
)

// ErrDamaged means that pdftoppm cannot draw the first page of a PDF.
var ErrDamaged = errors.New("the PDF is damaged or needs a password")

var errNoRasteriser = errors.New("pdftoppm (poppler-utils) is not on the PATH")

// drawn is a page as pixels of three bytes.
type drawn struct {
	w, h int
	rgb  []byte
	dpi  float64
	cut  bool // the page is larger than what was drawn
}

// draw rasterises one page of a PDF, counted from 1.
func draw(ctx context.Context, data []byte, page int) (drawn, error) {
	d, err := drawAt(ctx, data, page, pageDPI)
	if err != nil || !d.cut {
		return d, err
	}
	return drawAt(ctx, data, page, sheetDPI)
}

// drawAt passes the file through a pipe, so that its name cannot be taken for an option.
func drawAt(ctx context.Context, data []byte, page, dpi int) (drawn, error) {
	path, err := exec.LookPath("pdftoppm")
	if err != nil {
		return drawn{}, errNoRasteriser
	}
	n, side := strconv.Itoa(page), strconv.Itoa(maxSide)
	cmd := exec.CommandContext(ctx, path, "-q", "-cropbox", "-r", strconv.Itoa(dpi), "-f", n, "-l", n,
		"-x", "0", "-y", "0", "-W", side, "-H", side, "-")
	var out bytes.Buffer
	cmd.Stdin = bytes.NewReader(data)
	cmd.Stdout = &limited{w: &out, room: 3*maxSide*maxSide + 100}
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	if ctx.Err() != nil {
		return drawn{}, ctx.Err()
	}
	if err != nil {
		return drawn{}, ErrDamaged
	}
	d, err := parsePPM(out.Bytes())
	d.dpi, d.cut = float64(dpi), d.w == maxSide || d.h == maxSide
	return d, err
}

// limited refuses more bytes than a page can have.
type limited struct {
	w    io.Writer
	room int
}

func (l *limited) Write(b []byte) (int, error) {
	if len(b) > l.room {
		return 0, io.ErrShortBuffer
	}
	l.room -= len(b)
	return l.w.Write(b)
}

// parsePPM reads the picture that pdftoppm writes.
func parsePPM(data []byte) (drawn, error) {
	var d drawn
	var deepest int
	head := data[:min(len(data), 40)]
	if _, err := fmt.Sscanf(string(head), "P6\n%d %d\n%d\n", &d.w, &d.h, &deepest); err != nil ||
		deepest != 255 {
		return drawn{}, ErrDamaged
	}
	if d.w < 1 || d.h < 1 || d.w > maxSide || d.h > maxSide || len(data) < 3*d.w*d.h {
		return drawn{}, ErrDamaged
	}
	d.rgb = data[len(data)-3*d.w*d.h:]
	return d, nil
}

func (d drawn) color(x, y int) (r, g, b uint8) {
	i := 3 * (y*d.w + x)
	return d.rgb[i], d.rgb[i+1], d.rgb[i+2]
}

// gray weights the colours as ITU-R BT.601 does, like the picture that the readers get.
func (d drawn) gray() *image.Gray {
	g := image.NewGray(image.Rect(0, 0, d.w, d.h))
	for i := range g.Pix {
		p := d.rgb[3*i : 3*i+3 : 3*i+3]
		g.Pix[i] = byte((299*int(p[0]) + 587*int(p[1]) + 114*int(p[2]) + 500) / 1000)
	}
	return g
}

// Draw returns one page of a PDF, counted from 1, in shades of grey. If a side has more than 6,000 pixels,
// it returns the upper left part.
func Draw(ctx context.Context, data []byte, page, dpi int) (*image.Gray, error) {
	d, err := drawAt(ctx, data, page, dpi)
	if err != nil {
		return nil, err
	}
	return d.gray(), nil
}
