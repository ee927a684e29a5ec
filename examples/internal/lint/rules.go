package lint

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// These are the bounds of the rules, with that of a module in package qrpdf. They are those of Attesta's own
// documents if no source is named.
const (
	minQuiet    = 4  // modules: ISO/IEC 18004, 6.3.8
	minEdge     = 15 // mm, on a sheet: printers and copiers leave out the rim
	minCardEdge = 5  // mm, on a card
	// minContrast is above the 3 that WCAG 2.1 requires of a graphic on a screen (1.4.11), because
	// copying and fading reduce it.
	minContrast  = 7
	maxVersion   = 18
	minPixels    = 3 // pixels in a module of a picture, for printing or sending it on
	cardSide     = 100
	tolerance    = 0.02 // of a length measured in a picture
	quietMargin  = 0.1  // modules
	letterShort  = 200  // mm: A4 and the letter format are 210 and 216 wide
	letterLong   = 270
	letterLonger = 305

	// The reading distance, see Symbol.
	distanceFactor = 10
	densityModules = 25
)

// A Finding is one fault to fix.
type Finding struct {
	Rule string `json:"rule"`           // a stable name
	Page int    `json:"page,omitempty"` // of a PDF
	What string `json:"what"`           // what was found
	Want string `json:"want"`           // the rule
	Fix  string `json:"fix"`            // what to do
}

// order lists the rules, the most important first: those about unreadable symbols, about
// losses when paper wears, about what a blind person misses, and about slow reading.
var order = [...]string{"link_differs", "inverted", "module", "quiet_zone", "contrast", "edge",
	"version", "level", "fold", "pixels", "tagged", "alt", "link", "language", "title"}

// judge returns the findings of a report, sorted.
func (r *Report) judge(o Options) []Finding {
	var all []Finding
	for _, s := range r.Symbols {
		card := o.Card || s.Edges != nil && min(s.Edges.Width, s.Edges.Height) < cardSide || r.repeated(s)
		all = append(all, s.judge(card)...)
		if r.Document != nil && r.Document.Links > 0 && !*s.LinkMatches {
			all = append(all, Finding{"link_differs", s.Page, "no link of the PDF holds the text of the QR",
				"a link with the text of the QR, byte for byte, for people and programs that cannot frame it",
				"make the link and the QR from the same text"})
		}
	}
	if r.Document != nil {
		all = append(all, r.Document.judge()...)
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(slices.Index(order[:], a.Rule)-slices.Index(order[:], b.Rule), a.Page-b.Page)
	})
	return all
}

// repeated reports whether the page shows the text of s again, as a sheet of cards does.
func (r *Report) repeated(s Symbol) bool {
	same := 0
	for _, other := range r.Symbols {
		if other.Page == s.Page && other.text == s.text {
			same++
		}
	}
	return same > 1
}

func (s Symbol) judge(card bool) []Finding {
	var all []Finding
	add := func(rule, what, want, fix string) { all = append(all, Finding{rule, s.Page, what, want, fix}) }
	if s.Inverted {
		add("inverted", "the QR is light on dark", "dark on light, which every reader expects",
			"exchange the colours")
	}
	least, on := qrpdf.LeastSheetModule, "a sheet"
	if card || s.Edges == nil { // what shows no sheet may become a card
		least, on = qrpdf.LeastCardModule, "a card"
	}
	if s.Module > 0 && short(s.Module, least) {
		add("module", fmt.Sprintf("a module is %.2f mm wide", s.Module),
			fmt.Sprintf("at least %.1f mm on %s", least, on),
			fmt.Sprintf("print the QR %.0f mm wide, or shorten its text",
				math.Ceil(least*float64(17+4*s.Version))))
	}
	if s.QuietZone < minQuiet-max(quietMargin, s.precision) {
		add("quiet_zone", fmt.Sprintf("%.1f modules stay light around the QR", s.QuietZone),
			fmt.Sprintf("at least %d modules on every side (ISO/IEC 18004)", minQuiet),
			"move away what stands there, or do not crop it")
	}
	if s.Contrast < minContrast {
		add("contrast", fmt.Sprintf("the contrast is %.1f:1", s.Contrast),
			fmt.Sprintf("at least %d:1 (WCAG 2.1)", minContrast), "print black on white")
	}
	if s.Edges != nil {
		all = append(all, s.judgePlace(card)...)
	}
	if s.Version > maxVersion {
		add("version", fmt.Sprintf("the symbol is of version %d", s.Version),
			fmt.Sprintf("at most version %d", maxVersion),
			"shorten the text: a shorter address or issuer's name")
	}
	if s.Level == "L" {
		add("level", "the error correction level is L, which makes good 7 % of damage",
			"level M, which makes good 15 %", "encode it at level M")
	}
	if s.Page == 0 && s.ModulePixels < minPixels {
		add("pixels", fmt.Sprintf("a module is %.1f pixels wide", s.ModulePixels),
			fmt.Sprintf("at least %d pixels", minPixels), "draw or scan it larger")
	}
	return all
}

