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
	assert.Equal(t, "-jwks: Zeile 3 ist zu lang", Tell(status.German, "-jwks: %w", err))
	assert.Equal(t, "-jwks: line 3 is too long", Tell(status.English, "-jwks: %w", err))
	assert.Equal(t, "-jwks: line 3 is too long", Tell("", "-jwks: %w", err))
	assert.Equal(t, "-jwks: line 3 is too long", Tell("la", "-jwks: %w", err))
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
			if lang == status.French {
				assert.NotRegexp(t, ` [:;!?]`, text, "a line break before the mark")
			}
		}
	}
}
