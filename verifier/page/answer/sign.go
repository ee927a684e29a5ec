package answer

import (
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// sign returns [Answer.Sign] and [Answer.Cause]. A paper that is refused says nothing about the person, so
// the word "no" is only for a no of the registry.
func sign(lang status.Language, r verifier.Report, headline string) (sign, cause string) {
	word := in(lang).Sign[r.Verdict.String()]
	switch {
	case r.Verdict == api.Confirmed:
		return word, ""
	case r.Verdict == api.NotConfirmed && r.Code != api.CodeNotEntitled:
		return softHyphens.Replace(joined(headline)), ""
	}
	return word, headline
}

// negations deny the word that follows, or the word before if they are last, as in "passt nicht".
var negations = []string{"non", "not", "nicht", "kein", "keine", "pas", "ni", "niso", "ne", "no", "nessun"}

// softHyphens says where a word that is wider than 320 px may break.
var softHyphens = strings.NewReplacer("Steuernummer", "Steuer\u00adnummer")

const noBreak = "\u00a0"

// joined replaces the space between a negation and what it denies by a no-break space. On a narrow screen,
// "confermato" alone on a line would look like a yes.
func joined(text string) string {
	words := strings.Split(text, " ")
	var b strings.Builder
	for i, word := range words {
		if i > 0 {
			last := i == len(words)-1 && isNegation(word)
			if last || isNegation(words[i-1]) {
				b.WriteString(noBreak)
			} else {
				b.WriteString(" ")
			}
		}
		b.WriteString(word)
	}
	return b.String()
}

func isNegation(word string) bool { return slices.Contains(negations, strings.ToLower(word)) }
