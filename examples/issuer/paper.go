package main

import (
	"cmp"
	"flag"
	"path/filepath"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/paper"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/qrpdf"
)

// maxLogo bounds a logo's file, in bytes; qrpdf refuses files of half this size already.
const maxLogo = 1 << 20

// letterhead is what stands on everything that a body prints, as the flags set it.
type letterhead struct{ lang, body, contact, logo, logoAlt *string }

// letterheadFlags defines the flags. The usage of each begins with before, that of -body ends with unnamed.
func letterheadFlags(fs *flag.FlagSet, before, unnamed string) letterhead {
	return letterhead{
		lang: fs.String("lang", "it", before+"it, en, de, fr, sl, it+de, it+fr or it+sl"),
		body: fs.String("body", "", before+"the issuing body's `NAME` in print"+unnamed),
		contact: fs.String("contact", "",
			before+"`HOW` to reach the issuing body; for two languages such as "+
				"\"Via Roma 1 | de=Romstraße 1\""),
		logo: fs.String("logo", "", before+"the body's logo, a PNG or SVG `FILE`"),
		logoAlt: fs.String("logo-alt", "",
			before+"`TEXT` for people who cannot see the logo (default the body's name)"),
	}
}

// document returns a document with these facts.
func (l letterhead) document() (qrpdf.Document, error) {
	d := qrpdf.Document{Lang: *l.lang, DisplayName: *l.body}
	if err := paper.Say(&d, "contact", *l.contact); err != nil {
		return d, err
	}
	if *l.logo == "" {
		return d, nil
	}
	var err error
	d.Logo.Data, err = file.Read(*l.logo, maxLogo)
	d.Logo.Alt = *l.logoAlt
	return d, err
}

// sheet is the design of the PDF, and of the text and the Braille of it, as the flags set it.
type sheet struct {
	letterhead
	layout, name, voidAt, voidPhone, policy *string
	second                                  *bool
	cells, lines                            *int
}

func sheetFlags(fs *flag.FlagSet) sheet {
	return sheet{
		letterhead: letterheadFlags(fs, "PDF: ", " (default the issuer's name)"),
		layout:     fs.String("layout", "standard", "PDF: standard, large-print, wallet or easy"),
		name:       fs.String("name", "", "PDF: the person's `NAME`, which is left out otherwise"),
		voidAt: fs.String("void-at", "", "PDF: `WHERE` a lost paper is made void; for two languages such as "+
			"\"allo sportello | de=am Schalter\""),
		voidPhone: fs.String("void-phone", "", "PDF: telephone `NUMBER` at which a lost paper is made void"),
		policy: fs.String("policy", "categories",
			"PDF: `POLICY` of the service, which the sheet tells the person: any, categories or subkinds"),
		second: fs.Bool("second-level", false,
			"PDF: the service has a second level, so that the person may get a code"),
		cells: fs.Int("braille-cells", 0, "brf: `CELLS` of a line, 20 to 40 (default 28)"),
		lines: fs.Int("braille-lines", 0, "brf: `LINES` of a page, 10 to 30 (default 25)"),
	}
}

// document returns the document without the data of the token.
func (s sheet) document() (qrpdf.Document, error) {
	d, err := s.letterhead.document()
	if err != nil {
		return qrpdf.Document{}, err
	}
	if d.Layout, err = paper.ParseLayout(*s.layout); err != nil {
		return qrpdf.Document{}, err
	}
	for key, text := range map[string]string{"void_at": *s.voidAt, "void_phone": *s.voidPhone} {
		if err := paper.Say(&d, key, text); err != nil {
			return qrpdf.Document{}, err
		}
	}
	d.Holder, d.Policy, d.SecondLevel = *s.name, qrpdf.Policy(*s.policy), *s.second
	return d, nil
}

// fileFormat returns the requested format, or else the format of the file's name, or else PDF.
func fileFormat(asked, path string) (paper.Format, error) {
	extension := strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
	return paper.ParseFormat(cmp.Or(asked, extension, string(paper.PDF)))
}
