package answer

import (
	"errors"
	"strings"
	"unicode"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// ReadCF reads a codice fiscale as somebody types it, with spaces where they like; if it has 11 characters, a provisional one.
func ReadCF(typed string) (codicefiscale.Code, error) {
	typed = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, typed)
	if len(typed) == provisionalLength {
		return codicefiscale.ParseProvisional(typed)
	}
	return codicefiscale.Parse(typed)
}

const provisionalLength = 11

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
