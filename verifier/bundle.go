package verifier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/qr-invalidita/attesta/token"
)

// bundleType is the typ of a verifier bundle.
const bundleType = "attesta-bundle+jwt"

const (
	// BundleWarning is the age at which a bundle is old. A client with a network refreshes its keys within
	// this time ([token.PublicationLead]).
	BundleWarning = 24 * time.Hour
	// BundleLife is the age at which a bundle is too old to use. It allows for a week without a network.
	BundleLife = 7 * 24 * time.Hour
	// maxBundle is the maximum length of a bundle in bytes: about a thousand issuers with a few keys each.
	maxBundle = 1 << 20
)

// ErrBundleTooOld means that the bundle is authentic but has reached its maximum age: the code too_old of
// BUNDLE.md. Show it as "cannot tell".
var ErrBundleTooOld = errors.New("bundle is too old to be used")

// ErrBundleTime means that the bundle carries a future date, so its age is unknown: the code
// from_the_future.
var ErrBundleTime = errors.New("bundle is dated in the future")

// A Bundle is the list of issuers and keys that a desk without a network trusts.
type Bundle struct {
	// MadeAt is the date of the bundle.
	MadeAt time.Time
	// Anchors are for [New]. Their KeysUntil is the time at which the bundle becomes too old; from then on a
	// client reports [api.CodeKeysStale].
	Anchors []TrustAnchor
	// Old reports that the bundle is usable but should be replaced.
	Old bool
}

// BundleAges are the ages at which a bundle is old and too old. A zero field means [BundleWarning] or
// [BundleLife].
type BundleAges struct{ Warning, Life time.Duration }

// bundle is the payload of a Bundle, as encoding/json writes it (token/BUNDLE.md).
type bundle struct {
	MadeAt  int64          `json:"iat"`
	Issuers []bundleIssuer `json:"issuers"`
}

type bundleIssuer struct {
	Address string          `json:"address,omitempty"`
	AsOf    int64           `json:"keys_as_of,omitempty"`
	KeySet  json.RawMessage `json:"jwks"` // names the issuer
}

// maxBundleTime is the time that all times in a bundle precede, in seconds, as in a token.
const maxBundleTime = 1e11

// bundleAddress is the form of an address in a bundle. It is stricter than checkAddress, so that verifiers
// in all languages agree on it.
const bundleAddress = `^(https://[A-Za-z0-9.-]+|http://(localhost|127\.0\.0\.1|\[::1\]))` +
	`(:[1-9][0-9]{0,4})?(/([A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})*)*$`

// payload returns the payload of a bundle of these anchors, whose keys are in Keys.
func payload(madeAt time.Time, anchors []TrustAnchor) ([]byte, error) {
	if _, err := New(anchors...); err != nil {
		return nil, err
	}
	b := bundle{MadeAt: madeAt.Unix()}
	if b.MadeAt < 1 || b.MadeAt >= maxBundleTime {
		return nil, errors.New("date of a bundle is out of bounds")
	}
	address := regexp.MustCompile(bundleAddress)
	for _, i := range anchors {
		if i.Address != "" && !address.MatchString(i.Address) {
			return nil, fmt.Errorf("address of the issuer %s is not of the form that a bundle allows", i.Name)
		}
		set, err := token.MarshalJWKS(i.Keys)
		if err != nil {
			return nil, err
		}
		entry := bundleIssuer{Address: i.Address, KeySet: set}
		if !i.KeysAsOf.IsZero() {
			entry.AsOf = i.KeysAsOf.Unix()
			if entry.AsOf < 1 || entry.AsOf >= maxBundleTime {
				return nil, fmt.Errorf("time of the keys of the issuer %s is out of bounds", i.Name)
			}
		}
		b.Issuers = append(b.Issuers, entry)
	}
	return json.Marshal(b)
}

// MakeBundle returns a signed bundle of the issuers with their present keys, those for receipts included.
// The key belongs to the body that publishes the bundle. Do not sign with the key of an issuer: it could
// then add other issuers to the list. If a KeySet has no keys yet, or an address is not of the form in
// token/BUNDLE.md, MakeBundle returns an error.
func MakeBundle(ctx context.Context, key *token.SigningKey, now time.Time,
	anchors ...TrustAnchor) (string, error) {
	if _, err := New(anchors...); err != nil {
		return "", err
	}
	known := make([]TrustAnchor, len(anchors))
	for n, i := range anchors {
		known[n] = TrustAnchor{Name: i.Name, Address: i.Address, Keys: i.Keys, KeysAsOf: i.KeysAsOf}
		var err error
		switch {
		case i.KeySet != nil:
			known[n].Keys, known[n].KeysAsOf, err = i.KeySet.Keys()
		case i.Published != nil:
			known[n].KeysAsOf = now
			known[n].Keys, err = i.Published(ctx)
		}
		if err != nil {
			return "", fmt.Errorf("keys of the issuer %s: %w", i.Name, err)
		}
	}
	content, err := payload(now, known)
	if err != nil {
		return "", err
	}
	text, err := key.SignJWS(ctx, bundleType, content)
	if err == nil && len(text) > maxBundle {
		err = fmt.Errorf("bundle is longer than %d bytes", maxBundle)
	}
	if err != nil {
		return "", err
	}
	return text, nil
}

// LoadBundle returns the bundle in the text if the trusted key signed it. Keys inside the bundle are never
// used to verify it. If the text is not such a bundle (token/BUNDLE.md), the error is a [token.Cause]; if its
// date does not permit its use, the error is [ErrBundleTime] or [ErrBundleTooOld].
func LoadBundle(text string, trusted token.PublicKey, now time.Time, ages BundleAges) (Bundle, error) {
	if ages.Warning == 0 {
		ages.Warning = BundleWarning
	}
	if ages.Life == 0 {
		ages.Life = BundleLife
	}
	content, err := token.VerifyJWS(bundleType, text, []token.PublicKey{trusted}, maxBundle)
	if err != nil {
		return Bundle{}, err
	}
	out, ok := readBundle(content)
	if !ok {
		return Bundle{}, token.ErrClaims
	}
	switch age := now.Sub(out.MadeAt); {
	case age < -token.Leeway:
		return Bundle{}, ErrBundleTime
	case age >= ages.Life:
		return Bundle{}, ErrBundleTooOld
	default:
		out.Old = age >= ages.Warning
	}
	for n := range out.Anchors {
		out.Anchors[n].KeysUntil = out.MadeAt.Add(ages.Life)
	}
	return out, nil
}

// readBundle reads a payload. It is not ok unless the payload is exactly what MakeBundle writes for what was
// read. This refuses duplicate and unknown members, and keys that must not be used.
func readBundle(content []byte) (Bundle, bool) {
	var b bundle
	if json.Unmarshal(content, &b) != nil {
		return Bundle{}, false
	}
	out := Bundle{MadeAt: time.Unix(b.MadeAt, 0)}
	for _, entry := range b.Issuers {
		keys, err := token.ParseJWKS(entry.KeySet, "")
		if err != nil {
			return Bundle{}, false
		}
		anchor := TrustAnchor{Name: keys[0].IssuerName(), Address: entry.Address, Keys: keys}
		if entry.AsOf != 0 {
			anchor.KeysAsOf = time.Unix(entry.AsOf, 0)
		}
		out.Anchors = append(out.Anchors, anchor)
	}
	same, err := payload(out.MadeAt, out.Anchors)
	return out, err == nil && bytes.Equal(same, content)
}
