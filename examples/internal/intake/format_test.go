package intake_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/intake"
	"github.com/qr-invalidita/attesta/status"
)

// The explanation shows exactly what is read.
func TestFormatExplainsWhatIsRead(t *testing.T) {
	text := intake.Format()
	csv := regexp.MustCompile(`(?m)^  codice_fiscale,.*\n  .*\n`).FindString(text)
	require.NotEmpty(t, csv)
	want := "RSSMRA80A01H501U 1980-01-01 Mario Rossi IC/2021/0101 ic_over_two_thirds 74"
	assert.Equal(t, []string{"2: " + want}, read(t, csv, intake.CSV))
	_, json, _ := strings.Cut(text, "  {")
	json, _, _ = strings.Cut("{"+json, "     (all")
	json = strings.ReplaceAll(json, "\n   ", "")
	assert.Equal(t, []string{"1: " + want + " sms+393510000101"}, read(t, json, intake.JSONL))

	for _, list := range [][]string{words(status.Kinds()), words(status.Classes()),
		words(status.AnnotationCodes()), words(status.Languages()), words(status.TitleKinds())} {
		for _, word := range list {
			assert.Contains(t, text, word)
		}
	}
	header, err := os.ReadFile("testdata/people.csv")
	require.NoError(t, err)
	names, _, _ := strings.Cut(string(header), "\n")
	for _, column := range strings.Split(names, ";") {
		assert.Regexp(t, `(?m)^  ([a-z0-9_]+, )*`+column+`\b`, text)
	}
	for _, domain := range status.Domains() {
		assert.Contains(t, text, string(domain))
	}
}

func words[T ~string](list []T) (out []string) {
	for _, w := range list {
		out = append(out, string(w))
	}
	return out
}
