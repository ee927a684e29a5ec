package words

import (
	"errors"
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
	assert.Equal(t, "Schlüssel der Stelle: Zeile 3 ist zu lang", Tell(status.German, "key set: %w", err))
	assert.Equal(t, "key set: line 3 is too long", Tell(status.English, "key set: %w", err))
	assert.Equal(t, "key set: line 3 is too long", Tell("", "key set: %w", err))
	assert.Equal(t, "key set: line 3 is too long", Tell("la", "key set: %w", err))
}
