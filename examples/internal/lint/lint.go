// Package lint examines a file with a QR from the viewpoint of a printer, a reader and a blind
// person: how large the modules are, how wide the empty zone around them is, whether a PDF is
// tagged. It says what to fix.
//
// [Check] draws the pages of a PDF with pdftoppm (poppler-utils) from the PATH; it needs no
// other program. It measures the picture: true sizes of a PDF, and the sizes that the density
// of a PNG or JPEG implies.
//
// It does not see folds, cuts, paper or ink, does not validate PDF/UA (a validator does), and
// does not judge the text in the QR.
package lint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/internal/pdf"
	"github.com/qr-invalidita/attesta/internal/poppler"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// Options change the rules. The zero value expects a sheet of paper.
type Options struct {
	// Card judges every symbol as part of a wallet card. A symbol that occurs more than once on its page, or
	// is on a page whose shorter side is below 100 mm, is always judged as part of a card.
	Card bool
}

// A Report is the result of [Check]. Lengths are in mm.
type Report struct {
	Kind     string    `json:"kind"` // pdf, png or jpeg
	Symbols  []Symbol  `json:"symbols"`
	Document *Document `json:"document,omitempty"` // of a PDF that can be read

	// Findings are the faults to fix, the most important first.
	Findings []Finding `json:"findings"`

	// Unseen lists what could not be examined, with the reason.
	Unseen []string `json:"not_looked_at"`
}

// A Symbol is one symbol as the picture shows it.
type Symbol struct {
	Page    int    `json:"page,omitempty"` // of a PDF, from 1
	Address string `json:"address"`        // the beginning of the text, up to the first "#": never the token
	Bytes   int    `json:"bytes"`          // of the text
	Version int    `json:"version"`
	Level   string `json:"level"`

	ModulePixels float64 `json:"module_pixels"`
	// Module is the width of a module. Like all lengths in mm it is zero if the picture does not
	// state its density.
	Module float64 `json:"module_mm,omitempty"`
	Side   float64 `json:"side_mm,omitempty"` // without the quiet zone

	// QuietZone is the width of the light zone around the symbol, in modules; 10 means 10 or more.
	QuietZone float64 `json:"quiet_zone_modules"`

	Edges    *Edges  `json:"edges,omitempty"` // nil if the picture shows no sheet
	Contrast float64 `json:"contrast"`        // ratio of WCAG 2.1, 1 to 21
	Rotation float64 `json:"rotation"`        // degrees, clockwise
	Inverted bool    `json:"inverted"`        // light on dark

	// ReadingDistance is the largest distance from which a phone reads the symbol, by the rule of thumb of
	// QRStuff (What Size Should A Printed QR Code Be?, 2011): 10 × side × 25 / modules per side.
	ReadingDistance float64 `json:"reading_distance_mm,omitempty"`

	// LinkMatches reports whether the PDF links to the text of the symbol; nil if that was not
	// examined.
	LinkMatches *bool `json:"link_matches,omitempty"`

	text      string
	precision float64 // of the quiet zone: a pixel, in modules
}

// Edges are the distances of the symbol from the edges of its sheet, and the size of the sheet.
type Edges struct {
	Top    float64 `json:"top_mm"`
	Right  float64 `json:"right_mm"`
	Bottom float64 `json:"bottom_mm"`
	Left   float64 `json:"left_mm"`
	Width  float64 `json:"sheet_width_mm"`
	Height float64 `json:"sheet_height_mm"`
}

// maxPages bounds how many pages of a PDF are drawn.
const maxPages = 12

// ErrDamaged means that pdftoppm cannot draw the first page of a PDF, or not within its limits.
var ErrDamaged = poppler.ErrDamaged

// ErrNoQR means that no examined page or picture shows a readable QR.
var ErrNoQR = errors.New("no QR can be read in the file")

// Check examines the bytes of a PDF, PNG or JPEG. If there is nothing to report, the error is
// ErrNoQR, ErrDamaged, one of package scan, or that of ctx. If pdftoppm is missing, the report
// on a PDF has no symbols. The work is bounded: 12 pages of 36 megapixels. Check is safe for
// concurrent use.
func Check(ctx context.Context, data []byte, o Options) (Report, error) {
	r := Report{Symbols: []Symbol{}, Findings: []Finding{}, Unseen: []string{}}
	if len(data) > scan.MaxBytes {
		return Report{}, scan.ErrTooLarge
	}
	var err error
	switch {
	case bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")):
		r.Kind = "pdf"
		err = r.checkPDF(ctx, data)
	case bytes.HasPrefix(data, []byte("\x89PNG")):
		r.Kind = "png"
		err = r.checkPicture(ctx, data)
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		r.Kind = "jpeg"
		err = r.checkPicture(ctx, data)
	default:
		if _, err = scan.Read(ctx, data); err == nil { // a text
			err = scan.ErrUnknownKind
		}
	}
	if err != nil {
		return Report{}, err
	}
	r.Findings = append(r.Findings, r.judge(o)...) // never nil, which JSON would show
	return r, nil
}

