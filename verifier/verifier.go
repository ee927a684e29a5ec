// Package verifier is what a body or a shop that checks imports: from the text in a QR to an answer that can
// be acted on.
//
// Make a [Client] with [New] from the issuers that you trust and their public keys, and call [Client.Check]
// with the scanned text and the codice fiscale that the person gives. The [Report] answers two questions: is
// the paper authentic ([Authenticity]), and is the person's status confirmed ([Verdict]). Each has three
// answers, never two: "cannot tell" is neither a yes nor a no, and asks for another way (a later try,
// another document), never for a refusal.
//
// Check touches no network, so its verdict is at best "cannot tell": the status is never in the QR. What it
// cannot know either is whether the issuer has voided the paper since. [Client.FirstLevel] asks the issuer
// for both. Where that is not enough, [Client.RequestSecondLevel] has a code sent to the person, and
// [Client.Answer] brings it and returns what the person approved.
//
// An issuer is trusted because it is in the client's configuration, never because a token names it, and no
// address is ever taken from a QR. The package stores nothing about the person. It links no database driver,
// PDF writer, barcode library or SMS adapter.
package verifier

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// Client checks papers. Make it with [New]; the zero Client knows no issuer and can tell nothing of any
// paper. Its methods are safe for concurrent use as long as nobody changes the fields.
type Client struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Commitments bounds how many codici fiscali are compared at a time, each with 64 MiB and 0.1 to 0.4 s of a
	// core; nil means one at a time for each call. New sets it to one at a time for the client.
	Commitments *token.Commitments
	// Contract makes the calls of the online checks; nil means over HTTP, with the two fields below.
	Contract Contract
	// Transport makes the requests over HTTP; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Authorize puts the operator's credential on a request of the second level, such as a bearer token; nil:
	// none.
	Authorize func(*http.Request) error

	anchors []TrustAnchor
}

// New returns a client for these trust anchors. It is an error if there is none, if one has no keys or a key of
// somebody else, if its address is not one, or if a name or a key occurs twice.
func New(anchors ...TrustAnchor) (*Client, error) {
	if len(anchors) == 0 {
		return nil, errors.New("no issuer to trust")
	}
	c := &Client{Commitments: new(token.Commitments), anchors: slices.Clone(anchors)}
	var keys []token.PublicKey
	for n, a := range anchors {
		if slices.ContainsFunc(anchors[:n], func(other TrustAnchor) bool { return other.Name == a.Name }) {
			return nil, fmt.Errorf("issuer %s occurs twice", a.Name)
		}
		if err := a.check(); err != nil {
			return nil, err
		}
		for _, k := range a.Keys {
			if slices.ContainsFunc(keys, k.Equal) {
				return nil, fmt.Errorf("key %s occurs twice", k.ID())
			}
			keys = append(keys, k)
		}
	}
	return c, nil
}

// Check judges a scanned text, a QR's URL or a bare token, without any network. Space around the text is
// ignored. A zero codice fiscale means that none was given; otherwise it is compared if the paper is of the
// offline profile, which takes 0.1 to 0.4 s. The verdict is never [api.Confirmed], since the status is not
// asked.
func (c *Client) Check(text string, cf codicefiscale.Code) Report {
	now := c.now()
	claims, keysAsOf, refusal := c.examine(text, now)
	if refusal != nil {
		return *refusal
	}
	err := c.match(claims, cf)
	if err == token.ErrCFMismatch {
		r := refused(api.CodeCFMismatch, now, keysAsOf)
		r.Paper = paper(claims)
		return r
	}
	return authentic(claims, err == nil, now, keysAsOf)
}

// examine verifies the token in the text. It returns its claims and the time of the keys, or a report on why
// not.
func (c *Client) examine(text string, now time.Time) (token.Claims, time.Time, *Report) {
	refuse := func(code api.Code, keysAsOf time.Time) (token.Claims, time.Time, *Report) {
		r := refused(code, now, keysAsOf)
		return token.Claims{}, time.Time{}, &r
	}
	if strings.TrimSpace(text) == "" {
		return refuse(api.CodeUnreadable, time.Time{})
	}
	var cause token.Cause
	candidate, err := token.FromQRText(text)
	if errors.As(err, &cause) {
		return refuse(api.Code(cause), time.Time{})
	}
	ring := c.ring(now)
	claims, err := token.Verify(candidate, ring.keys, now)
	unknown := err == token.ErrUnknownKey || err == token.ErrNoKeys
	switch {
	case unknown && ring.failed:
		r := keysUnavailable(now)
		return token.Claims{}, time.Time{}, &r
	case unknown && ring.stale:
		return refuse(api.CodeKeysStale, ring.oldest)
	case unknown:
		c.missed()
		return refuse(api.CodeUnknownKey, ring.oldest)
	case errors.As(err, &cause):
		return refuse(api.Code(cause), ring.oldest)
	}
	return claims, ring.asOf[claims.IssuerName], nil
}

// match returns nil, token.ErrCFMismatch, or any other error if nothing could be compared.
func (c *Client) match(claims token.Claims, cf codicefiscale.Code) error {
	commitments := c.Commitments
	if commitments == nil {
		commitments = new(token.Commitments)
	}
	return commitments.Match(context.Background(), claims, cf)
}

func (c *Client) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}
