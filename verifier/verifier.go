// Package verifier checks papers. It turns the text of a QR and a codice fiscale into a [Report] on which a
// body or a shop can act.
//
// Make a [Client] with [New] from the issuers that you trust and their public keys. Call [Client.Check] with
// the scanned text and the codice fiscale that the person gives. The report answers two questions: whether
// the paper is authentic ([Authenticity]), and whether the person's status is confirmed ([api.Outcome]). Each
// question has three answers. "Cannot tell" is neither a yes nor a no: try again later or ask for another
// document, but do not refuse the person because of it.
//
// Check uses no network. The QR does not contain the person's status, so the verdict of Check is never a
// yes; nor can Check see whether the issuer has voided the paper. [Client.FirstLevel] asks the issuer for
// both. If a case needs more than the first level discloses, [Client.RequestSecondLevel] asks the issuer to
// send a code to the person. The person approves by telling the code to the operator, and [Client.Answer]
// returns what the person approved.
//
// An answer counts only if the issuer has signed it for this very question (token/RECEIPT.md). For each
// request, the client makes a check ID, and forgets it afterwards: no report contains it.
//
// A client trusts an issuer because it is in the configuration, never because a token names it. No address
// comes from a QR. The package stores nothing about the person. It links no database driver, PDF writer,
// barcode library or SMS adapter.
package verifier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/internal/typed"
)

// A Client checks papers. Make it with [New]. The zero Client trusts no issuer and confirms nothing. The
// methods are safe for concurrent use if the fields do not change.
type Client struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Commitments limits how many codici fiscali are compared at the same time, since each comparison takes
	// 64 MiB and 0.1 to 0.4 s of a core. New sets a limit of one for the client. If the field is nil, nothing
	// limits concurrent calls.
	Commitments *token.Commitments
	// Contract makes the calls of the online checks. If it is nil, the calls go over HTTP, and Transport and
	// Authorize apply.
	Contract Contract
	// Transport sends the HTTP requests, for a client certificate or other roots. Nil means a transport that
	// uses the proxy of the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), as [jwks.Client] does, and
	// that connects to public addresses only; see [TrustAnchor.AllowPrivate].
	Transport http.RoundTripper
	// Authorize adds the operator's credential, such as a bearer token, to each request of the second level;
	// nil means that there is none. If it returns an error, the request is not sent. At the first level, the
	// client uses it only to ask again after [api.LimitDocument], which does not concern operators.
	Authorize func(*http.Request) error
	// Log receives one record for each question without an answer, with the reason and without personal data;
	// nil means no log.
	Log *slog.Logger

	anchors []TrustAnchor
}

// New returns a client that trusts the anchors. It returns an error if there is no anchor, if a name or a key
// occurs twice, or if an anchor has no keys, a key of another issuer or an invalid address.
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
		c.anchors[n].transport = a.defaultTransport()
		for _, k := range a.Keys {
			if slices.ContainsFunc(keys, k.Equal) {
				return nil, fmt.Errorf("key %s occurs twice", k.ID())
			}
			keys = append(keys, k)
		}
	}
	return c, nil
}

// Check judges a scanned text without a network. The text is the URL of a QR or a token alone;
// Check ignores white space around it. It reads a text by key position if a scanner for US keyboards
// typed it on an Italian, German or French one, or with Caps Lock. If cf is not zero and the paper has
// the offline profile, Check compares the two, which takes 0.1 to 0.4 s. If the context ends before, or
// too many comparisons wait already, the code is [api.CodeUnavailable] and the paper is authentic as
// far as was checked. The verdict is never [api.Confirmed], because Check does not ask for the person's
// status.
func (c *Client) Check(ctx context.Context, text string, cf codicefiscale.Code) Report {
	now := c.now()
	claims, keysAsOf, refusal := c.examine(ctx, text, now)
	if refusal != nil {
		return *refusal
	}
	err := token.ErrNoCommitment
	if !cf.IsZero() {
		err = c.match(ctx, claims, cf)
	}
	r := authentic(claims, err == nil, now, keysAsOf)
	switch {
	case err == nil || errors.Is(err, token.ErrNoCommitment):
	case errors.Is(err, token.ErrCFMismatch):
		r = refused(api.CodeCFMismatch, now, keysAsOf)
		r.Paper = paper(claims)
	default: // ended, or one too many: the two were not compared
		r.Code = api.CodeUnavailable
		mark(&r, checkCodiceFiscale, Error, r.Code, now)
	}
	return r
}

// examine verifies the token in the text. It returns the claims and the time of the keys, or the report of a
// refusal.
func (c *Client) examine(ctx context.Context, text string, now time.Time) (token.Claims, time.Time, *Report) {
	refuse := func(code api.Code, keysAsOf time.Time) (token.Claims, time.Time, *Report) {
		r := refused(code, now, keysAsOf)
		return token.Claims{}, time.Time{}, &r
	}
	if strings.TrimSpace(text) == "" {
		return refuse(api.CodeUnreadable, time.Time{})
	}
	meant, wrong := typed.Read(text)
	if wrong {
		return refuse(api.CodeWrongKeyboard, time.Time{})
	}
	var cause token.Cause
	candidate, err := token.FromQRText(meant)
	if errors.As(err, &cause) {
		return refuse(api.Code(cause), time.Time{})
	}
	ring := c.ring(ctx, now)
	claims, err := token.Verify(candidate, ring.keys, now)
	unknown := err == token.ErrUnknownKey || err == token.ErrNoKeys
	switch {
	case unknown && ring.failed != nil:
		r := keysUnavailable(ring.failed, now)
		return token.Claims{}, time.Time{}, &r
	case unknown && ring.stale != nil:
		r := refused(api.CodeKeysStale, now, ring.oldest)
		r.Err = &CallError{Reason: ErrKeys, Cause: ring.stale}
		return token.Claims{}, time.Time{}, &r
	case unknown:
		c.missed()
		r := refused(api.CodeUnknownKey, now, ring.oldest)
		r.Foreign = c.foreign(candidate)
		return token.Claims{}, time.Time{}, &r
	case errors.As(err, &cause):
		return refuse(api.Code(cause), ring.oldest)
	}
	return claims, ring.asOf[claims.IssuerName], nil
}

// foreign returns which issuer a token names, if it is none that the client trusts.
func (c *Client) foreign(jws string) *Foreign {
	f := Foreign{Named: token.NamedIssuer(jws)}
	for _, a := range c.anchors {
		if a.Name == f.Named {
			return nil
		}
		f.Trusted = append(f.Trusted, a.displayName())
	}
	if f.Named == "" || len(f.Trusted) == 0 {
		return nil
	}
	return &f
}

// match returns nil if the paper belongs to cf, token.ErrCFMismatch if it does not, and another error if the
// two cannot be compared.
func (c *Client) match(ctx context.Context, claims token.Claims, cf codicefiscale.Code) error {
	commitments := c.Commitments
	if commitments == nil {
		commitments = new(token.Commitments)
	}
	return commitments.Match(ctx, claims, cf)
}

func (c *Client) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}
