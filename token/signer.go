package token

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/qr-invalidita/attesta/internal/cause"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// ErrNoSigningKey means that none of the issuer's keys may sign now: all are retired, revoked or
// too new.
var ErrNoSigningKey = cause.New("no key may sign now: add one, if this clock is right")

// Signer issues tokens and recognises whose they are. Keys and References must be set; the other
// fields have defaults. Its methods are safe for concurrent use as long as nobody changes the
// fields.
type Signer struct {
	// Keys are the signing keys, all of one issuer. Of those whose dates allow it, the one with
	// the latest NotBefore signs.
	Keys []*SigningKey
	// References recognise the tokens issued under them. The first one is used for new tokens.
	References []ReferenceKey
	// Years is for how many calendar years a token is valid; zero means DefaultYears. The last day
	// is the day of issue so many years later (28 February for 29 February), and is included.
	Years int
	// Zone is where that day ends; nil means [DefaultZone], which is then loaded for each token. A
	// service loads its zone once, when it starts.
	Zone *time.Location
	// CutOffs keeps the cut-offs of the people. Then no token is dated before its person's cut-off,
	// and a loss can be reported ([Signer.Reissue]). Nil means that papers are never void.
	CutOffs CutOffs
	// Commitments limits the work of the offline profile; nil means one evaluation at a time for
	// each call.
	Commitments *Commitments
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Issue returns a token of the online profile for the person, and its claims. Two calls within a
// second return the same token if the key is in memory or is Ed25519. It fails if the code is the
// zero Code, with [ErrNoSigningKey], with [ErrClock], if there is no reference key, or if the
// signer or CutOffs fails. If the paper replaces a lost one, call [Signer.Reissue].
func (s *Signer) Issue(ctx context.Context, cf codicefiscale.Code) (string, Claims, error) {
	at, err := s.since(ctx, cf)
	if err != nil {
		return "", Claims{}, err
	}
	return s.issueAt(ctx, cf, at, false)
}

// IssueOffline is like [Signer.Issue], but adds the commitment of the offline profile. The
// commitment lets a verifier without a network compare a codice fiscale, and lets anybody with
// the QR guess one: see "What stays guessable" in the package comment.
func (s *Signer) IssueOffline(ctx context.Context, cf codicefiscale.Code) (string, Claims, error) {
	at, err := s.since(ctx, cf)
	if err != nil {
		return "", Claims{}, err
	}
	return s.issueAt(ctx, cf, at, true)
}

// issueAt signs a token with that time of issue.
func (s *Signer) issueAt(ctx context.Context, cf codicefiscale.Code, at time.Time,
	offline bool) (string, Claims, error) {
	key, c, err := s.claim(cf, at)
	if err != nil {
		return "", Claims{}, err
	}
	if offline {
		commitments := s.Commitments
		if commitments == nil {
			commitments = new(Commitments)
		}
		if c.Commitment, err = commitments.commit(ctx, c, cf); err != nil {
			return "", Claims{}, err
		}
	}
	text, err := key.compact(ctx, tokenType, c.appendTo(nil))
	if err != nil {
		return "", Claims{}, err
	}
	return text, c, nil
}

// Match reports whether a token was issued for the person. The claims must come from [Verify].
// The result is nil, [ErrCFMismatch] or [ErrNoReferenceKey]. The comparison takes the same time
// wherever the codes differ.
func (s *Signer) Match(c Claims, cf codicefiscale.Code) error {
	if cf.IsZero() {
		return errInvalidCode
	}
	return matchReference(s.References, c, cf)
}

func (s *Signer) claim(cf codicefiscale.Code, at time.Time) (*SigningKey, Claims, error) {
	now := s.now()
	key, err := s.signing(now)
	switch {
	case cf.IsZero():
		return nil, Claims{}, errInvalidCode
	case err != nil:
		return nil, Claims{}, err
	case len(s.References) == 0 || s.References[0].secret == nil:
		return nil, Claims{}, errors.New("issuer has no reference key")
	}
	expires, err := s.expiry(at)
	if err != nil {
		return nil, Claims{}, err
	}
	c := Claims{IssuerName: key.public.issuer, IssuedAt: time.Unix(at.Unix(), 0), Expires: expires}
	c.Subject = s.References[0].reference(c, cf)
	switch {
	case c.IssuedAt.After(now.Add(Leeway)):
		return nil, Claims{}, ErrClock
	case c.IssuedAt.Unix() < 1 || !c.Expires.After(c.IssuedAt) || c.Expires.Unix() >= timeLimit:
		return nil, Claims{}, errors.New("validity ends before it begins, or the clock is outside the " +
			"format's range")
	case !key.PublishUntil.IsZero() && c.Expires.After(key.PublishUntil):
		return nil, Claims{}, errors.New("token would outlive the publication of its key: validity is " +
			"longer than the key was made for")
	}
	return key, c, nil
}

// expiry returns the midnight after the last day of a token that is issued at that time.
func (s *Signer) expiry(at time.Time) (time.Time, error) {
	zone := s.Zone
	if zone == nil {
		var err error
		if zone, err = time.LoadLocation(DefaultZone); err != nil {
			return time.Time{}, err
		}
	}
	year, month, day := at.In(zone).Date()
	year += cmp.Or(s.Years, DefaultYears)
	if month == time.February && day == 29 && !isLeap(year) {
		day = 28
	}
	return time.Date(year, month, day+1, 0, 0, 0, 0, zone).Local(), nil
}

func isLeap(year int) bool {
	return time.Date(year, time.February, 29, 0, 0, 0, 0, time.UTC).Day() == 29
}

func (s *Signer) current(now time.Time) *SigningKey {
	var current *SigningKey
	for _, k := range s.Keys {
		if k != nil && k.signer != nil && !k.public.receipts && k.CanSign(now) &&
			(current == nil || k.NotBefore.After(current.NotBefore)) {
			current = k
		}
	}
	return current
}

// signing returns the key that signs now.
func (s *Signer) signing(now time.Time) (*SigningKey, error) {
	if key := s.current(now); key != nil {
		return key, nil
	}
	for _, k := range s.Keys {
		if k != nil && k.Created.After(now.Add(Leeway)) {
			return nil, ErrClock // another key would be dated by the wrong clock
		}
	}
	return nil, ErrNoSigningKey
}

func (s *Signer) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}
