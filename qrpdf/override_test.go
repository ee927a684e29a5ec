package qrpdf_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// Every text of the package can be replaced by itself, and by another one that is then on the page, tagged
// with its language.
func TestWordingReplaces(t *testing.T) {
	s := printedSymbol(t)
	for _, lang := range languages[:5] {
		d := page()
		d.Lang = lang
		want := write(t, d, s)
		d.Wording = map[string]qrpdf.Wording{lang: qrpdf.BuiltIn(lang)}
		assert.Equal(t, want, write(t, d, s), lang)
	}
	assert.Nil(t, qrpdf.BuiltIn("es"))
	assert.Nil(t, qrpdf.BuiltIn("it+de"))

	d := page()
	d.Lang = "it+de"
	d.Wording = map[string]qrpdf.Wording{"de": {
		"title": "QR-Code des Landes", "label.issuer": "Herausgegeben von",
		"display_name": "Autonome Provinz Beispiel",
		"contact":      "Romstraße 1, 39100 Beispiel", "void_at": "beim Schalter",
		"person.steps": "Zeigen.\nSagen.",
		"loss.place":   "Der Weg: {place}", "privacy.text": "Nichts.",
	}, "en": {"title": "not printed"}}
	root := readOutline(t, write(t, d, s))
	heard := map[string]string{}
	root.walk("", func(n *node, lang string) { heard[strings.TrimSpace(n.text)] = lang })
	for text, lang := range map[string]string{
		"QR-Code des Landes": "de", "Herausgegeben von": "de", "Autonome Provinz Beispiel": "de",
		"Provincia autonoma di Esempio": "it", "Romstraße 1, 39100 Beispiel": "de",
		"Via Roma 1, 39100 Esempio, tel. 0471 000000": "it", "Zeigen.": "de", "Sagen.": "de",
		"Der Weg: beim Schalter": "de", "Nichts.": "de", "Dica il suo codice fiscale.": "it",
	} {
		assert.Equal(t, lang, heard[text], text)
	}
	assert.NotContains(t, root.all(), "not printed")
	assert.NotContains(t, root.all(), "Steuernummer.", "both steps are replaced")

	d = page() // the next document has the texts of the package
	d.Lang = "de"
	assert.Contains(t, readOutline(t, write(t, d, s)).all(), "Steuernummer.")
}

func TestWordingRefuses(t *testing.T) {
	s := printedSymbol(t)
	for _, tt := range []struct {
		lang, key, text string
		says            string
	}{
		{"it", "titel", "x", `wording it: no text "titel"`},
		{"it", "months", "x", `wording it: no text "months"`},
		{"it", "checker", "x", `wording it: no text "checker"`},
		{"es", "title", "x", `wording: no language "es"`},
		{"", "title", "x", `wording: no language ""`},
		{"it+de", "title", "x", `wording: no language "it+de"`},
		{"it", "title", "", "wording it: title: empty"},
		{"it", "checker.steps", "uno\n\ndue", "wording it: checker.steps: empty"},
		{"it", "title", "uno\ndue", "wording it: title: more than one line"},
		{"it", "title", "Ελλάδα", `wording it: title: line: no font here has the letter 'Ε' (U+0395)`},
		{"sl", "title", "☎", "wording sl: title: line: no font here has the letter"},
		{"it", "title", "a\xffb", "wording it: title: line is not UTF-8"},
		{"it", "title", strings.Repeat("i", 301), "wording it: title: line of 301 bytes, at most 300"},
		{"it", "display_name", strings.Repeat("i", 161),
			"wording it: display_name: line of 161 bytes, at most 160"},
		{"it", "person.steps", strings.Repeat("i\n", 8) + "i",
			"wording it: person.steps: 9 lines, at most 8"},
		{"it", "title", "Il QR di {body}", "wording it: title: no {body} here"},
		{"it", "loss.place", "{phone}", "wording it: loss.place: no {phone} here"},
		{"it", "purpose.text", "{adress}", "wording it: purpose.text: no {adress} here"},
	} {
		d := page()
		d.Wording = map[string]qrpdf.Wording{tt.lang: {tt.key: tt.text}}
		var out bytes.Buffer
		assert.ErrorContains(t, d.Write(&out, s), tt.says)
		assert.Zero(t, out.Len())
	}
	d := page()
	step := strings.Repeat("i ", 140)
	d.Layout = qrpdf.Wallet
	d.Wording = map[string]qrpdf.Wording{"it": {"card.checker.steps": step + strings.Repeat("\n"+step, 7)}}
	assert.ErrorContains(t, d.Write(&bytes.Buffer{}, s), "the texts do not fit on the back of the card")
}

