// Package verifier is what a body or a shop that checks imports: from the text in a QR to an answer that can be acted on.
//
// Make a [Client] with [New] from the issuers that you trust and their public keys, and call [Client.Check] with the
// scanned text and the codice fiscale that the person gives. The [Report] answers two questions: is the paper authentic
// ([Authenticity]), and is the person's status confirmed ([Verdict]). Each has three answers, never two: "cannot tell" is neither
// a yes nor a no, and asks for another way (a later try, another document), never for a refusal.
//
// Check touches no network, so its verdict is at best "cannot tell": the status is never in the QR. What it cannot know
// either is whether the issuer has voided the paper since.
//
// An issuer is trusted because it is in the client's configuration, never because a token names it, and no address is
// ever taken from a QR. The package stores nothing about the person. It links no database driver, PDF writer, barcode
// library or SMS adapter.
package verifier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
)

// Issuer is a body whose papers a client accepts.
type Issuer struct {
	// Name is the name that its tokens carry, such as https://qr.example.it.
	Name string
	// Keys are its public keys, as [token.ParseJWKS] reads them. At least one.
	Keys []token.PublicKey
	// KeysAsOf is when the keys were known to be the issuer's; zero means that nobody knows. A key that was withdrawn
	// later is still accepted here, so a report shows this time.
	KeysAsOf time.Time
}

// Client checks papers. Make it with [New]; the zero Client knows no issuer and can tell nothing of any paper. Its
// methods are safe for concurrent use as long as nobody changes the fields.
type Client struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Commitments bounds how many codici fiscali are compared at a time, each with 64 MiB and 0.1 to 0.4 s of a core; nil
	// means one at a time for each call. New sets it to one at a time for the client.
	Commitments *token.Commitments

	issuers []Issuer
	keys    []token.PublicKey
}

// New returns a client for these issuers. It is an error if there is none, if one has no key or a key of somebody else,
// or if a name or a key occurs twice.
func New(issuers ...Issuer) (*Client, error) {
	if len(issuers) == 0 {
		return nil, errors.New("no issuer to trust")
	}
	c := &Client{Commitments: new(token.Commitments), issuers: slices.Clone(issuers)}
	for n, i := range issuers {
		if slices.ContainsFunc(issuers[:n], func(other Issuer) bool { return other.Name == i.Name }) {
			return nil, fmt.Errorf("issuer %s occurs twice", i.Name)
		}
		if len(i.Keys) == 0 {
			return nil, fmt.Errorf("issuer %s has no keys", i.Name)
		}
		for _, k := range i.Keys {
			if k.Issuer() != i.Name {
				return nil, fmt.Errorf("key %s is of the issuer %s, not of %s", k.ID(), k.Issuer(), i.Name)
			}
			if slices.ContainsFunc(c.keys, k.Equal) {
				return nil, fmt.Errorf("key %s occurs twice", k.ID())
			}
			c.keys = append(c.keys, k)
		}
	}
	return c, nil
}

// Check judges a scanned text, a QR's URL or a bare token, without any network. Space around the text is ignored. A zero
// codice fiscale means that none was given; otherwise it is compared if the paper is of the offline profile, which
// takes 0.1 to 0.4 s. The verdict is never [Confirmed], since the status is not asked.
func (c *Client) Check(text string, cf codicefiscale.Code) Report {
	text = strings.TrimSpace(text)
	now := c.now()
	if text == "" {
		return refused(Unreadable, now, time.Time{})
	}
	candidate := token.FromQRText(text)
	if !strings.HasPrefix(candidate, "eyJ") { // base64url of `{"`, with which the header of every JWS begins
		return refused(NotOurs, now, time.Time{})
	}
	claims, err := token.Verify(candidate, c.keys, now)
	var cause token.Cause
	switch {
	case errors.As(err, &cause):
		return refused(Code(cause), now, c.keysAsOf(""))
	case err != nil: // the zero Client has no keys
		return refused(UnknownKey, now, time.Time{})
	}
	keysAsOf := c.keysAsOf(claims.Issuer)
	err = c.match(claims, cf)
	if err == token.ErrCFMismatch {
		r := refused(CFMismatch, now, keysAsOf)
		r.Paper = paper(claims)
		return r
	}
	return authentic(claims, err == nil, now, keysAsOf)
}

// match returns nil, token.ErrCFMismatch, or any other error if nothing could be compared.
func (c *Client) match(claims token.Claims, cf codicefiscale.Code) error {
	commitments := c.Commitments
	if commitments == nil {
		commitments = new(token.Commitments)
	}
	return commitments.Match(context.Background(), claims, cf)
}

// keysAsOf returns the time of the issuer's keys; for "" the earliest of all, and zero where one of them has none.
func (c *Client) keysAsOf(issuer string) time.Time {
	var oldest time.Time
	for n, i := range c.issuers {
		if i.Name == issuer {
			return i.KeysAsOf
		}
		if n == 0 || i.KeysAsOf.Before(oldest) {
			oldest = i.KeysAsOf
		}
	}
	return oldest
}

func (c *Client) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}
