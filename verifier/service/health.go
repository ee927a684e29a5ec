package service

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/internal/cause"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// A ReadyPart is a Source or an AccessLog of [Config] that knows whether it can do its work. A registry
// returns an error if it cannot be read, an access log if it cannot be written, for example because the
// database is read-only. Ready changes nothing.
type ReadyPart interface {
	Ready(context.Context) error
}

// healthFor is how long an answer about the parts holds. A check makes a signature, and anybody may ask.
const healthFor = 10 * time.Second

// health is what the service last knew of its parts.
type health struct {
	mu      sync.Mutex
	at      time.Time
	failing []*PartError
}

// Failing returns the parts that cannot work now, in the order of the contract: Keys, Signer, ReceiptKey and
// Source, which both levels need, then AccessLog and OTP, which the second level needs. It makes a signature
// to find out whether a key still signs, and asks each part that is a [ReadyPart] and OTP, whose sender may
// ask its provider. The answer may be 10 seconds old.
func (v *Service) Failing(ctx context.Context) []*PartError {
	v.health.mu.Lock()
	defer v.health.mu.Unlock()
	if age := v.cfg.Now().Sub(v.health.at); age >= 0 && age < healthFor {
		return v.health.failing
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), v.cfg.Timeout)
	defer cancel()
	var failing []*PartError
	ask := func(part string, err error) {
		if err != nil {
			failing = append(failing, &PartError{part, err})
			v.report(ctx, "part cannot work", part, err)
		}
	}
	keys, err := v.cfg.Keys(ctx)
	if err == nil && len(keys) == 0 {
		err = token.ErrNoKeys
	}
	ask("Keys", err)
	if err == nil {
		ask("Signer", v.checkSigner(ctx, keys))
		ask("ReceiptKey", v.checkReceiptKey(ctx, keys))
	}
	ask("Source", ready(ctx, v.cfg.Source))
	if v.cfg.OTP != nil {
		ask("AccessLog", ready(ctx, v.cfg.AccessLog))
		ask("OTP", v.cfg.OTP.Ready(ctx))
	}
	v.health.at, v.health.failing = v.cfg.Now(), failing // those who wait now need not ask again
	return failing
}

func ready(ctx context.Context, part any) error {
	if p, ok := part.(ReadyPart); ok {
		return p.Ready(ctx)
	}
	return nil
}

var (
	errNoSigner    = cause.New("service: Signer returned nil")
	errSigners     = cause.New("service: Signer has a nil key or a key of another issuer")
	errNoReference = cause.New("service: Signer has no reference key, or a zero one")
	errUnpublished = cause.New("service: the issuer's signing key is not among the published keys")
	errReceiptKey  = cause.New("service: the key of receipts is not among the published keys")
)

// signer returns the present signer, which is not nil.
func (v *Service) signer(ctx context.Context) (*token.Signer, error) {
	signer, err := v.cfg.Signer(ctx)
	if err == nil && signer == nil {
		err = errNoSigner
	}
	return signer, err
}

// checkSigner checks that the signer signs, and that the published keys verify it.
func (v *Service) checkSigner(ctx context.Context, keys []token.PublicKey) error {
	foreign := func(k *token.SigningKey) bool { return k == nil || k.Public().IssuerName() != v.name }
	signer, err := v.signer(ctx)
	switch {
	case err != nil:
		return err
	case slices.ContainsFunc(signer.Keys, foreign):
		return errSigners
	case len(signer.References) == 0 || slices.Contains(signer.References, token.ReferenceKey{}):
		return errNoReference
	}
	const probe = "attesta-probe+jwt"
	text, err := signer.SignJWS(ctx, probe, []byte("{}"))
	if err != nil {
		return err
	}
	if _, err := token.VerifyJWS(probe, text, keys, token.MaxSize); err != nil {
		return errUnpublished
	}
	return nil
}

// checkReceiptKey checks that the key of receipts signs, if there is one, and that the published keys verify
// it.
func (v *Service) checkReceiptKey(ctx context.Context, keys []token.PublicKey) error {
	if v.cfg.ReceiptKey == nil {
		return nil
	}
	text, err := v.signReceipt(ctx, []byte("{}"))
	if err != nil {
		return err
	}
	if _, err := token.VerifyJWS(api.ReceiptType, text, keys, token.MaxSize); err != nil {
		return errReceiptKey
	}
	return nil
}

// serveHealth reports whether the service can answer at the first level, whether it offers the second level
// over HTTP, and which parts cannot work.
func (v *Service) serveHealth(w http.ResponseWriter, r *http.Request) {
	first, second := true, v.cfg.OTP != nil && v.cfg.Authenticate != nil
	var names []string
	for _, f := range v.Failing(r.Context()) {
		names = append(names, wirePart(f.Part))
		second = false
		first = first && (f.Part == "AccessLog" || f.Part == "OTP")
	}
	if !first {
		f := refuse(api.Unavailable)
		f.Failing = slices.Compact(names) // two signers have one name
		v.refuse(w, r, f)
		return
	}
	write(w, api.ContentTypeProblem, http.StatusOK, api.Health{Type: "about:blank", Title: "OK",
		Status: http.StatusOK, SecondLevel: second, Page: v.cfg.Page, Failing: names})
}

// wirePart returns the name of a part in the contract.
func wirePart(part string) string {
	switch part {
	case "Keys":
		return api.PartKeys
	case "Signer", "ReceiptKey":
		return api.PartSigner
	case "Source":
		return api.PartRegistry
	case "AccessLog":
		return api.PartAccessLog
	}
	return api.PartConsent
}
