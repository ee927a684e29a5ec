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
	// BundleWarning and BundleLife are when a bundle is old and when it is too old: a day, within which a key
	// set is refreshed anyway ([token.PublicationLead]), and a week without a network.
	BundleWarning = 24 * time.Hour
	BundleLife    = 7 * 24 * time.Hour
	// maxBundle bounds a bundle, in bytes: a thousand issuers with a few keys each.
	maxBundle = 1 << 20
)

// ErrBundleTooOld: the bundle is authentic and older than allowed. Its keys are not given out: read it as
// "cannot tell".
var ErrBundleTooOld = errors.New("bundle is too old to be used")

// ErrBundleTime: the bundle is dated later than now, so its age is unknown.
var ErrBundleTime = errors.New("bundle is dated in the future")

// Bundle is what a desk without a network trusts: issuers, their keys and the dates of both.
type Bundle struct {
	// MadeAt is the date of the bundle.
	MadeAt time.Time
	// Anchors are for [New]. Their KeysUntil is when the bundle is too old, so that a client that runs for long
	// answers [api.CodeKeysStale] from then on.
	Anchors []TrustAnchor
	// Old says that the bundle should have been replaced by now and can still be used.
	Old bool
}

// BundleAges are the ages at which a bundle is old and too old; zero means [BundleWarning] and [BundleLife].
type BundleAges struct{ Warning, Life time.Duration }

// bundle is the payload: the members in this order, as encoding/json writes them.
type bundle struct {
	MadeAt  int64          `json:"iat"`
	Issuers []bundleIssuer `json:"issuers"`
}

type bundleIssuer struct {
	Address string          `json:"address,omitempty"`
	AsOf    int64           `json:"keys_as_of,omitempty"`
	KeySet  json.RawMessage `json:"jwks"` // names the issuer
}

// MakeBundle signs the issuers and their keys, as they are now, with a key that belongs to who answers
// for the bundle: not to one of the issuers, whose papers it would speak for. A key set is asked for the
// keys that it holds; it is an error if it holds none.
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

// LoadBundle reads a bundle that is signed with the trusted key, never with one inside it. The errors: a
// [token.Cause] for what is not such a bundle, [ErrBundleTime], [ErrBundleTooOld]; no bundle comes with one.
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
		i := TrustAnchor{Name: keys[0].IssuerName(), Address: entry.Address, Keys: keys, KeysUntil: madeAt.Add(ages.Life)}
		if entry.AsOf != 0 {
			i.KeysAsOf = time.Unix(entry.AsOf, 0)
		}
		out.Anchors = append(out.Anchors, i)
	}
	if _, err := New(out.Anchors...); err != nil {
		return Bundle{}, token.ErrClaims
	}
	return out, nil
}
