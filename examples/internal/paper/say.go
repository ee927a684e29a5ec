package paper

import (
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status"
)

// Say puts a fact into a document: contact, void_at or void_phone, the keys of a [qrpdf.Wording]. The text
// may differ in the languages: "Via Roma 1 | de=Romstraße 1"; the part without a language is that of all
// others.
func Say(d *qrpdf.Document, key, text string) error {
	field := map[string]*string{"contact": &d.Contact, "void_at": &d.VoidAt, "void_phone": &d.VoidPhone}[key]
	for part := range strings.SplitSeq(text, "|") {
		part = strings.TrimSpace(part)
		lang, said, found := strings.Cut(part, "=")
		switch {
		case found && slices.Contains(status.Languages(), status.Language(lang)):
			if d.Wording == nil {
				d.Wording = map[string]qrpdf.Wording{}
			}
			if d.Wording[lang] == nil {
				d.Wording[lang] = qrpdf.Wording{}
			}
			d.Wording[lang][key] = said
		case *field != "":
			return words.Errorf("two texts without a language, %q and %q: write such as de=TEXT", *field,
				part)
		default:
			*field = part
		}
	}
	return nil
}
