package service

import (
	"context"
	"errors"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// match makes the checks that both levels share: token, reference, cut-off date. It returns an empty code if
// the paper is valid and belongs to this person.
func (v *Service) match(ctx context.Context, c Caller, qr string,
	cf codicefiscale.Code) (code api.Code, f *fault) {
	claims, code, f := v.verify(ctx, c, qr)
	if f != nil || code != "" {
		return code, f
	}
	matched, replaced, f := v.reference(ctx, claims, cf)
	if f != nil {
		return "", f
	}
	tried, f := v.takeMismatch(ctx, c, claims.Subject, matched || replaced)
	if f != nil {
		return "", f
	}
	if tried > 0 {
		v.tell(ctx, claims.Subject, WrongCodes{Person: cf, Count: tried, At: v.cfg.Now()})
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
	case claims.IsVoid(cutoff):
		return api.CodeVoid, nil
	}
	return "", nil
}

// verify verifies the token in the text, unless the caller has already done so.
func (v *Service) verify(ctx context.Context, c Caller, qr string) (token.Claims, api.Code, *fault) {
	if c.verified != nil {
		return *c.verified, "", nil
	}
	keys, err := v.cfg.Keys(ctx)
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

// today returns the present day in the issuer's time zone.
func (v *Service) today() status.Date { return status.DateOf(v.cfg.Now().In(v.cfg.Zone)) }

// lookup reads today's status. If there is none, the code says why. A faulty record is not "try again": it
// decides nothing until the registry corrects it.
func (v *Service) lookup(ctx context.Context,
	cf codicefiscale.Code) (s status.Status, code api.Code, f *fault) {
	s, err := status.Lookup(ctx, v.cfg.Source, cf, v.today())
	var record *status.RecordError
	switch {
	case errors.As(err, &record):
		v.report(ctx, "record is faulty", "Source", err)
		return s, api.CodeUndecided, nil
	case errors.Is(err, status.ErrNoStatus):
		return s, api.CodeNoStatusHere, nil
	case errors.Is(err, status.ErrClassNotHeld):
		return s, api.CodeClassNotHeld, nil
	case err != nil:
		return s, "", unavailable("Source", err)
	}
	return s, "", nil
}