// All texts have the same keys in every language: what an embedder replaces in one, they can replace in all.
func TestBuiltInKeys(t *testing.T) {
	want := slices.Sorted(maps.Keys(qrpdf.BuiltIn("it")))
	for _, lang := range languages[:5] {
		assert.Equal(t, want, slices.Sorted(maps.Keys(qrpdf.BuiltIn(lang))), lang)
	}
	for _, key := range []string{"title", "label.issuer", "purpose.heading", "privacy.categories",
		"checker.steps", "card.checker.steps", "desk.fake.text"} {
		assert.Contains(t, want, key)
	}
}

// The page says what holds for this body: what a desk sees, whether a code comes, and where a loss is
// reported.
func TestDocumentSaysWhatIsTrue(t *testing.T) {
	s := printedSymbol(t)
	for _, lang := range languages[:5] {
		built := qrpdf.BuiltIn(lang)
		seen := map[qrpdf.Policy]string{
			"": "privacy.categories", qrpdf.PolicyCategories: "privacy.categories",
			qrpdf.PolicyAny: "privacy.any", qrpdf.PolicySubKinds: "privacy.subkinds",
		}
		for name, layout := range layouts {
			for policy, want := range seen {
				for _, second := range []bool{false, true} {
					d := page()
					d.Lang, d.Layout, d.Policy, d.SecondLevel, d.VoidPhone = lang, layout, policy, second,
						"800 000000"
					said := readOutline(t, write(t, d, s)).all()
					code := map[bool]string{false: "privacy.no_code", true: "privacy.code"}[second]
					if layout == qrpdf.Easy {
						assert.Contains(t, said, strings.ReplaceAll(built["easy."+want], "\n",
							"")+built["easy."+code])
						assert.Equal(t, second, strings.Contains(said,
							strings.Split(built["easy.person.code"], "\n")[0]))
					} else {
						assert.Contains(t, said, built[want]+" "+built[code], "%s %s", name, lang)
						assert.Equal(t, second, strings.Contains(said, built["person.code"]), "%s %s", name,
							lang)
					}
					assert.Contains(t, said, strings.Replace(built["loss.phone"], "{phone}", "800 000000", 1))
					assert.Contains(t, said, strings.Replace(built["loss.place"], "{place}", d.VoidAt, 1))
					assert.NotContains(t, said, built["loss.ask"])
				}
			}
			d := page()
			d.Lang, d.Layout, d.VoidAt, d.VoidPhone = lang, layout, "", ""
			said := readOutline(t, write(t, d, s)).all()
			assert.Contains(t, said, built["loss.ask"], "%s %s", name, lang)
		}
	}
}

// A sheet that a forger prints is as good as ours. It must not send people who check to its own address:
// the steps begin with a page that they know, and the address is labelled as where the symbol leads.
func TestAnchorIsNotThePaper(t *testing.T) {
	s := printedSymbol(t)
	known := map[string]string{"it": "che già conosce", "en": "that you already know",
		"de": "die Sie schon kennen", "fr": "que vous connaissez déjà", "sl": "ki jo že poznate"}
	card := map[string]string{"it": "che già conosce", "en": "that you know", "de": "die Sie kennen",
		"fr": "que vous connaissez", "sl": "ki jo poznate"}
	for _, lang := range languages[:5] {
		built := qrpdf.BuiltIn(lang)
		assert.Contains(t, strings.Split(built["checker.steps"], "\n")[0], known[lang])
		assert.Contains(t, strings.Split(built["card.checker.steps"], "\n")[0], card[lang])
		for key, text := range built {
			if !strings.HasPrefix(key, "desk.") {
				assert.NotContains(t, text, "{host}", key)
			}
		}
		for name, layout := range layouts {
			d := page()
			d.Lang, d.Layout = lang, layout
			var after []string // the texts before each mention of the address
			last := ""
			readOutline(t, write(t, d, s)).walk("", func(n *node, _ string) {
				if strings.Contains(n.text, "https://attesta.example/q") {
					after = append(after, last)
				}
				if n.text != "" {
					last = strings.TrimSpace(n.text)
				}
			})
			assert.Equal(t, []string{built["label.address"]}, after, "%s %s: once, and labelled", name, lang)
		}
	}
}
