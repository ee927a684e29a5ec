package qrpdf

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// Layout is the appearance of a Document.
type Layout int

// The layouts. All are A4 portrait.
const (
	// Standard is a sheet in 12-point type: symbol and facts at the top, explanations in two
	// columns below. A pair of languages takes one column each.
	Standard Layout = iota

	// LargePrint is Standard in 18-point type and in one column. In a pair of languages, the
	// second one follows the first and starts a new page.
	LargePrint

	// Wallet is a sheet with a card, 85.6 × 54 mm (ID-1 of ISO/IEC 7810), to be cut out and
	// folded once, with the symbol on one side and the steps for people who check on the other.
	// The explanations are below the card. The type on the card is necessarily small, 6 to 10
	// points.
	Wallet

	// Easy is a sheet in easy language, in 16-point type and in one column: short sentences, each on
	// a line of its own, and hard words explained. It says about itself that people who read easy
	// language have not tested it yet. In a pair of languages, the second one starts a new page.
	Easy
)

// maxVersion is the largest symbol that fits into every layout.
const maxVersion = 22

// The longest texts, in bytes.
const (
	maxName = 160 // of the body or the holder
	maxLine = 300 // of the other texts
)

// Document writes a symbol on paper: a tagged PDF 1.7 that conforms to both PDF/UA-1 (ISO
// 14289-1) and PDF/A-2a (ISO 19005-2). It shows the symbol, its purpose and use, what it reveals
// about its holder, and the facts in the fields below. The package contains the texts in Italian,
// English, German, French and Slovene; the Italian text is the legally binding one.
//
// The symbol is black on white, drawn as one path so that it stays sharp at any size. The four
// modules around it are empty, and it is clear of the lines along which a letter is folded in
// half or in three. In Standard, LargePrint and Easy it is 50 mm wide, 20 mm from the left edge and 18
// mm from the upper edge. On the card of Wallet it is 37 to 44 mm wide and at least 5 mm from
// cuts and folds. Its modules are at least 0.4 mm wide, on a card at least 0.5 mm up to version
// 17.
//
// A link over the symbol and its caption has the text of the symbol, byte for byte, as its
// address. People who cannot scan the symbol open the link, and a program can read it without a
// PDF library: the file is never encrypted, the link is in no compressed stream, and the bytes
// "/URI (" occur only before the text of the symbol. The text ends at the first ")" without a
// backslash before it, and the only backslashes in it are those before "(" and ")".
//
// Texts are at most 300 bytes long, names at most 160, in Latin letters. They are printed in
// composed form (NFC), without soft hyphens. Their content is not checked.
type Document struct {
	// Layout is Standard, LargePrint, Wallet or Easy.
	Layout Layout

	// Lang is it, en, de, fr or sl, or one of the pairs it+de, it+fr and it+sl; empty means it.
	Lang string

	// DisplayName is the name of the issuing body as printed. It must not be empty.
	DisplayName string

	// Contact says how to reach the body; if it is empty, the page does not say it.
	Contact string

	// Logo is the logo of the body; the zero value means none.
	Logo Logo

	// Holder is the name of the person. If it is empty, the page names nobody, which suits a
	// person who shows it to strangers.
	Holder string

	// Issued is the day of issue and Expires the last day of validity, printed in their own time
	// zones. The file is dated Issued, in UTC. Neither may be zero, because the package reads no
	// clock, and Expires must not be before Issued.
	Issued, Expires time.Time

	// Address is the printed verification address, for people who type it or compare it with the
	// address on their screen. Empty means the text of the symbol up to the first "#" or "?": a
	// token after it is never printed.
	Address string

	// VoidAt says where to void the symbol after a loss: a web address or a telephone number. If
	// it is empty, the page refers people to the body.
	VoidAt string
}

// Write writes the page with s to w, piece by piece, and stops at the first error of w. Faults of
// d or s are returned before anything is written: ErrNotURL if the text of s is not an absolute
// http or https address in ASCII, an error that names the letter if the fonts lack one, and an
// error that names the text if it is too long for its place.
func (d Document) Write(w io.Writer, s *Symbol) error {
	b, err := d.build(s)
	if err != nil {
		return err
	}
	return b.write(w)
}

// build lays out the document.
func (d Document) build(s *Symbol) (*builder, error) {
	switch {
	case s.empty():
		return nil, errNoSymbol
	case s.Version() > maxVersion:
		return nil, fmt.Errorf("symbol of version %d, paper has room for at most %d", s.Version(), maxVersion)
	case !isWebAddress(s.Text()):
		return nil, ErrNotURL
	}
	languages, ok := speak(d.Lang)
	if !ok {
		return nil, fmt.Errorf("no language %.20q: there are it, en, de, fr, sl, it+de, it+fr and it+sl",
			d.Lang)
	}
	if err := d.checkDates(); err != nil {
		return nil, err
	}
	if d.Address == "" {
		d.Address, _, _ = strings.Cut(s.Text(), "#")
		d.Address, _, _ = strings.Cut(d.Address, "?")
	}
	if err := d.tidy(); err != nil {
		return nil, err
	}
	b := newBuilder(d, s, languages)
	if err := b.readLogo(); err != nil {
		return nil, err
	}
	switch d.Layout {
	case Standard:
		return b, b.sheet(&standardDesign)
	case LargePrint:
		return b, b.sheet(&largeDesign)
	case Wallet:
		return b, b.wallet()
	case Easy:
		return b, b.sheet(&easyDesign)
	}
	return nil, fmt.Errorf("unknown layout %d", int(d.Layout))
}

// tidy converts the texts into their printed form.
func (d *Document) tidy() error {
	for _, v := range [...]struct {
		name string
		text *string
		most int
	}{
		{"display name", &d.DisplayName, maxName},
		{"contact", &d.Contact, maxLine},
		{"holder", &d.Holder, maxName},
		{"address", &d.Address, maxLine},
		{"place to void it", &d.VoidAt, maxLine},
		{"alternative text of the logo", &d.Logo.Alt, maxLine},
	} {
		var err error
		if *v.text, err = tidy(v.name, *v.text, v.most); err != nil {
			return err
		}
	}
	if d.DisplayName == "" {
		return errors.New("no display name")
	}
	return nil
}

func (d *Document) checkDates() error {
	switch {
	case d.Issued.IsZero():
		return errors.New("no date of issue")
	case d.Expires.IsZero():
		return errors.New("no date of expiry")
	case d.Expires.Before(d.Issued):
		return errors.New("expires before it is issued")
	}
	for _, t := range [...]time.Time{d.Issued, d.Issued.UTC(), d.Expires} {
		if t.Year() < 1 || t.Year() > 9999 {
			return fmt.Errorf("date is in the year %d, which a PDF cannot hold", t.Year())
		}
	}
	return nil
}

// isWebAddress reports whether text is an absolute http or https address in the characters of RFC
// 3986, the only ones allowed in a link.
func isWebAddress(text string) bool {
	for _, c := range []byte(text) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		digit := '0' <= c && c <= '9'
		if !letter && !digit && strings.IndexByte("-._~:/?#[]@!$&'()*+,;=%", c) < 0 {
			return false
		}
	}
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
