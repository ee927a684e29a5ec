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

// The first word tells the outcomes apart in each language, and no headline begins as that of another
// outcome. A no without a cause about the paper and a yes are one word, which fits a line of 320 px.
func TestSign(t *testing.T) {
	for _, lang := range status.Languages() {
		said := map[string]api.Outcome{}
		for _, outcome := range []api.Outcome{api.Confirmed, api.NotConfirmed, api.CannotTell} {
			said[ForVerdict(lang, outcome).Headline] = outcome
		}
		for _, code := range append(api.Codes(), "") {
			report := verifier.Report{Authenticity: verifier.Authentic, Code: code, Verdict: code.Outcome()}
			if code == "" {
				report.Verdict = api.Confirmed
			}
			a := Of(lang, report, benefit.Default())
			words := strings.Fields(a.Sign)
			said[a.Sign] = report.Verdict
			assert.Equal(t, report.Verdict == api.Confirmed, a.Confirmed)
			if report.Verdict != api.NotConfirmed || code == api.CodeNotEntitled {
				assert.True(t, len(words) == 1 || len(words) == 2 && report.Verdict == api.CannotTell, a.Sign)
				assert.Equal(t, report.Verdict != api.Confirmed, a.Cause != "")
			}
			for _, part := range strings.Split(a.Sign, " ") {
				assert.LessOrEqual(t, utf8.RuneCountInString(part), 13, "%s %s: %s", lang, code, part)
				assert.False(t, isNegation(part) && part != a.Sign, "%s: %s", lang, a.Sign)
			}
		}
		for one, outcome := range said {
			first := strings.Fields(one)[0]
			for other, its := range said {
				if outcome != its {
					assert.NotRegexp(t, "(?i)^"+first, other, "%s: %s", lang, one)
				}
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