func (r *Report) unseen(format string, args ...any) {
	r.Unseen = append(r.Unseen, fmt.Sprintf(format, args...))
}

func (r *Report) checkPicture(ctx context.Context, data []byte) error {
	img, err := scan.Picture(data)
	if err != nil {
		return err
	}
	dpi := density(data)
	if dpi == 0 {
		r.unseen("sizes in mm: the picture does not say how many pixels make an inch")
	}
	origin := img.Bounds().Min
	color := func(x, y int) (uint8, uint8, uint8) {
		red, green, blue, alpha := img.At(origin.X+x, origin.Y+y).RGBA()
		over := func(v uint32) uint8 { return uint8(min(v+0xffff-alpha, 0xffff) >> 8) }
		return over(red), over(green), over(blue)
	}
	return r.look(ctx, scan.Gray(img), raster{dpi: dpi, color: color})
}

// maxSearched is the last page of a PDF that is searched for a QR that cannot be measured. A search takes
// half a second.
const maxSearched = 2

// look measures the symbols of one page or picture. If none has been measured so far, it checks whether one
// can be read.
func (r *Report) look(ctx context.Context, g *image.Gray, in raster) error {
	found, b, inverted := locate(g)
	in.b = b
	for _, s := range found {
		r.Symbols = append(r.Symbols, in.measure(s, inverted))
	}
	if len(found) > 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	if in.page > maxSearched || len(r.Symbols) > 0 {
		return ErrNoQR
	}
	if _, err := scan.ReadGray(ctx, g); errors.Is(err, scan.ErrNoCode) {
		return ErrNoQR
	} else if err != nil {
		return err
	}
	r.unseen(
		"the size and the place of the QR: it was read, but " +
			"is too small, blurred or tilted in the picture to be measured")
	return nil
}

// maxLocal is the largest picture, in pixels, for which local thresholds are computed.
const maxLocal = 16_000_000

// locate finds the symbols of a picture: dark on light under one threshold, under a local one, and light on
// dark.
func locate(g *image.Gray) (found []grid, b *bitmap, inverted bool) {
	b = global(g)
	if found = symbols(b); len(found) > 0 {
		return found, b, false
	}
	if len(g.Pix) <= maxLocal {
		if l := local(g); l != nil {
			if found = symbols(l); len(found) > 0 {
				return found, l, false
			}
		}
	}
	b.invert()
	return symbols(b), b, true
}

// checkPDF draws and examines the pages.
func (r *Report) checkPDF(ctx context.Context, data []byte) error {
	read := false
	for d, err := range poppler.Pages(ctx, data, maxPages+1) {
		switch {
		case errors.Is(err, poppler.ErrNoRasteriser):
			r.unseen("the pages: %v", err)
			continue
		case errors.Is(err, poppler.ErrNoPage) && d.Number > 1:
			continue
		case errors.Is(err, ErrDamaged) && d.Number > 1:
			r.unseen("the pages from page %d on: it is damaged or takes more than 5 seconds", d.Number)
			continue
		case err != nil:
			return err
		case d.Number > maxPages:
			r.unseen("the pages after page %d", maxPages)
			continue
		}
		if d.Cut {
			r.unseen("page %d beyond 1.5 m from its upper left corner", d.Number)
		}
		if d.IsBlank() {
			continue
		}
		switch err := r.look(ctx, d.Gray(), raster{page: d.Number, dpi: d.DPI, color: d.Color}); {
		case err == nil:
			read = true
		case !errors.Is(err, ErrNoQR):
			return err
		}
	}
	if !read && len(r.Unseen) == 0 {
		return ErrNoQR
	}
	r.checkDocument(ctx, data)
	return nil
}

// checkDocument reads the structure of the PDF and compares its links with the symbols.
func (r *Report) checkDocument(ctx context.Context, data []byte) {
	d, ok := describe(data)
	if !ok {
		r.unseen("tags, language and links: the PDF is encrypted or damaged")
		return
	}
	found, err := pdf.Links(ctx, data)
	links := found.Links()
	if err == nil {
		d.Links = len(links)
	}
	for i := range r.Symbols {
		matches := slices.Contains(links, r.Symbols[i].text)
		r.Symbols[i].LinkMatches = &matches
	}
	r.Document = &d
}

// address returns the part of a text before the token, if it is an address in printable ASCII.
func address(text string) string {
	before, _, ok := strings.Cut(text, "#")
	lower := strings.ToLower(before[:min(len(before), 8)])
	if !ok || !strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "http://") {
		return ""
	}
	if strings.ContainsFunc(before, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return before
}

// Draw returns one page of a PDF, counted from 1, in shades of grey. If a side has more than 6,000 pixels,
// it returns the upper left part.
func Draw(ctx context.Context, data []byte, page, dpi int) (*image.Gray, error) {
	p, err := poppler.DrawAt(ctx, data, page, dpi)
	if err != nil {
		return nil, err
	}
	return p.Gray(), nil
}
