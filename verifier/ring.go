package verifier

import (
	"context"
	"time"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
)

// ring has the keys of all issuers at one time.
type ring struct {
	keys   []token.PublicKey
	asOf   map[string]time.Time // by issuer
	oldest time.Time            // the earliest of asOf; zero if one of them is unknown
	failed error                // of a Published
	stale  error                // why the keys of an issuer are missing or too old
}

func (c *Client) ring(ctx context.Context, now time.Time) ring {
	r := ring{asOf: make(map[string]time.Time, len(c.anchors))}
	for n, a := range c.anchors {
		keys, asOf := a.Keys, a.KeysAsOf
		var err error
		switch {
		case a.KeySet != nil:
			keys, asOf, err = a.KeySet.Keys()
		case a.Published != nil:
			asOf = now
			if keys, err = a.Published(ctx); err == nil {
				err = a.owns(keys)
			}
			if err != nil {
				keys, r.failed = nil, err
			}
		case !a.KeysUntil.IsZero() && !now.Before(a.KeysUntil):
			keys, err = nil, jwks.ErrStale
		}
		if err != nil {
			r.stale = err
		}
		r.asOf[a.Name] = asOf
		if n == 0 || asOf.Before(r.oldest) {
			r.oldest = asOf
		}
		if len(c.anchors) == 1 {
			r.keys = keys
		} else {
			r.keys = append(r.keys, keys...)
		}
	}
	return r
}

// missed reports to the key sets that a token names a key that none of them has.
func (c *Client) missed() {
	for _, a := range c.anchors {
		if a.KeySet != nil {
			a.KeySet.Missed()
		}
	}
}

func (c *Client) issuer(name string) TrustAnchor {
	for _, a := range c.anchors {
		if a.Name == name {
			return a
		}
	}
	return TrustAnchor{}
}
