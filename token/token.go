// Package token makes and checks the Attesta QR token, version 1: a signed reference to a person's codice fiscale that
// is printed on paper. The normative text is FORMAT.md in this folder.
//
// An issuing body fills an [Issuer] with its signing keys and reference keys and calls [Issuer.Issue]; [QRText] makes
// of the token what stands in the QR. A checking body calls [Verify] with the public keys that it trusts and gets the
// [Claims] or exactly one [Cause], never both. Only the issuer can tell whose token it is ([Issuer.Match]): the subject
// is an HMAC under a key that never leaves it. Keys are generated, dated, retired and revoked in a [Folder], or come
// from an HSM or KMS as a [crypto.Signer].
//
// # What this package does not check
//
// It does not know the person's status (which is never in the token), nor whether the issuer has voided the paper since:
// both are asked of the issuer. A good token says that the issuer signed it for some person, and no more.
//
// # What stays guessable
//
// A token without commitment tells nobody but the issuer anything about the codice fiscale. With the commitment of the
// offline profile ([Issuer.IssueOffline]) whoever holds the QR can test a codice fiscale that he suspects: one guess
// takes 0.1 to 0.4 s of a core (BenchmarkCommitment) and 64 MiB. A list of a thousand suspects takes minutes; a person whose
// name and date of birth are known takes less than an hour (the place of birth is all that is missing: some 8,000); all 60
// million inhabitants take 70 to 280 core-days, hours on a farm of graphics cards. Argon2id makes a search dear, not impossible. Issue the offline
// profile only to people who need desks without a network, and say so to them.
//
// The subject is the same in every token of one person under one reference key. It therefore links two scans of one
// person: a verifier should neither store nor log it.
package token

import (
	"errors"
	"slices"
	"time"
)

const (
	// MaxSize is the longest token, in bytes (FORMAT.md, "Serialisation").
	MaxSize = 1024
	// DefaultValidity is how long a token is valid unless its issuer says otherwise: 5 years of 365 days.
	DefaultValidity = 5 * 365 * 24 * time.Hour
	// Leeway is how far ahead of the verifier's clock the time of issue may lie. There is none on the expiry.
	Leeway = 5 * time.Minute
)

// ErrNoKeys is returned by [Verify] when it is given no key: a verifier without keys is a configuration fault and
// neither accepts nor refuses anything.
var ErrNoKeys = errors.New("no keys to verify with")

// Claims is what a token says. Times have a resolution of a second.
type Claims struct {
	// Issuer is the issuing body's name, an https URL without a trailing slash. It is a name, not an address.
	Issuer string
	// Subject is the reference to the person: 24 characters of base64url, the key's identifier first.
	Subject string
	// IssuedAt and Expires bound the token's life: valid from the first on, no longer valid at the second.
	IssuedAt, Expires time.Time
	// Commitment is the Argon2id commitment of the offline profile, 22 characters of base64url; empty in the online
	// profile.
	Commitment string
}

// Verify checks a token against the keys that the caller trusts, at the given time, in the order of the causes, and
// returns its claims or exactly one [Cause]; no claims come with an error. Every key with the token's key identifier is
// tried. The keys may belong to several issuers: a token is accepted only for the issuer whose key signed it, even where
// another one publishes the same key. Without keys the error is [ErrNoKeys]. Verify takes the token alone, nothing around it; see [FromQRText].
//
// It does not check to whom the token belongs: see [Issuer.Match] and [Commitments.Match].
func Verify(text string, keys []PublicKey, now time.Time) (Claims, error) {
	if len(keys) == 0 {
		return Claims{}, ErrNoKeys
	}
	if len(text) > MaxSize {
		return Claims{}, ErrSize
	}
	j, ok := splitJWS(text)
	if !ok {
		return Claims{}, ErrShape
	}
	h, ok := parseHeader(j.header, tokenType)
	if !ok {
		return Claims{}, ErrHeader
	}
	key, err := findSigner(keys, h, j)
	if err != nil {
		return Claims{}, err
	}
	c, ok := parseClaims(j.payload)
	switch {
	case !ok:
		return Claims{}, ErrClaims
	case !belongsTo(key, c.Issuer, keys):
		return Claims{}, ErrIssuer
	case c.IssuedAt.After(now.Add(Leeway)):
		return Claims{}, ErrNotYetValid
	case !now.Before(c.Expires):
		return Claims{}, ErrExpired
	}
	return c, nil
}

// findSigner returns the key that made the signature. A known identifier whose keys are of another type than the
// header's algorithm is a bad signature, not an unknown key: the algorithm follows from the key, never from the token.
func findSigner(keys []PublicKey, h header, j jws) (PublicKey, error) {
	err := ErrUnknownKey
	for _, k := range keys {
		if k.id != h.kid {
			continue
		}
		if k.Algorithm() == h.alg && k.verify(j.signingInput, j.signature[:]) {
			return k, nil
		}
		err = ErrSignature
	}
	return PublicKey{}, err
}

// belongsTo says whether the key is the named issuer's. The same key may stand in the sets of several issuers: whoever
// copies a stranger's key into his own set must not be able to shut out the stranger's paper.
func belongsTo(key PublicKey, issuer string, keys []PublicKey) bool {
	return key.issuer == issuer ||
		slices.ContainsFunc(keys, func(k PublicKey) bool { return k.issuer == issuer && k.Equal(key) })
}
