package words

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

func TestErrorf(t *testing.T) {
	err := Errorf("line %d: malformed codice fiscale: %w", 3, codicefiscale.ErrCheck)
	assert.EqualError(t, err, "line 3: malformed codice fiscale: "+codicefiscale.ErrCheck.Error())
	assert.ErrorIs(t, err, codicefiscale.ErrCheck)
	assert.NoError(t, errors.Unwrap(Errorf("nothing in it")))
}

func TestTell(t *testing.T) {
	err := Errorf("line %d is too long", 3)
	assert.Equal(t, "Schlüssel der Stelle: Zeile 3 ist zu lang", Tell(status.German, "key set: %v", err))
	assert.Equal(t, "key set: line 3 is too long", Tell(status.English, "key set: %v", err))
	assert.Equal(t, "key set: line 3 is too long", Tell("", "key set: %v", err))
	assert.Equal(t, "key set: line 3 is too long", Tell("la", "key set: %v", err))
}

func TestTellText(t *testing.T) {
	for text, want := range map[string]string{
		"is missing":                          "fehlt",
		"birth: is missing":                   "birth: fehlt",
		"verbale: outcome.percent is missing": "verbale: outcome.percent fehlt",
		"this is missing nothing":             "this is missing nothing",
		"":                                    "",
	} {
		assert.Equal(t, want, TellText(status.German, text))
		assert.Equal(t, text, TellText(status.English, text))
	}
}

func TestFormOfMessages(t *testing.T) {
	for _, lang := range status.Languages() {
		for english, text := range in(lang).Message {
			assert.Equal(t, strings.TrimSpace(text), text)
			assert.NotContains(t, text, "'", "a typewriter's apostrophe")
			assert.NotContains(t, text, "  ")
			assert.Equal(t, strings.HasSuffix(english, "."), strings.HasSuffix(text, "."), english)
		}
	}
}
