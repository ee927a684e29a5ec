package service

import (
	"context"
	"errors"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
)

// minMatches is the minimum number of comparisons with earlier codes. It hides from the response time whether
// a person's code has changed. Few people have more earlier codes.
const minMatches = 4

// reference compares the paper with the code that was typed, and with the earlier codes of the same person.
// It makes the same calls in the same order for every code.
func (v *Service) reference(ctx context.Context, claims token.Claims,
	cf codicefiscale.Code) (matched, replaced bool, f *fault) {
	signer, err := v.signer(ctx)
	if err != nil {
		return false, false, unavailable("Signer", err)
	}
	if matched, f = matches(signer, claims, cf); f != nil || v.cfg.Codes == nil {
		return matched, false, f
	}
	earlier, successor, err := v.cfg.Codes(ctx, cf)
	if err != nil {
		return false, false, unavailable("Codes", err)
	}
	replaced = matched && successor
	for n := range max(len(earlier), minMatches) {
		compared := cf
		if n < len(earlier) {
			compared = earlier[n]
		}
		hit, f := matches(signer, claims, compared)
		if f != nil {
			return false, false, f
		}
		replaced = replaced || hit && !matched
	}
	return matched, replaced, nil
}

func matches(signer *token.Signer, claims token.Claims, cf codicefiscale.Code) (bool, *fault) {
	err := signer.Match(claims, cf)
	if err != nil && !errors.Is(err, token.ErrCFMismatch) {
		return false, unavailable("Signer", err)
	}
	return err == nil, nil
}
