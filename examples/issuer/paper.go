package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/token"
)

// title and description stand in the picture files; the PDF has its own texts.
const (
	title       = "QR code della disabilità"
	description = "Da inquadrare per verificare lo stato di disabilità insieme al codice fiscale."
)

// maxLogo bounds what is read of a logo's file, in bytes; qrpdf refuses half of it already.
const maxLogo = 1 << 20

// paper is how the PDF shall look, as the flags say it.
type paper struct {
	layout, lang, name, body, contact, logo, logoAlt, voidAt *string
}

func paperFlags(fs *flag.FlagSet) paper {
	return paper{
		layout:  fs.String("layout", "standard", "PDF: standard, large-print or wallet"),
		lang:    fs.String("lang", "it", "PDF: it, en, de, fr, sl, it+de, it+fr or it+sl"),
		name:    fs.String("name", "", "PDF: the person's `NAME`, which is left out otherwise"),
		body:    fs.String("body", "", "PDF: the issuing body's `NAME` in print (default the issuer's name)"),
		contact: fs.String("contact", "", "PDF: how to reach the issuing `BODY`"),
		logo:    fs.String("logo", "", "PDF: the body's logo, a PNG or SVG `FILE`"),
		logoAlt: fs.String("logo-alt", "", "PDF: `TEXT` for who cannot see the logo (default the body's name)"),
		voidAt:  fs.String("void-at", "", "PDF: `WHERE` a lost paper is made void"),
	}
}

// page is a document that lacks only what the token says.
type page struct{ qrpdf.Document }

func (p paper) page() (page, error) {
	layouts := map[string]qrpdf.Layout{"standard": qrpdf.Standard, "large-print": qrpdf.LargePrint, "wallet": qrpdf.Wallet}
	layout, ok := layouts[*p.layout]
	if !ok {
		return page{}, fmt.Errorf("unknown layout %q: use standard, large-print or wallet", *p.layout)
	}
	d := page{qrpdf.Document{Layout: layout, Lang: *p.lang, Holder: *p.name, Issuer: *p.body, Contact: *p.contact, VoidAt: *p.voidAt}}
	if *p.logo == "" {
		return d, nil
	}
	f, err := os.Open(*p.logo)
	if err != nil {
		return page{}, err
	}
	defer f.Close()
	d.Logo.Data, err = io.ReadAll(io.LimitReader(f, maxLogo))
	d.Logo.Alt = *p.logoAlt
	return d, err
}

// renderer returns the function that writes the format, and the file name's extension.
func (p page) renderer(format, out string) (func(io.Writer, *qrpdf.Symbol, token.Claims) error, string, error) {
	extension := strings.TrimPrefix(strings.ToLower(filepath.Ext(out)), ".")
	switch cmp.Or(format, extension, "pdf") {
	case "pdf":
		return p.writePDF, "pdf", nil
	case "png":
		return func(w io.Writer, s *qrpdf.Symbol, _ token.Claims) error {
			return qrpdf.PNG{Title: title, Desc: description, Lang: "it"}.Write(w, s)
		}, "png", nil
	case "svg":
		return func(w io.Writer, s *qrpdf.Symbol, _ token.Claims) error {
			return qrpdf.SVG{Title: title, Desc: description, Lang: "it"}.Write(w, s)
		}, "svg", nil
	case "text", "txt":
		return func(w io.Writer, s *qrpdf.Symbol, _ token.Claims) error {
			_, err := fmt.Fprintln(w, s.Text())
			return err
		}, "txt", nil
	}
	return nil, "", fmt.Errorf("unknown format %q: use pdf, png, svg or text", cmp.Or(format, extension))
}

func (p page) writePDF(w io.Writer, s *qrpdf.Symbol, c token.Claims) error {
	d := p.Document
	d.Issuer = cmp.Or(d.Issuer, c.Issuer)
	if d.Logo.Data != nil {
		d.Logo.Alt = cmp.Or(d.Logo.Alt, d.Issuer)
	}
	d.Issued, d.Expires = c.IssuedAt, c.Expires
	return d.Write(w, s)
}
