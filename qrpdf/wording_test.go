package qrpdf_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// Every text exists in every language, with the same words in braces in the same places.
func TestCatalogueComplete(t *testing.T) {
	braces := regexp.MustCompile(`\{[^}]*\}`)
	all := qrpdf.Catalogue()
	require.Len(t, all, 5)
	italian := all["it"]
	require.GreaterOrEqual(t, len(italian), 60)
	for lang, texts := range all {
		require.Len(t, texts, len(italian), lang)
		for i, text := range texts {
			require.NotEmpty(t, strings.TrimSpace(text), "%s: %s", lang, italian[i])
			assert.ElementsMatch(t, braces.FindAllString(italian[i], -1), braces.FindAllString(text, -1),
				"%s: %s", lang, text)
			assert.True(t, utf8.ValidString(text))
			assert.NotContains(t, text, "  ", lang)
			assert.NotContains(t, text, "'", "%s: the apostrophe is ’", lang)
			assert.NotContains(t, strings.ToUpper(text), "INPS", lang)
		}
	}
}

// Sentences are short (plain language: at most 25 words), and no text is left in Italian by
// oversight.
func TestCataloguePlain(t *testing.T) {
	all := qrpdf.Catalogue()
	for lang, texts := range all {
		for i, text := range texts {
			for _, sentence := range regexp.MustCompile(`[.:] `).Split(text, -1) {
				assert.LessOrEqual(t, len(strings.Fields(sentence)), 30, "%s: %s", lang, sentence)
			}
			if lang != "it" && len(strings.Fields(text)) > 3 && strings.Count(text, "{") < 3 {
				assert.NotEqual(t, all["it"][i], text, lang)
			}
		}
	}
}

// Easy language (Inclusion Europe's rules): each text is one short sentence, without brackets, abbreviations,
// numbers or long words.
func TestCatalogueEasy(t *testing.T) {
	for lang, texts := range qrpdf.EasyTexts() {
		require.Len(t, texts, 40, lang)
		for _, text := range texts {
			assert.LessOrEqual(t, len(strings.Fields(text)), 11, "%s: %s", lang, text)
			assert.NotRegexp(t, `[.!?].|[();%0-9]`, text, lang)
			for _, word := range regexp.MustCompile(`[ ’-]`).Split(text, -1) {
				assert.LessOrEqual(t, utf8.RuneCountInString(word), 18, "%s: %s", lang, text)
			}
		}
	}
}

// The texts of the catalogue need no second font.
func TestCatalogueLetters(t *testing.T) {
	s := fullOf(t, 5)
	for _, lang := range languages {
		d := page()
		d.Lang = lang
		objects, _ := readPDF(t, write(t, d, s))
		for _, o := range objects {
			assert.NotContains(t, o.text, "AttestaSupplementSans", lang)
		}
	}
}
