// Package token makes and checks the Attesta QR token, version 1: a signed reference to a
// person's codice fiscale, printed on paper. FORMAT.md in this folder is the normative text.
//
// An issuing body fills a [Signer] with its signing keys and reference keys and calls
// [Signer.Issue]. If a person's paper is lost, it calls [Signer.Reissue]. [QRText] turns the token
// into the text of the QR. A checking body calls [Verify] with the public keys that it trusts and
// gets the [Claims] or exactly one [Cause], never both. Only the issuer can find out whose token it
// is ([Signer.Match]), because the subject is an HMAC under a key that never leaves the issuer. A
// [Folder] generates, dates, retires and revokes keys; keys can also come from an HSM or KMS as a
// [crypto.Signer].
//
// # What this package does not check
//
// The package does not know the person's status, which is never in the token, nor whether the
// issuer has voided the paper: ask the issuer for both. A valid token means that the issuer
// signed it for some person, and nothing more.
//
// # What stays guessable
//
// A token without a commitment reveals nothing about the codice fiscale except to the issuer. The
// commitment of the offline profile ([Signer.IssueOffline]) lets anybody with the QR test a
// suspected codice fiscale: one guess takes 0.1 to 0.4 s of a core (BenchmarkCommitment) and 64
// MiB. A list of a thousand suspects takes minutes. If the name and the date of birth are known,
// a search takes less than an hour, because only the place of birth is missing (some 8,000). All
// 60 million inhabitants take 70 to 280 core-days, or hours on a farm of graphics cards. Argon2id
// makes a search expensive, not impossible. Issue the offline profile only to people who need
// desks without a network, and tell them about it.
//
// The subject is the same in each scan of one document, and another in the person's next one. It
// links two scans of a document: a verifier should neither store nor log it.
package token

import (
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/internal/cause"
)

const (
	// MaxSize is the length of the longest token, in bytes (FORMAT.md, "Serialisation").
	MaxSize = 1024
	// DefaultYears is the default lifetime of a token, in calendar years: 5.
	DefaultYears = 5
	// DefaultZone is the time zone in which the days of a token begin and end by default: that of
	// Italy. A program that imports time/tzdata always finds it.
	DefaultZone = "Europe/Rome"
	// Leeway is how far ahead of the verifier's clock the time of issue may be. There is no
	// leeway on the expiry.
	Leeway = 5 * time.Minute
)

// ErrNoKeys is returned by [Verify] if it is called without keys. A verifier without keys is a
// configuration fault and neither accepts nor refuses anything.
var ErrNoKeys = cause.New("no keys to verify with")

// Claims is the content of a token. Times have a resolution of a second.
type Claims struct {
	// IssuerName is the issuing body's name, an https URL without a trailing slash. It is a name, not an
	// address.
	IssuerName string
	// Subject is the reference to the person: 24 characters of base64url that begin with the
	// key's identifier.
	Subject string
	// IssuedAt and Expires bound the token's life: it is valid from IssuedAt and no longer valid
	// at Expires.
	IssuedAt, Expires time.Time
	// Commitment is the Argon2id commitment of the offline profile, 22 characters of base64url; empty
	// in the online profile.
	Commitment string
}

// LastDay returns the last day on which the token is valid, as a time in the zone in which it was
// issued. It is the day to print and to show.
func (c Claims) LastDay(zone *time.Location) time.Time { return c.Expires.Add(-time.Second).In(zone) }

// Verify checks a token at the time now against the keys that the caller trusts. It makes the
// checks in the order of the causes and returns the claims or exactly one [Cause], never both. It
// tries every key with the token's key identifier. The keys may belong to several issuers: a
// token is accepted only for the issuer whose key signed it, even if another issuer publishes the
// same key. Without keys the error is [ErrNoKeys]. The text must be the bare token; [FromQRText]
// extracts it from a scan.
//
// Verify does not check whose token it is: see [Signer.Match] and [Commitments.Match].
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
	key, err := findSigner(keys, tokenType, h, j)
	if err != nil {
		return Claims{}, err
	}
	c, ok := parseClaims(j.payload)
	switch {
	case !ok:
		return Claims{}, ErrClaims
	case !belongsTo(key, c.IssuerName, keys):
		return Claims{}, ErrIssuer
	case c.IssuedAt.After(now.Add(Leeway)):
		return Claims{}, ErrNotYetValid
	case !now.Before(c.Expires):
		return Claims{}, ErrExpired
	}
	return c, nil
}

// NamedIssuer returns the name of the issuer that a token states, or nothing if the text is not a bare token
// of at most [MaxSize] bytes. It does not check the signature, so the name may be false. Use it only to tell
// people which issuer a token with an unknown key names.
func NamedIssuer(text string) string {
	if len(text) > MaxSize {
		return ""
	}
	j, ok := splitJWS(text)
	if !ok {
		return ""
	}
	c, ok := parseClaims(j.payload)
	if !ok {
		return ""
	}
	return c.IssuerName
}

// findSigner returns the key that made the signature. Keys whose use is another one are unknown. If
// the identifier is known but its keys are of another type than the header's algorithm, the error
// is a bad signature, not an unknown key: the algorithm follows from the key, never from the token.
func findSigner(keys []PublicKey, typ string, h header, j jws) (PublicKey, error) {
	err := ErrUnknownKey
	for _, k := range keys {
		if k.id != h.kid || !k.verifies(typ) {
			continue
		}
		if k.Algorithm() == h.alg && k.verify(j.signingInput, j.signature[:]) {
			return k, nil
		}
		err = ErrSignature
	}
	return PublicKey{}, err
}

// belongsTo reports whether the key belongs to the named issuer. The same key may be in the sets
// of several issuers: an issuer that copies a stranger's key into its own set must not make the
// stranger's paper invalid.
func belongsTo(key PublicKey, issuer string, keys []PublicKey) bool {
	return key.issuer == issuer ||
		slices.ContainsFunc(keys, func(k PublicKey) bool {
			return k.issuer == issuer && !k.receipts && k.Equal(key)
		})
}
