package verifier

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
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

// ErrBundleTooOld: the bundle is authentic and older than allowed (the code too_old of BUNDLE.md). Its keys are
// not given out: read it as "cannot tell".
var ErrBundleTooOld = errors.New("bundle is too old to be used")

// ErrBundleTime: the bundle is dated later than now (the code from_the_future), so its age is unknown.
var ErrBundleTime = errors.New("bundle is dated in the future")

// Bundle is what a desk without a network trusts: issuers, their keys and the dates of both.
type Bundle struct {
	// MadeAt is the date of the bundle.
	MadeAt time.Time
	// Issuers are for [New]. Their KeysUntil is when the bundle is too old, so that a client that runs for long
	// answers [api.CodeKeysStale] from then on.
	Issuers []Issuer
	// Old says that the bundle should have been replaced by now and can still be used.
	Old bool
}

// BundleAges are the ages at which a bundle is old and too old; zero means [BundleWarning] and [BundleLife].
type BundleAges struct{ Warning, Life time.Duration }

// bundle is the payload: the members in this order, as encoding/json writes them (token/BUNDLE.md).
type bundle struct {
	MadeAt  int64          `json:"iat"`
	Issuers []bundleIssuer `json:"issuers"`
}

type bundleIssuer struct {
	Address string          `json:"address,omitempty"`
	AsOf    int64           `json:"keys_as_of,omitempty"`
	KeySet  json.RawMessage `json:"jwks"` // names the issuer
}

// maxBundleTime is what every time in a bundle is below, in seconds, as in a token.
const maxBundleTime = 1e11

// bundleAddress is the form of an address in a bundle: stricter than checkAddress, so that all verifiers agree.
const bundleAddress = `^(https://[A-Za-z0-9.-]+|http://(localhost|127\.0\.0\.1|\[::1\]))(:[1-9][0-9]{0,4})?` +
	`(/([A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})*)*$`

// payload is the one payload of a bundle of these issuers, which have their keys in Keys.
func payload(madeAt time.Time, issuers []Issuer) ([]byte, error) {
	if _, err := New(issuers...); err != nil {
		return nil, err
	}
	b := bundle{MadeAt: madeAt.Unix()}
	if b.MadeAt < 1 || b.MadeAt >= maxBundleTime {
		return nil, errors.New("date of a bundle is out of bounds")
	}
	address := regexp.MustCompile(bundleAddress)
	for _, i := range issuers {
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

// MakeBundle signs the issuers and their keys, as they are now, with a key that belongs to whoever answers
// for the bundle: not to one of the issuers, whose papers it would speak for. A key set is asked for the
// keys that it holds; it is an error if it holds none.
func MakeBundle(key *token.SigningKey, now time.Time, issuers ...Issuer) (string, error) {
	if _, err := New(issuers...); err != nil {
		return "", err
	}
	known := make([]Issuer, len(issuers))
	for n, i := range issuers {
		known[n] = Issuer{Name: i.Name, Address: i.Address, Keys: i.Keys, KeysAsOf: i.KeysAsOf}
		var err error
		switch {
		case i.KeySet != nil:
			known[n].Keys, known[n].KeysAsOf, err = i.KeySet.Keys()
		case i.Published != nil:
			known[n].KeysAsOf = now
			known[n].Keys, err = i.Published()
		}
		if err != nil {
			return "", fmt.Errorf("keys of the issuer %s: %w", i.Name, err)
		}
	}
	content, err := payload(now, known)
	if err != nil {
		return "", err
	}
	text, err := key.SignJWS(BundleType, content)
	if err == nil && len(text) > maxBundle {
		err = fmt.Errorf("bundle is longer than %d bytes", maxBundle)
	}
	if err != nil {
		return "", err
	}
	return text, nil
}

// LoadBundle reads a bundle that is signed with the trusted key, never with one inside it (token/BUNDLE.md). The
// errors, in the order of the checks: a [token.Cause] for what is not such a bundle, [ErrBundleTime],
// [ErrBundleTooOld]; no bundle comes with one.
func LoadBundle(text string, trusted token.PublicKey, now time.Time, ages BundleAges) (Bundle, error) {
	if ages.Warning == 0 {
		ages.Warning = BundleWarning
	}
	if ages.Life == 0 {
		ages.Life = BundleLife
	}
	content, err := token.VerifyJWS(BundleType, text, []token.PublicKey{trusted}, maxBundle)
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
	for n := range out.Issuers {
		out.Issuers[n].KeysUntil = out.MadeAt.Add(ages.Life)
	}
	return out, nil
}

// readBundle reads a payload. It is not ok unless the payload is exactly what a maker writes for what was read:
// that leaves no room for a second member of one name, an unknown one, or a key that must not be used.
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
		i := Issuer{Name: keys[0].Issuer(), Address: entry.Address, Keys: keys}
		if entry.AsOf != 0 {
			i.KeysAsOf = time.Unix(entry.AsOf, 0)
		}
		out.Issuers = append(out.Issuers, i)
	}
	same, err := payload(out.MadeAt, out.Issuers)
	return out, err == nil && bytes.Equal(same, content)
}
