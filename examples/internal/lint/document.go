package lint

import (
	"bytes"
	"html"
	"strings"
)

// Document is what a PDF says about itself.
type Document struct {
	Tagged bool `json:"tagged"` // /MarkInfo says so and there is a structure tree

	// ClaimsUA tells whether the metadata claim PDF/UA. Whether the claim is true only a validator and a person can say.
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

// describe reads a PDF. ok is false where the file has no catalog that can be read, or is encrypted.
func describe(data []byte) (d Document, ok bool) {
	f := readPDF(data)
	if f.trailer["Encrypt"] != nil {
		return Document{}, false
	}
	catalog := f.catalog()
	if catalog == nil {
		return Document{}, false
	}
	tree := f.dict(catalog["StructTreeRoot"])
	d.Tagged = f.resolve(f.dict(catalog["MarkInfo"])["Marked"]) == keyword("true") && tree != nil
	d.Lang = strings.TrimSpace(text(f.resolve(catalog["Lang"])))
	d.TitleShown = f.resolve(f.dict(catalog["ViewerPreferences"])["DisplayDocTitle"]) == keyword("true")
	d.Title = strings.TrimSpace(text(f.resolve(f.dict(f.trailer["Info"])["Title"])))
	r, _ := catalog["Metadata"].(ref)
	xmp := f.metadata[r]
	if title := xmpTitle(xmp); title != "" {
		d.Title = title
	}
	d.ClaimsUA = bytes.Contains(xmp, []byte("pdfuaid:part"))
	roles := f.dict(tree["RoleMap"])
	for _, v := range f.objects {
		f.countFigures(v, roles, &d)
	}
	return d, true
}

// catalog is the one that the trailer names, or any where the trailer is lost.
func (f *pdfFile) catalog() dict {
	if d := f.dict(f.trailer["Root"]); d != nil {
		return d
	}
	for _, v := range f.objects {
		if d, ok := v.(dict); ok && d["Type"] == name("Catalog") {
			return d
		}
	}
	return nil
}

// countFigures counts those in v, where structure elements may stand inside each other.
func (f *pdfFile) countFigures(v any, roles dict, d *Document) {
	switch v := v.(type) {
	case list:
		for _, item := range v {
			f.countFigures(item, roles, d)
		}
	case dict:
		role := v["S"]
		for range 4 { // a role may stand for another
			n, isName := role.(name)
			if !isName || roles[n] == nil {
				break
			}
			role = f.resolve(roles[n])
		}
		if role == name("Figure") {
			d.Figures++
			if strings.TrimSpace(text(f.resolve(v["Alt"]))) != "" {
				d.FiguresWithAlt++
			}
		}
		for _, item := range v {
			f.countFigures(item, roles, d)
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
