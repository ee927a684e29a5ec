package service

import (
	"context"
	"errors"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// maxQR is the longest QR text: a token and an address of any sensible length.
const maxQR = 2048

// match takes the steps that both levels share: token, reference, cut-off. The code is empty if the paper is
// good and this person's, else why it is not.
func (v *Service) match(ctx context.Context, c Caller, qr string,
	cf codicefiscale.Code) (code api.Code, f *fault) {
	claims, code, f := v.verify(c, qr)
	if f != nil || code != "" {
		return code, f
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
	cutoff, err := v.cfg.VoidBefore(ctx, cf)
	switch {
	case err != nil:
		return "", unavailable("VoidBefore", err)
	case claims.IssuedAt.Before(cutoff):
		return api.CodeVoid, nil
	}
	return "", nil
}

// verify reads the token in the text, unless the caller has done so.
func (v *Service) verify(c Caller, qr string) (token.Claims, api.Code, *fault) {
	switch {
	case c.verified != nil:
		return *c.verified, "", nil
	case len(qr) > maxQR:
		return token.Claims{}, api.CodeSize, nil
	}
	keys, err := v.cfg.Keys()
	if err != nil {
		return token.Claims{}, "", unavailable("Keys", err)
	}
	var claims token.Claims
	jws, err := token.FromQRText(qr)
	if err == nil {
		claims, err = token.Verify(jws, keys, v.cfg.Now())
	}
	var cause token.Cause
	switch {
	case errors.As(err, &cause):
		return token.Claims{}, api.Code(cause), nil
	case err != nil:
		return token.Claims{}, "", unavailable("Keys", err)
	}
	return claims, "", nil
}

// today is the day in the issuer's zone.
func (v *Service) today() status.Date { return status.DateOf(v.cfg.Now().In(v.cfg.Zone)) }

// lookup reads the judgement of today, as the issuer's zone has it. The code is empty if there is one, else
// why there is none.
func (v *Service) lookup(ctx context.Context,
	cf codicefiscale.Code) (s status.Status, code api.Code, f *fault) {
	s, err := status.Lookup(ctx, v.cfg.Source, cf, v.today())
	switch {
	case errors.Is(err, status.ErrNoStatus):
		return s, api.CodeNoStatusHere, nil
	case errors.Is(err, status.ErrClassNotHeld):
		return s, api.CodeClassNotHeld, nil
	case err != nil:
		return s, "", unavailable("Source", err)
	}
	return s, "", nil
}
