package answer

import (
	"errors"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// CFKey returns the key of the text that says what is wrong with a typed codice fiscale, nothing for no error. The texts are
// those of package web.
func CFKey(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, codicefiscale.ErrAlphabet):
		return "cf.alphabet"
	case errors.Is(err, codicefiscale.ErrLength):
		return "cf.length"
	case errors.Is(err, codicefiscale.ErrMonth), errors.Is(err, codicefiscale.ErrDay), errors.Is(err, codicefiscale.ErrDate):
		return "cf.date"
	case errors.Is(err, codicefiscale.ErrCheck):
		return "cf.check"
	}
	return "cf.shape"
}
