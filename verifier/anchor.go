package verifier

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/internal/outbound"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
)

// A TrustAnchor is an issuer whose papers a client accepts. Set exactly one of Keys, KeySet and Published.
type TrustAnchor struct {
	// Name is the issuer name in its tokens, such as https://qr.example.it.
	Name string
	// DisplayName is the body's name for people; empty means the host and path of Name.
	DisplayName string
	// Address is the base URL of the issuer's service. If it is empty, Name is the base URL. The scheme must
	// be https, or http for localhost and loopback addresses. A token cannot change the address.
	Address string
	// AllowPrivate allows the address to resolve to an address that is not public, for an issuer in the
	// caller's own network. Otherwise a call of such an issuer fails. [jwks.Client.AllowPrivate] of KeySet
	// allows it too. It has no effect with [Client.Transport].
	AllowPrivate bool
	// Keys are the issuer's public keys, as [token.ParseJWKS] returns them.
	Keys []token.PublicKey
	// KeysAsOf is the time at which Keys were known to be the issuer's, or zero if it is unknown. A key that
	// the issuer has withdrawn since then is still accepted, so a report shows this time.
	KeysAsOf time.Time
	// KeysUntil is the time from which Keys are too old to judge a paper; zero means never.
	KeysUntil time.Time
	// KeySet fetches the keys and refreshes them. The caller closes it.
	KeySet *jwks.Client
	// Published returns the present keys. It is for pages in the issuer's own process and is called at each
	// check. [token.Folder.Published] is such a function.
	Published func(context.Context) ([]token.PublicKey, error)

	transport http.RoundTripper // set by New
}

// displayName returns what people call the issuer.
func (a TrustAnchor) displayName() string {
	return cmp.Or(a.DisplayName, strings.TrimPrefix(a.Name, "https://"))
}

func (a TrustAnchor) check() error {
	switch {
	case a.Name == "":
		return errors.New("an issuer has no name")
	case len(a.Keys) == 0 && a.KeySet == nil && a.Published == nil:
		return fmt.Errorf("issuer %s has no keys", a.Name)
	case len(a.Keys) > 0 && a.KeySet != nil, a.Published != nil && (len(a.Keys) > 0 || a.KeySet != nil):
		return fmt.Errorf("issuer %s has keys from more than one place", a.Name)
	case a.KeySet != nil && a.KeySet.IssuerName != a.Name:
		return fmt.Errorf("key set belongs to the issuer %s, not to %s", a.KeySet.IssuerName, a.Name)
	}
	if err := a.owns(a.Keys); err != nil {
		return err
	}
	if a.Address != "" {
		if err := checkAddress(a.Address); err != nil {
			return fmt.Errorf("address of the issuer %s: %w", a.Name, err)
		}
	}
	return nil
}

// defaultTransport returns the transport of calls to the issuer if the client has none.
func (a TrustAnchor) defaultTransport() http.RoundTripper {
	private := a.AllowPrivate || a.KeySet != nil && a.KeySet.AllowPrivate
	return outbound.New(outbound.Policy{AllowPrivate: private})
}

// owns returns an error if a key belongs to another issuer.
func (a TrustAnchor) owns(keys []token.PublicKey) error {
	for _, k := range keys {
		if k.IssuerName() != a.Name {
			return fmt.Errorf("key %s belongs to the issuer %s, not to %s", k.ID(), k.IssuerName(), a.Name)
		}
	}
	return nil
}

func checkAddress(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return errors.New("not a URL")
	case u.User != nil || strings.ContainsAny(address, "?#"):
		return errors.New("more than scheme, host and path")
	case u.Scheme == "https", u.Scheme == "http" && netaddr.IsLoopback(u.Hostname()):
		return nil
	}
	return errors.New("neither https nor http on loopback")
}

// url returns the URL of a path of the contract.
func (a TrustAnchor) url(path string) string {
	base := a.Address
	if base == "" {
		base = a.Name
	}
	return strings.TrimSuffix(base, "/") + path
}
