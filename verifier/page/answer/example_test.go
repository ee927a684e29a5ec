package answer_test

import (
	"fmt"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// Each code has words for the person at the desk: what to print big, why, and what to do next.
func ExampleFor() {
	for _, lang := range []status.Language{status.Italian, status.German} {
		w := answer.For(lang, api.CodeExpired)
		fmt.Println(w.Headline)
		fmt.Println(w.Sentence)
		fmt.Println(w.Next)
	}
	// Output:
	// Foglio scaduto
	// Il foglio è autentico, ma non vale più. Questo non dice nulla sulla persona.
	// Chieda un foglio nuovo. La persona lo riceve dall’ente in qualsiasi momento.
	// Blatt abgelaufen
	// Das Blatt ist echt, aber nicht mehr gültig. Das sagt nichts über die Person.
	// Bitten Sie um ein neues Blatt. Die Person bekommt es jederzeit von der Stelle.
}

// The issuer's problems have words too, and so have the three verdicts.
func ExampleForProblem() {
	fmt.Println(answer.ForProblem(status.English, api.RateLimited).Headline)
	fmt.Println(answer.ForVerdict(status.Slovene, api.CannotTell).Headline)
	// Output:
	// Too many checks
	// Brez odgovora: ni mogoče reči
}
