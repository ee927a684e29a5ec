package qrpdf_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// The text is what the tags of the PDF say, read back from the bytes of the file: each text once, in the
// same order, with nothing but a label's colon, a step's point and the comma between two languages added.
func TestTextIsThatOfThePDF(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, address(300))
	eachDocument(func(name string, d qrpdf.Document) {
		var want strings.Builder
		for i, line := range heardLines(readOutline(t, write(t, d, s)), "") {
			if text, ok := strings.CutPrefix(line, "# "); ok && i > 0 {
				line = "\n" + text
			} else {
				line = strings.TrimPrefix(line, "# ")
			}
			want.WriteString(line + "\n")
		}
		assert.Equal(t, want.String(), string(write(t, qrpdf.Text{Document: d}, s)), name)
	})
}

// heardLines returns the lines of a structure tree, with a # before headings.
func heardLines(n *node, lang string) []string {
	if n.lang != "" {
		lang = n.lang
	}
	switch n.role {
	case "Document", "Sect", "Div", "Table", "L":
		var all []string
		for _, k := range n.kids {
			all = append(all, heardLines(k, lang)...)
		}
		return all
	case "H1", "H2":
		return []string{"# " + heardText(n, lang)}
	case "LI":
		return []string{heardText(n.kids[0], lang) + ". " + heardText(n.kids[1], lang)}
	case "TR":
		colon := ": "
		n.kids[0].walk(lang, func(_ *node, lang string) {
			if lang == "fr" {
				colon = "\u00a0: "
			}
		})
		return []string{heardText(n.kids[0], lang) + colon + heardText(n.kids[1], lang)}
	}
	var all []string
	n.walk(lang, func(n *node, _ string) {
		if n.role == "Figure" {
			all = append(all, n.alt)
		}
	})
	if text := heardText(n, lang); text != "" {
		all = append(all, text)
	}
	return all
}

// heardText joins the texts in an element, with a comma where the language changes.
func heardText(n *node, lang string) string {
	text, before := "", ""
	n.walk(lang, func(n *node, lang string) {
		words := strings.TrimSpace(n.text)
		switch {
		case words == "":
			return
		case text == "":
			text = words
		case lang == before:
			text += " " + words
		default:
			text += ", " + words
		}
		before = lang
	})
	return text
}

// The current text.
func TestGoldenText(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, address(300))
	for _, lang := range languages {
		d := page()
		d.Lang, d.Holder = lang, "Đorđe Nguyễn-Müller"
		text := write(t, qrpdf.Text{Document: d}, s)
		name := fmt.Sprintf("text-%s.txt", lang)
		assert.Equal(t, string(golden(t, name, text)), string(text))
	}
}

// The text leaves out the token, and what is wrong with a document is wrong with its text.
func TestTextRefuses(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, "https://attesta.example/v#secret")
	assert.NotContains(t, string(write(t, qrpdf.Text{Document: page()}, s)), "secret")
	d := page()
	d.DisplayName = ""
	out := &limited{}
	require.EqualError(t, qrpdf.Text{Document: d}.Write(out, s), "no display name")
	assert.False(t, out.failed)
	assert.ErrorIs(t, qrpdf.Text{Document: page()}.Write(&limited{room: 10, err: errFull}, s), errFull)
}
