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

// TrustAnchor is a body whose papers a client accepts. It needs one of Keys, KeySet and Published.
type TrustAnchor struct {
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

func (a TrustAnchor) check() error {
	switch {
	case len(a.Keys) == 0 && a.KeySet == nil && a.Published == nil:
		return fmt.Errorf("issuer %s has no keys", a.Name)
	case len(a.Keys) > 0 && a.KeySet != nil, a.Published != nil && (len(a.Keys) > 0 || a.KeySet != nil):
		return fmt.Errorf("issuer %s has keys from more than one place", a.Name)
	case a.KeySet != nil && a.KeySet.IssuerName != a.Name:
		return fmt.Errorf("key set is of the issuer %s, not of %s", a.KeySet.IssuerName, a.Name)
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

// owns refuses keys of somebody else.
func (a TrustAnchor) owns(keys []token.PublicKey) error {
	for _, k := range keys {
		if k.IssuerName() != a.Name {
			return fmt.Errorf("key %s is of the issuer %s, not of %s", k.ID(), k.IssuerName(), a.Name)
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
func (a TrustAnchor) url(path string) string {
	base := a.Address
	if base == "" {
		base = a.Name
	}
	return strings.TrimSuffix(base, "/") + path
}
