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

// sheet is the design of the PDF as the flags set it.
type sheet struct {
	layout, lang, name, body, contact, logo, logoAlt, voidAt *string
}

func sheetFlags(fs *flag.FlagSet) sheet {
	return sheet{
		layout:  fs.String("layout", "standard", "PDF: standard, large-print or wallet"),
		lang:    fs.String("lang", "it", "PDF: it, en, de, fr, sl, it+de, it+fr or it+sl"),
		name:    fs.String("name", "", "PDF: the person's `NAME`, which is left out otherwise"),
		body:    fs.String("body", "", "PDF: the issuing body's `NAME` in print (default the issuer's name)"),
		contact: fs.String("contact", "", "PDF: how to reach the issuing `BODY`"),
		logo:    fs.String("logo", "", "PDF: the body's logo, a PNG or SVG `FILE`"),
		logoAlt: fs.String("logo-alt", "",
			"PDF: `TEXT` for people who cannot see the logo (default the body's name)"),
		voidAt: fs.String("void-at", "", "PDF: `WHERE` a lost paper is made void"),
	}
}

// document returns the document without the data of the token.
func (s sheet) document() (qrpdf.Document, error) {
	layout, err := paper.ParseLayout(*s.layout)
	if err != nil {
		return qrpdf.Document{}, err
	}
	d := qrpdf.Document{Layout: layout, Lang: *s.lang, Holder: *s.name, DisplayName: *s.body,
		Contact: *s.contact, VoidAt: *s.voidAt}
	if *s.logo == "" {
		return d, nil
	}
	d.Logo.Data, err = file.Read(*s.logo, maxLogo)
	d.Logo.Alt = *s.logoAlt
	return d, err
}

// fileFormat returns the requested format, or else the format of the file's name, or else PDF.
func fileFormat(asked, path string) (paper.Format, error) {
	extension := strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
	return paper.ParseFormat(cmp.Or(asked, extension, string(paper.PDF)))
}
