package verifier

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
)

// Issuer is a body whose papers a client accepts. It needs one of Keys, KeySet and Published.
type Issuer struct {
	// Name is the name that its tokens carry, such as https://qr.example.it.
	Name string
	// Address is the base address where it is reached; empty means the name itself. It must be https; http is
	// taken only for localhost and loopback addresses. No token has a say in it.
	Address string
	// Keys are its public keys, as [token.ParseJWKS] reads them.
	Keys []token.PublicKey
	// KeysAsOf is when the keys were known to be the issuer's; zero means that nobody knows. A key that was
	// withdrawn later is still accepted here, so a report shows this time.
	KeysAsOf time.Time
	// KeysUntil is from when on Keys are too old to judge by; zero means never.
	KeysUntil time.Time
	// KeySet fetches the keys and keeps them fresh, in place of Keys. It belongs to the caller, who closes it.
	KeySet *jwks.Client
	// Published returns the keys of now, in place of Keys: for the pages of the issuer's own process. It is
	// asked at each check. [token.Folder.Published] is one.
	Published func() ([]token.PublicKey, error)
}

func (i Issuer) check() error {
	switch {
	case len(i.Keys) == 0 && i.KeySet == nil && i.Published == nil:
		return fmt.Errorf("issuer %s has no keys", i.Name)
	case len(i.Keys) > 0 && i.KeySet != nil, i.Published != nil && (len(i.Keys) > 0 || i.KeySet != nil):
		return fmt.Errorf("issuer %s has keys from more than one place", i.Name)
	case i.KeySet != nil && i.KeySet.Issuer != i.Name:
		return fmt.Errorf("key set is of the issuer %s, not of %s", i.KeySet.Issuer, i.Name)
	}
	if err := i.owns(i.Keys); err != nil {
		return err
	}
	if i.Address != "" {
		if err := checkAddress(i.Address); err != nil {
			return fmt.Errorf("address of the issuer %s: %w", i.Name, err)
		}
	}
	return nil
}

// owns refuses keys of somebody else.
func (i Issuer) owns(keys []token.PublicKey) error {
	for _, k := range keys {
		if k.Issuer() != i.Name {
			return fmt.Errorf("key %s is of the issuer %s, not of %s", k.ID(), k.Issuer(), i.Name)
		}
	}
	return nil
}

func checkAddress(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return errors.New("not a URL")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(address, "#") || strings.HasSuffix(address, "?"):
		return errors.New("more than scheme, host and path")
	case u.Scheme == "https", u.Scheme == "http" && netaddr.IsLoopback(u.Hostname()):
		return nil
	}
	return errors.New("neither https nor http on loopback")
}

// url returns the address of a path of the contract.
func (i Issuer) url(path string) string {
	base := i.Address
	if base == "" {
		base = i.Name
	}
	return strings.TrimSuffix(base, "/") + path
}

// ring is the keys of all issuers at one time.
type ring struct {
	keys   []token.PublicKey
	asOf   map[string]time.Time // by issuer
	oldest time.Time            // of asOf; zero where one of them is not known
	failed bool                 // an issuer's own process cannot read its keys
	stale  bool                 // an issuer's keys are not at hand, or too old
}

func (c *Client) ring(now time.Time) ring {
	r := ring{asOf: make(map[string]time.Time, len(c.issuers))}
	for n, i := range c.issuers {
		keys, asOf := i.Keys, i.KeysAsOf
		var err error
		switch {
		case i.KeySet != nil:
			keys, asOf, err = i.KeySet.Keys()
		case i.Published != nil:
			asOf = now
			if keys, err = i.Published(); err == nil {
				err = i.owns(keys)
			}
			if err != nil {
				keys, r.failed = nil, true
			}
		case !i.KeysUntil.IsZero() && !now.Before(i.KeysUntil):
			keys, err = nil, jwks.ErrStale
		}
		r.stale = r.stale || err != nil
		r.asOf[i.Name] = asOf
		if n == 0 || asOf.Before(r.oldest) {
			r.oldest = asOf
		}
		if len(c.issuers) == 1 {
			r.keys = keys
		} else {
			r.keys = append(r.keys, keys...)
		}
	}
	return r
}

// missed tells the key sets that a token has a key that none of them holds.
func (c *Client) missed() {
	for _, i := range c.issuers {
		if i.KeySet != nil {
			i.KeySet.Missed()
		}
	}
}

func (c *Client) issuer(name string) Issuer {
	for _, i := range c.issuers {
		if i.Name == name {
			return i
		}
	}
	return Issuer{}
}
