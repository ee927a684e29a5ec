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
	var claims token.Claims
	jws, err := token.FromQRText(qr)
	if err == nil {
		claims, err = token.Verify(jws, keys, v.Now())
	}
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

// today is the day in the issuer's zone.
func (v *server) today() status.Date { return status.DateOf(v.Now().In(v.Zone)) }

// lookup reads the judgement of today, as the issuer's zone has it.
func (v *server) lookup(ctx context.Context, cf codicefiscale.Code) (s status.Status, o outcome, f *fault) {
	s, err := status.Lookup(ctx, v.Source, cf, v.today())
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
