package token

import (
	"context"
	"errors"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// ErrNoSigningKey means that none of the issuer's keys may sign now: all are retired, revoked or
// too new.
var ErrNoSigningKey = errors.New("no key may sign now: add one")

// Issuer issues tokens and recognises whose they are. Keys and References must be set; the other
// fields have defaults. Its methods are safe for concurrent use as long as nobody changes the
// fields.
type Issuer struct {
	// Keys are the signing keys, all of one issuer. Of those whose dates allow it, the one with
	// the latest NotBefore signs.
	Keys []*SigningKey
	// References recognise the tokens issued under them. The first one is used for new tokens.
	References []ReferenceKey
	// Validity is the lifetime of a token; zero means DefaultValidity. Fractions of a second are
	// dropped.
	Validity time.Duration
	// Commitments limits the work of the offline profile; nil means one evaluation at a time for
	// each call.
	Commitments *Commitments
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Issue returns a token of the online profile for the person, and its claims. Two calls within a
// second return the same token if the key is in memory or is Ed25519. It fails if the code is the
// zero Code, with [ErrNoSigningKey], if there is no reference key, or if the signer fails.
func (i *Issuer) Issue(cf codicefiscale.Code) (string, Claims, error) {
	key, c, err := i.claim(cf)
	if err != nil {
		return "", Claims{}, err
	}
	return key.issue(c)
}

// IssueOffline is like [Issuer.Issue], but adds the commitment of the offline profile. The
// commitment lets a verifier without a network compare a codice fiscale, and lets anybody with
// the QR guess one: see "What stays guessable" in the package comment.
func (i *Issuer) IssueOffline(ctx context.Context, cf codicefiscale.Code) (string, Claims, error) {
	key, c, err := i.claim(cf)
	if err != nil {
		return "", Claims{}, err
	}
	commitments := i.Commitments
	if commitments == nil {
		commitments = new(Commitments)
	}
	if c.Commitment, err = commitments.commit(ctx, c, cf); err != nil {
		return "", Claims{}, err
	}
	return key.issue(c)
}

// Match reports whether a token was issued for the person. The claims must come from [Verify].
// The result is nil, [ErrCFMismatch] or [ErrNoReferenceKey]. The comparison takes the same time
// wherever the codes differ.
func (i *Issuer) Match(c Claims, cf codicefiscale.Code) error {
	if cf.IsZero() {
		return errInvalidCode
	}
	return matchReference(i.References, c, cf)
}

func (i *Issuer) claim(cf codicefiscale.Code) (*SigningKey, Claims, error) {
	now := i.now()
	key := i.current(now)
	switch {
	case cf.IsZero():
		return nil, Claims{}, errInvalidCode
	case key == nil:
		return nil, Claims{}, ErrNoSigningKey
	case len(i.References) == 0 || i.References[0].secret == nil:
		return nil, Claims{}, errors.New("issuer has no reference key")
	}
	validity := i.Validity
	if validity == 0 {
		validity = DefaultValidity
	}
	c := Claims{
		Issuer:   key.public.issuer,
		Subject:  i.References[0].reference(key.public.issuer, cf),
		IssuedAt: now.Truncate(time.Second),
		Expires:  now.Add(validity).Truncate(time.Second),
	}
	switch {
	case c.IssuedAt.Unix() < 1 || !c.Expires.After(c.IssuedAt) || c.Expires.Unix() >= timeLimit:
		return nil, Claims{}, errors.New("validity is shorter than a second, or the clock is outside the " +
			"format's range")
	case !key.PublishUntil.IsZero() && c.Expires.After(key.PublishUntil):
		return nil, Claims{}, errors.New("token would outlive the publication of its key: validity is " +
			"longer than the key was made for")
	}
	return key, c, nil
}

func (i *Issuer) current(now time.Time) *SigningKey {
	var current *SigningKey
	for _, k := range i.Keys {
		if k != nil && k.signer != nil && k.CanSign(now) &&
			(current == nil || k.NotBefore.After(current.NotBefore)) {
			current = k
		}
	}
	return current
}

func (i *Issuer) now() time.Time {
	if i.Now == nil {
		return time.Now()
	}
	return i.Now()
}

// issue signs the claims as a token.
func (k *SigningKey) issue(c Claims) (string, Claims, error) {
	text, err := k.compact(tokenType, c.appendTo(nil))
	if err != nil {
		return "", Claims{}, err
	}
	return text, c, nil
}