// judgePlace judges the place of the symbol on its sheet.
func (s Symbol) judgePlace(card bool) []Finding {
	var all []Finding
	add := func(rule, what, want, fix string) { all = append(all, Finding{rule, s.Page, what, want, fix}) }
	e := *s.Edges
	edge, on := float64(minEdge), "a sheet"
	if card {
		edge, on = minCardEdge, "a card"
	}
	if nearest := min(e.Top, e.Right, e.Bottom, e.Left); short(nearest, edge) {
		add("edge", fmt.Sprintf("the QR stands %.1f mm from the edge", nearest),
			fmt.Sprintf("at least %.0f mm on %s", edge, on), "move it inwards")
	}
	if fold := s.crossedFold(); fold > 0 && !card {
		add("fold", fmt.Sprintf("the fold of a letter %.0f mm from the edge goes through the QR", fold),
			"off the lines along which a letter is folded in half or in three", "move it between two of them")
	}
	return all
}

// crossedFold returns the place of a fold through the symbol, on an A4 or letter sheet; zero if there is
// none.
func (s Symbol) crossedFold() float64 {
	e := *s.Edges
	long, from, to := e.Height, e.Top, e.Height-e.Bottom
	if e.Width > e.Height {
		long, from, to = e.Width, e.Left, e.Width-e.Right
	}
	if s := min(e.Width, e.Height); s < letterShort || long < letterLong || long > letterLonger {
		return 0
	}
	for _, part := range []float64{1.0 / 3, 1.0 / 2, 2.0 / 3} {
		if fold := long * part; from < fold && fold < to {
			return fold
		}
	}
	return 0
}

// judge returns the findings for a person who does not see the page.
func (d Document) judge() []Finding {
	var all []Finding
	add := func(rule, what, want, fix string) {
		all = append(all, Finding{Rule: rule, What: what, Want: want, Fix: fix})
	}
	if !d.Tagged {
		add("tagged", "the PDF is not tagged", "a structure tree and /MarkInfo (PDF/UA-1)",
			"write it with a program that tags")
	}
	switch {
	case d.Figures == 0:
		add("alt", "no picture of the PDF has an alternative text",
			"a figure with an alternative text for the QR (PDF/UA-1)",
			"say what the QR is, where it stands and what to do with it")
	case d.FiguresWithAlt < d.Figures:
		add("alt", fmt.Sprintf("%d of %d pictures have no alternative text", d.Figures-d.FiguresWithAlt,
			d.Figures),
			"an alternative text for each (PDF/UA-1)",
			"say what each picture is for, or mark it as decoration")
	}
	if d.Links == 0 {
		add("link", "the PDF has no link", "a link with the text of the QR",
			"add it: who cannot frame the QR opens the link")
	}
	if d.Lang == "" {
		add("language", "the PDF does not say its language", "/Lang in the catalog (PDF/UA-1)",
			"name the language")
	}
	if d.Title == "" || !d.TitleShown {
		what := "the PDF has no title"
		if d.Title != "" {
			what = "viewers show the name of the file instead of the title"
		}
		add("title", what, "a title that is shown, /DisplayDocTitle (PDF/UA-1)", "set both")
	}
	return all
}

// short reports whether a measured length is clearly below the least.
func short(length, least float64) bool { return length < least*(1-tolerance) }
