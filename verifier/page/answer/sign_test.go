package answer

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// The first word tells the outcomes apart in each language. A no without a cause about the paper, a yes and
// "cannot tell" are one word, which fits a line of 320 px.
func TestSign(t *testing.T) {
	for _, lang := range status.Languages() {
		first := map[string]api.Outcome{}
		for _, code := range append(api.Codes(), "") {
			report := verifier.Report{Authenticity: verifier.Authentic, Code: code, Verdict: code.Outcome()}
			if code == "" {
				report.Verdict = api.Confirmed
			}
			a := Of(lang, report, benefit.Default())
			words := strings.Fields(a.Sign)
			if earlier, ok := first[words[0]]; ok {
				assert.Equal(t, earlier, report.Verdict, "%s: %s", lang, a.Sign)
			}
			first[words[0]] = report.Verdict
			assert.Equal(t, report.Verdict == api.Confirmed, a.Confirmed)
			if report.Verdict != api.NotConfirmed || code == api.CodeNotEntitled {
				assert.Len(t, words, 1, "%s %s", lang, code)
				assert.Equal(t, report.Verdict != api.Confirmed, a.Cause != "")
			}
			for _, part := range strings.Split(a.Sign, " ") {
				assert.LessOrEqual(t, utf8.RuneCountInString(part), 13, "%s %s: %s", lang, code, part)
				assert.False(t, isNegation(part) && part != a.Sign, "%s: %s", lang, a.Sign)
			}
		}
	}
}

func TestJoined(t *testing.T) {
	for text, want := range map[string]string{
		"Non confermato": "Non\u00a0confermato", "Steuernummer passt nicht": "Steuernummer passt\u00a0nicht",
		"Nicht bestätigt": "Nicht\u00a0bestätigt", "Contenu non valable": "Contenu non\u00a0valable",
		"Davčna številka se ne ujema": "Davčna številka se ne\u00a0ujema", "No": "No", "": "",
	} {
		assert.Equal(t, want, joined(text))
	}
}
