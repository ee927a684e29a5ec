package lint

import (
	"bytes"
	"html"
	"strings"

	"github.com/qr-invalidita/attesta/internal/pdf"
)

// A Document is a PDF's description of itself.
type Document struct {
	Tagged bool `json:"tagged"` // /MarkInfo says so and there is a structure tree

	// ClaimsUA reports whether the metadata claim PDF/UA. Whether the claim is true, only a
	// validator and a person can decide.
	ClaimsUA bool `json:"claims_pdf_ua"`

	Lang       string `json:"language,omitempty"` // of the whole document
	Title      string `json:"title,omitempty"`
	TitleShown bool   `json:"title_shown"` // a viewer shows the title instead of the file's name

	// Figures are the structure elements of that type; FiguresWithAlt those that have an alternative text.
	Figures        int `json:"figures"`
	FiguresWithAlt int `json:"figures_with_alt"`

	// Links are the web addresses that the file links to.
	Links int `json:"links"`
}

// describe reads a PDF. ok is false if the file is encrypted, or has no catalog that can be read.
func describe(data []byte) (d Document, ok bool) {
	f := pdf.Read(data)
	if f.Trailer["Encrypt"] != nil {
		return Document{}, false
	}
	catalog := f.Catalog()
	if catalog == nil {
		return Document{}, false
	}
	tree := f.Dict(catalog["StructTreeRoot"])
	d.Tagged = f.Resolve(f.Dict(catalog["MarkInfo"])["Marked"]) == pdf.Keyword("true") && tree != nil
	d.Lang = strings.TrimSpace(pdf.Text(f.Resolve(catalog["Lang"])))
	d.TitleShown = f.Resolve(f.Dict(catalog["ViewerPreferences"])["DisplayDocTitle"]) == pdf.Keyword("true")
	d.Title = strings.TrimSpace(pdf.Text(f.Resolve(f.Dict(f.Trailer["Info"])["Title"])))
	r, _ := catalog["Metadata"].(pdf.Ref)
	xmp := f.Metadata[r]
	if title := xmpTitle(xmp); title != "" {
		d.Title = title
	}
	d.ClaimsUA = bytes.Contains(xmp, []byte("pdfuaid:part"))
	roles := f.Dict(tree["RoleMap"])
	for _, v := range f.Objects {
		countFigures(f, v, roles, &d)
	}
	return d, true
}

// countFigures counts the figures in v; structure elements may be inside each other.
func countFigures(f *pdf.File, v any, roles pdf.Dict, d *Document) {
	switch v := v.(type) {
	case pdf.List:
		for _, item := range v {
			countFigures(f, item, roles, d)
		}
	case pdf.Dict:
		role := v["S"]
		for range 4 { // a role may map to another
			n, isName := role.(pdf.Name)
			if !isName || roles[n] == nil {
				break
			}
			role = f.Resolve(roles[n])
		}
		if role == pdf.Name("Figure") {
			d.Figures++
			if strings.TrimSpace(pdf.Text(f.Resolve(v["Alt"]))) != "" {
				d.FiguresWithAlt++
			}
		}
		for _, item := range v {
			countFigures(f, item, roles, d)
		}
	}
}

// xmpTitle finds the first title in the metadata.
func xmpTitle(xmp []byte) string {
	_, rest, _ := bytes.Cut(xmp, []byte("<dc:title>"))
	title, _, ok := bytes.Cut(rest, []byte("</dc:title>"))
	if !ok {
		return ""
	}
	_, title, _ = bytes.Cut(title, []byte("<rdf:li"))
	_, title, _ = bytes.Cut(title, []byte(">"))
	title, _, _ = bytes.Cut(title, []byte("<"))
	return strings.TrimSpace(html.UnescapeString(string(bytes.ToValidUTF8(title, nil))))
}
