package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/verifier/api"
)

func ExampleNewProblem() {
	text, err := json.MarshalIndent(api.NewProblem(api.NoMatch), "", "  ")
	fmt.Println(string(text), err)
	// Output:
	// {
	//   "type": "urn:attesta:problem:no_match",
	//   "title": "paper and codice fiscale do not match",
	//   "status": 422,
	//   "code": "no_match"
	// } <nil>
}

func TestProblemCodes(t *testing.T) {
	codes := api.ProblemCodes()
	assert.Len(t, codes, 39)
	seen := map[api.ProblemCode]bool{}
	for _, c := range codes {
		assert.False(t, seen[c], c)
		seen[c] = true
		assert.NotEmpty(t, http.StatusText(c.Status()), c)
		assert.GreaterOrEqual(t, c.Status(), 400, c)
		want := api.Problem{Type: c.Type(), Title: c.Title(), Status: c.Status(), Code: c}
		assert.Equal(t, want, api.NewProblem(c))
	}
	assert.Zero(t, api.ProblemCode("invented").Status())
	assert.Equal(t, api.NewProblem(api.Internal), api.NewProblem("invented"))
}

func TestCaseNumberAllowed(t *testing.T) {
	for s, want := range map[string]bool{
		"":                        true,
		"2026/0017":               true,
		"PRAT. 12-b":              true,
		"20260000012345":          true,
		"12345678":                true,
		strings.Repeat("a", 40):   true,
		strings.Repeat("a", 41):   false,
		" 1":                      false,
		"a\nb":                    false,
		"è":                       false,
		"RSSMRA80A01H501U":        false,
		"rss mra 80a01 h501u":     false,
		"case RSSMRA80A01H501U":   false,
		"RSSMRAUMA01H501U":        false, // omocodia
		"12345678901":             false, // a provisional code
		"+393510000067":           false,
		"351 000 0067":            false,
		"0039 351 0000067":        false,
		"06-1234567":              false,
		"mario@example.it":        false,
		`x","outcome":"confirmed`: false,
		"<b>":                     false,
	} {
		assert.Equal(t, want, api.CaseNumberAllowed(s), "%q", s)
	}
}

func TestOpenAPI(t *testing.T) {
	text := api.OpenAPI()
	assert.True(t, strings.HasPrefix(text, "openapi: 3.1.0\n"))
	for _, path := range []string{
		api.PathJWKS, api.PathHealth, api.PathBenefits, api.PathOpenAPI, api.PathFirstLevel,
		api.PathSecondLevel,
		api.PathResend, api.PathAnswers,
	} {
		below := strings.TrimPrefix(path, "/v1") // the document's servers end in /v1
		assert.True(t, strings.Contains(text, "\n  "+below+":\n"), path)
	}
}
