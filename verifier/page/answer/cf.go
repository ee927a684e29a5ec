package answer

import (
	"errors"
	"strings"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// ReadCF parses a typed codice fiscale and ignores spaces. A code of 11 characters is a provisional one.
func ReadCF(typed string) (codicefiscale.Code, error) {
	return codicefiscale.ParseAny(withoutSpace(typed))
}

// withoutSpace removes the spaces from a typed codice fiscale.
func withoutSpace(typed string) string { return strings.Join(strings.Fields(typed), "") }

// CFKey returns the key of the text for an error of [ReadCF], or "" if err is nil. Package web has the texts.
func CFKey(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, codicefiscale.ErrAlphabet):
		return "cf.alphabet"
	case errors.Is(err, codicefiscale.ErrLength):
		return "cf.length"
	case errors.Is(err, codicefiscale.ErrMonth),
		errors.Is(err, codicefiscale.ErrDay),
		errors.Is(err, codicefiscale.ErrDate):
		return "cf.date"
	case errors.Is(err, codicefiscale.ErrCheck):
		return "cf.check"
	case errors.Is(err, codicefiscale.ErrPerson):
		return "cf.person"
	}
	return "cf.shape"
}
