package verifier

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/qr-invalidita/attesta/token"
)

// BundleType is the typ of a verifier bundle.
const BundleType = "attesta-bundle+jwt"

const (
	// BundleWarning is the age at which a bundle is old. A client with a network refreshes its keys within
	// this time ([token.PublicationLead]).
	BundleWarning = 24 * time.Hour
	// BundleLife is the age at which a bundle is too old to use. It allows for a week without a network.
	BundleLife = 7 * 24 * time.Hour
	// maxBundle is the maximum length of a bundle in bytes: about a thousand issuers with a few keys each.
	maxBundle = 1 << 20
)

// ErrBundleTooOld means that the bundle is authentic but has reached its maximum age. Show it as "cannot
// tell".
var ErrBundleTooOld = errors.New("bundle is too old to be used")

// ErrBundleTime means that the bundle carries a future date, so its age is unknown.
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

// bundle is the payload of a Bundle, as encoding/json writes it.
type bundle struct {
	MadeAt  int64          `json:"iat"`
	Issuers []bundleIssuer `json:"issuers"`
}

type bundleIssuer struct {
	Address string          `json:"address,omitempty"`
	AsOf    int64           `json:"keys_as_of,omitempty"`
	KeySet  json.RawMessage `json:"jwks"` // names the issuer
}

// MakeBundle returns a signed bundle of the issuers with their present keys. The key belongs to the body
// that publishes the bundle. Do not sign with the key of an issuer: it could then add other issuers to the
// list. If a KeySet has no keys yet, MakeBundle returns an error.
func MakeBundle(key *token.SigningKey, now time.Time, anchors ...TrustAnchor) (string, error) {
	if _, err := New(anchors...); err != nil {
		return "", err
	}
	b := bundle{MadeAt: now.Unix()}
	for _, i := range anchors {
		keys, asOf := i.Keys, i.KeysAsOf
		var err error
		switch {
		case i.KeySet != nil:
			keys, asOf, err = i.KeySet.Keys()
		case i.Published != nil:
			asOf = now
			keys, err = i.Published()
		}
		if err != nil {
			return "", fmt.Errorf("keys of the issuer %s: %w", i.Name, err)
		}
		set, err := token.MarshalJWKS(keys)
		if err != nil {
			return "", err
		}
		entry := bundleIssuer{Address: i.Address, KeySet: set}
		if !asOf.IsZero() {
			entry.AsOf = asOf.Unix()
		}
		b.Issuers = append(b.Issuers, entry)
	}
	payload, err := json.Marshal(b)
	if err != nil {
		return "", err
	}
	text, err := key.SignJWS(BundleType, payload)
	if err == nil && len(text) > maxBundle {
		err = fmt.Errorf("bundle is longer than %d bytes", maxBundle)
	}
	if err != nil {
		return "", err
	}
	return text, nil
}

// LoadBundle returns the bundle in the text if the trusted key signed it. Keys inside the bundle are never
// used to verify it. If the text is not such a bundle, the error is a [token.Cause]; if its date does not
// permit its use, the error is [ErrBundleTime] or [ErrBundleTooOld].
func LoadBundle(text string, trusted token.PublicKey, now time.Time, ages BundleAges) (Bundle, error) {
	if ages.Warning == 0 {
		ages.Warning = BundleWarning
	}
	if ages.Life == 0 {
		ages.Life = BundleLife
	}
	payload, err := token.VerifyJWS(BundleType, text, []token.PublicKey{trusted}, maxBundle)
	if err != nil {
		return Bundle{}, err
	}
	var b bundle
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	if d.Decode(&b) != nil || b.MadeAt < 1 {
		return Bundle{}, token.ErrClaims
	}
	madeAt := time.Unix(b.MadeAt, 0)
	switch age := now.Sub(madeAt); {
	case age < -token.Leeway:
		return Bundle{}, ErrBundleTime
	case age >= ages.Life:
		return Bundle{}, ErrBundleTooOld
	}
	out := Bundle{MadeAt: madeAt, Old: now.Sub(madeAt) >= ages.Warning}
	for _, entry := range b.Issuers {
		keys, err := token.ParseJWKS(entry.KeySet, "")
		if err != nil {
			return Bundle{}, token.ErrClaims
		}
		anchor := TrustAnchor{
			Name: keys[0].IssuerName(), Address: entry.Address, Keys: keys, KeysUntil: madeAt.Add(ages.Life),
		}
		if entry.AsOf != 0 {
			anchor.KeysAsOf = time.Unix(entry.AsOf, 0)
		}
		out.Anchors = append(out.Anchors, anchor)
	}
	if _, err := New(out.Anchors...); err != nil {
		return Bundle{}, token.ErrClaims
	}
	return out, nil
}
