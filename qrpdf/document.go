package qrpdf

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// Layout is what a Document looks like.
type Layout int

// The layouts. All are A4 upright.
const (
	// Standard is a sheet in type of 12 points: symbol and facts above, explanations in two columns below. A pair of
	// languages stands in these columns side by side.
	Standard Layout = iota

	// LargePrint is Standard in type of 18 points and in one column. A pair of languages stands one after the other, the second
	// from the top of a page on.
	LargePrint

	// Wallet is a sheet with a card to be cut out and folded once, 85.6 × 54 mm (ID-1 of ISO/IEC 7810), the symbol on
	// one side and the steps for those who check on the other; the explanations stand below it. The type of the card
	// is necessarily small, 6 to 10 points.
	Wallet
)

// maxVersion is the largest symbol that has its place in every layout.
const maxVersion = 22

// Longest texts in bytes.
const (
	maxName = 160 // of the issuer or the holder
	maxLine = 300 // of the other texts
)

// Document writes a symbol on paper: a tagged PDF 1.7 that is PDF/UA-1 (ISO 14289-1) and PDF/A-2a (ISO 19005-2) at once,
// with the symbol, what it is for and how to use it, what it tells about its holder, and the facts below. The texts come
// with the package, in Italian, English, German, French and Slovene; the Italian text is the one that counts in law.
//
// The symbol is black on white, drawn as one path so that it stays sharp at any size, with nothing in the four modules
// around it, and clear of the lines along which a letter is folded in half or in three. In Standard and LargePrint it is 50 mm
// wide, 20 mm from the left edge and 18 mm from the upper. On the card of Wallet it is 37 to 44 mm wide and at least 5 mm from
// cuts and folds. Its modules are at least 0.4 mm wide, on a card at least 0.5 mm up to version 17.
//
// Over symbol and caption lies a link with the text of the symbol, byte for byte: who cannot frame the symbol opens that,
// and a program reads it. Such a program needs no PDF library. The file is never encrypted, the link is in no compressed
// stream, and no other string than the text of the symbol follows the bytes "/URI (" in it; the string ends at the first
// ")" without a backslash before it, and the only backslashes in it stand before "(" and ")".
//
// Texts are at most 300 bytes, names at most 160, in Latin letters; they are printed in composed form (NFC), without soft
// hyphens. Nobody checks what they say.
type Document struct {
	// Layout is Standard, LargePrint or Wallet.
	Layout Layout

	// Lang is it, en, de, fr or sl, or one of the pairs it+de, it+fr and it+sl; empty means it.
	Lang string

	// Issuer is the name of the body that issues the symbol. It must not be empty.
	Issuer string

	// Contact says how to reach the issuer; empty means that the page does not say it.
	Contact string

	// Logo is the issuer's; the zero value means none.
	Logo Logo

	// Holder is the name of the person; empty means that the page names nobody, which is what a person needs who shows
	// it to strangers.
	Holder string

	// Issued and Expires are the days of issue and the last day of validity, printed as they are in their own time zone. The
	// file is dated Issued, in UTC. Neither may be zero, since no clock is read, nor Expires before Issued.
	Issued, Expires time.Time

	// Address is the verification address that is printed for those who type it or compare it with what they see. Empty
	// means the text of the symbol up to the first "#" or "?": a token after it is never printed.
	Address string

	// VoidAt says where to void the symbol after a loss, as a web address or a telephone number; empty means that the page
	// sends people to the issuer.
	VoidAt string
}

// Write writes the page with s to w, piece by piece, and stops at the first error of w. What is wrong with d or s it says
// before it writes anything: ErrNotURL if the text of s is not an absolute http or https address in ASCII, an error
// that names the letter if the fonts lack one, and one that names the text if it is too long for its place.
func (d Document) Write(w io.Writer, s *Symbol) error {
	b, err := d.build(s)
	if err != nil {
		return err
	}
	return b.write(w)
}

// build lays the document out.
func (d Document) build(s *Symbol) (*builder, error) {
	switch {
	case s.empty():
		return nil, errNoSymbol
	case s.Version() > maxVersion:
		return nil, fmt.Errorf("symbol of version %d, at most %d has room on paper", s.Version(), maxVersion)
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
	}
	return nil, fmt.Errorf("unknown layout %d", int(d.Layout))
}

// tidy brings the texts into the form in which they are printed.
func (d *Document) tidy() error {
	for _, v := range [...]struct {
		name string
		text *string
		most int
	}{
		{"issuer", &d.Issuer, maxName},
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
	if d.Issuer == "" {
		return errors.New("no issuer")
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
			return fmt.Errorf("date in the year %d", t.Year())
		}
	}
	return nil
}

// isWebAddress tells whether text is an absolute http or https address in the letters of RFC 3986, the only ones that a
// link may hold.
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
