package qrpdf

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Layout is the appearance of a Document.
type Layout int

// The layouts. All are A4 portrait.
const (
	// Standard is a sheet in 12-point type: symbol and facts at the top, explanations in two
	// columns below. A pair of languages takes one column each. If a sheet then fits on one page,
	// its type is smaller, down to 10.5 points; a pair of languages goes down to 10 points and
	// leaves out the section on what the sheet is for.
	Standard Layout = iota

	// LargePrint is in 18-point type. The first page has a large symbol and the steps for people
	// who check; the explanations follow in one column. In a pair of languages, those of the
	// second language start a new page.
	LargePrint

	// Wallet is a sheet with a card, 85.6 × 54 mm (ID-1 of ISO/IEC 7810), to be cut out and
	// folded once, with the symbol on one side and the steps for people who check on the other.
	// The explanations are below the card, as in Standard. The type on the card is small, 8 to 10
	// points.
	Wallet

	// Easy is a sheet in easy language, in 16-point type and in one column: short sentences, each on
	// a line of its own, and hard words explained. It says about itself that people who read easy
	// language have not tested it yet. In a pair of languages, the second one starts a new page.
	Easy
)

// Policy is what a check without the person's consent shows of the person's status. The names are those of
// status.Policy, which decides it: a program can convert one into the other.
type Policy string

// The policies. The zero Policy means PolicyCategories, the default of a service.
const (
	PolicyAny        Policy = "any"        // whether the person is in a category
	PolicyCategories Policy = "categories" // in which categories
	PolicySubKinds   Policy = "subkinds"   // in which categories and of which kind
)

// The least widths of a module on paper, in millimetres. They are rules of this package, above the 0.4 mm
// below which a worn photocopy becomes unreadable. The card of Wallet keeps its rule up to version 17.
const (
	LeastSheetModule = 0.6
	LeastCardModule  = 0.5 // people hold a phone closer to a card
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
// half or in three. On a sheet its modules are at least 0.6 mm wide: in Standard and Easy the symbol
// has a side of 50 mm, or more from version 17 on; in LargePrint of 77 to 80 mm, or less below version 8. On
// the card of Wallet it has a side of 32 mm up to version 9, modules of 0.6 mm; a larger one grows up to
// 44 mm, with modules of at least 0.5 mm up to version 17. It is at least 5 mm from cuts and folds.
//
// The sheet never asks people who check to trust what is printed on it, because a forger prints
// sheets too. They open the verification page that they know, from a bookmark, the body's own site
// or a [DeskCard], and scan the symbol from there.
//
// A link over the symbol and its caption has the text of the symbol, byte for byte, as its
// address. People who cannot scan the symbol open the link, and a program can read it without a
// PDF library: the file is never encrypted, the link is in no compressed stream, and the bytes
// "/URI (" occur only before the text of the symbol. The text ends at the first ")" without a
// backslash before it, and the only backslashes in it are those before "(" and ")".
//
// Texts are at most 300 bytes long, names at most 160, in Latin letters. They are printed in
// composed form (NFC), without soft hyphens; blank ones count as empty. Their content is not checked.
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

	// Address is where the symbol leads, as printed. Empty means the text of the symbol up to the
	// first "#" or "?": a token after it is never printed.
	Address string

	// VoidAt says where to void the symbol after a loss, such as a web address, and VoidPhone is a
	// telephone number that serves the same purpose and is printed as such. If both are empty, the
	// page refers people to the body.
	VoidAt, VoidPhone string

	// Policy is what people who check see without the person's consent. Empty means
	// PolicyCategories.
	Policy Policy

	// SecondLevel says that the body sends the person a code by telephone when somebody who checks
	// asks for the degree or the percentage. If it is false, the page promises no code.
	SecondLevel bool

	// Wording replaces sentences, by language: it, en, de, fr or sl. Languages that the document
	// is not in are checked too.
	Wording map[string]Wording
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
	var err error
	if d.Address, err = tidy("address", d.Address, maxLine); err != nil {
		return nil, err
	}
	if d.Address == "" {
		d.Address = withoutToken(s.Text())
	}
	languages, logo, err := d.prepare()
	if err != nil {
		return nil, err
	}
	begin := func() *builder { return newBuilder(d, s, languages, logo) }
	switch d.Layout {
	case Standard:
		return fit(begin, (*builder).sheet)
	case LargePrint:
		b := begin()
		return b, b.large()
	case Wallet:
		return fit(begin, (*builder).wallet)
	case Easy:
		b := begin()
		return b, b.easy()
	}
	return nil, fmt.Errorf("unknown layout %d", int(d.Layout))
}

// prepare checks the fields, brings the texts into their printed form and reads the logo.
func (d *Document) prepare() ([]*wording, *picture, error) {
	if err := d.checkDates(); err != nil {
		return nil, nil, err
	}
	switch d.Policy {
	case "", PolicyAny, PolicyCategories, PolicySubKinds:
	default:
		return nil, nil, fmt.Errorf("no policy %.20q: there are any, categories and subkinds",
			string(d.Policy))
	}
	if err := d.tidy(); err != nil {
		return nil, nil, err
	}
	languages, err := d.speak()
	if err != nil {
		return nil, nil, err
	}
	logo, err := readLogo(d.Logo)
	return languages, logo, err
}

// withoutToken returns an address up to the first "#" or "?".
func withoutToken(address string) string {
	address, _, _ = strings.Cut(address, "#")
	address, _, _ = strings.Cut(address, "?")
	return address
}

// speak returns the wordings of the document's languages, with the facts and with the texts that replace
// others.
func (d *Document) speak() ([]*wording, error) {
	languages, ok := speak(d.Lang)
	if !ok {
		return nil, errors.New("unknown language: there are it, en, de, fr, sl, it+de, it+fr and it+sl")
	}
	var chosen []*wording
	for _, w := range catalogue() {
		if !slices.Contains(languages, w) && d.Wording[w.lang] == nil {
			continue
		}
		said := *w
		said.facts = facts{d.DisplayName, d.Contact, d.VoidAt, d.VoidPhone}
		changed, err := said.replaced(d.Wording[w.lang])
		if err != nil {
			return nil, err
		}
		if slices.Contains(languages, w) {
			chosen = append(chosen, changed)
		}
	}
	for lang := range d.Wording {
		if _, ok := speak(lang); !ok || lang == "" || len(lang) > 2 {
			return nil, fmt.Errorf("wording: no language %.20q: there are it, en, de, fr and sl", lang)
		}
	}
	return chosen, nil
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
		{"telephone to void it", &d.VoidPhone, maxLine},
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
