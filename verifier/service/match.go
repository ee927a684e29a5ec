package service

import (
	"context"
	"errors"
	"strings"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// maxQR is the longest QR text: a token and an address of any sensible length.
const maxQR = 2048

// match takes the steps that both levels share: token, reference, cut-off. The code is empty if the paper is good and
// this person's, else why it is not.
func (v *server) match(ctx context.Context, qr string, cf codicefiscale.Code) (code string, f *fault) {
	if len(qr) > maxQR {
		return string(token.ErrSize), nil
	}
	keys, err := v.Keys()
	if err != nil {
		return "", unavailable("Keys", err)
	}
	claims, err := token.Verify(token.FromQRText(strings.TrimSpace(qr)), keys, v.Now())
	var cause token.Cause
	switch {
	case errors.As(err, &cause):
		return string(cause), nil
	case err != nil:
		return "", unavailable("Keys", err)
	}
	matched, replaced, f := v.reference(ctx, claims, cf)
	if f != nil {
		return "", f
	}
	if f := v.takeMismatch(ctx, claims.Subject, matched || replaced); f != nil {
		return "", f
	}
	switch {
	case replaced:
		return api.CodeReplaced, nil
	case !matched:
		return api.CodeCFMismatch, nil
	}
	cutoff, err := v.VoidBefore(ctx, cf)
	switch {
	case err != nil:
		return "", unavailable("VoidBefore", err)
	case claims.IssuedAt.Before(cutoff):
		return api.CodeVoid, nil
	}
	return "", nil
}

// minMatches is how many earlier codes are compared at least, so that the time does not tell somebody whose
// code has changed from others. More than a few changes in a life are not known.
const minMatches = 4

// reference compares the paper with the code that was typed and, where it is not of that one, with the
// earlier codes of the same person. Every code takes the same calls in the same order.
func (v *server) reference(ctx context.Context, claims token.Claims, cf codicefiscale.Code) (matched, replaced bool, f *fault) {
	if matched, f = v.matches(claims, cf); f != nil || v.Codes == nil {
		return matched, false, f
	}
	earlier, successor, err := v.Codes(ctx, cf)
	if err != nil {
		return false, false, unavailable("Codes", err)
	}
	replaced = matched && successor
	for n := range max(len(earlier), minMatches) {
		compared := cf
		if n < len(earlier) {
			compared = earlier[n]
		}
		hit, f := v.matches(claims, compared)
		if f != nil {
			return false, false, f
		}
		replaced = replaced || hit && !matched
	}
	return matched, replaced, nil
}

func (v *server) matches(claims token.Claims, cf codicefiscale.Code) (bool, *fault) {
	err := v.Issuer.Match(claims, cf)
	if err != nil && !errors.Is(err, token.ErrCFMismatch) {
		return false, unavailable("Issuer", err)
	}
	return err == nil, nil
}

// lookup reads the judgement of today, as the issuer's zone has it.
func (v *server) lookup(ctx context.Context, cf codicefiscale.Code) (s status.Status, o outcome, f *fault) {
	s, err := status.Lookup(ctx, v.Source, cf, status.DateOf(v.Now().In(v.Zone)))
	switch {
	case errors.Is(err, status.ErrNoStatus):
		return s, outcome{api.CannotTell, api.CodeNoStatusHere}, nil
	case errors.Is(err, status.ErrClassNotHeld):
		return s, outcome{api.CannotTell, api.CodeClassNotHeld}, nil
	case err != nil:
		return s, outcome{}, unavailable("Source", err)
	}
	return s, outcome{}, nil
}
