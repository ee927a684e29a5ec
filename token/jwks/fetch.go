package jwks

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/internal/outbound"
	"github.com/qr-invalidita/attesta/token"
)

const (
	timeout = 10 * time.Second // for the whole fetch, from name resolution to the last byte
	maxBody = 1 << 20          // bytes; what token.ParseJWKS takes
	maxETag = 256              // bytes

	// The bounds of the freshness that a set may claim. The upper bound makes sure that verifiers
	// know a new key before it signs.
	minMaxAge = time.Minute
	maxMaxAge = token.PublicationLead
)

// Fetch fetches the key set at an address once, for a short-lived program, and returns its keys,
// at least one. If issuer is empty, the keys belong to the issuer that the set names, so only the
// address says whose they are. The limits and the rules for the address are those of [Client]
// with AllowPrivate.
func Fetch(ctx context.Context, address, issuer string) ([]token.PublicKey, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	c := &Client{IssuerName: issuer, URL: address, AllowPrivate: true}
	s, err := c.get(ctx, set{}, time.Now())
	return s.keys, err
}

// fetch requests the set and returns it, or the old set with a new date.
func (c *Client) fetch(ctx context.Context, old set, now time.Time) (set, error) {
	if c.IssuerName == "" {
		return set{}, errors.New("client of the key set has no issuer")
	}
	return c.get(ctx, old, now)
}

func (c *Client) get(ctx context.Context, old set, now time.Time) (set, error) {
	address, err := c.address()
	if err != nil {
		return set{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return set{}, errAddress
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	if old.etag != "" {
		req.Header.Set("If-None-Match", old.etag)
	}
	client := http.Client{
		Transport:     c.transport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return set{}, withoutAnswer(err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusOK:
		return c.read(resp, now)
	case resp.StatusCode == http.StatusNotModified && old.etag != "":
		old.asOf, old.maxAge = now, freshness(resp.Header, old.maxAge)
		return old, nil
	}
	return set{}, fmt.Errorf("key set server answered with status %d", resp.StatusCode)
}

func (c *Client) read(resp *http.Response, now time.Time) (set, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return set{}, withoutAnswer(err)
	}
	keys, err := token.ParseJWKS(body, c.IssuerName) // which refuses a body that is too long
	if err != nil {
		return set{}, err
	}
	return set{
		keys:   slices.Clip(keys),
		body:   body,
		asOf:   now,
		maxAge: freshness(resp.Header, defaultMaxAge),
		etag:   checkedETag(resp.Header.Get("ETag")),
	}, nil
}

var errAddress = errors.New("key set needs an https URL without user or fragment (http: loopback only)")

// address returns the URL of the set.
func (c *Client) address() (*url.URL, error) {
	u, err := url.Parse(c.url())
	if err != nil || u.Hostname() == "" || u.Fragment != "" || !netaddr.IsSafe(u) {
		return nil, errAddress
	}
	return u, nil
}

func (c *Client) url() string {
	if c.URL == "" {
		return c.IssuerName + Path
	}
	return c.URL
}

// transport keeps no connection open: one request in ten minutes is not worth two goroutines.
func (c *Client) transport() http.RoundTripper {
	if c.Transport != nil {
		return c.Transport
	}
	return outbound.New(outbound.Policy{AllowPrivate: c.AllowPrivate, Once: true, Resolver: c.resolver})
}

// withoutAnswer keeps only the client's side of a failed request. Other errors of net/http quote
// the server's answer; they are available through Unwrap only.
func withoutAnswer(err error) error {
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("key set did not arrive within %v: %w", timeout, context.DeadlineExceeded)
	case errors.As(err, &op):
		return fmt.Errorf("key set cannot be reached: %w", op)
	case errors.As(err, &certificate):
		return fmt.Errorf("key set cannot be reached: %w", certificate)
	case errors.Is(err, ErrPrivateAddress): // behind a proxy, where nothing is dialled
		return fmt.Errorf("key set cannot be reached: %w", ErrPrivateAddress)
	}
	return answerError{err}
}

type answerError struct{ err error }

func (answerError) Error() string   { return "key set server did not answer in HTTP" }
func (e answerError) Unwrap() error { return e.err }

// freshness returns the remaining life of the answer by Cache-Control (RFC 9111, section 4.2)
// within minMaxAge and maxMaxAge, or otherwise if there is no max-age. It ignores a ban on
// caching, because every token would then cause a request.
func freshness(h http.Header, otherwise time.Duration) time.Duration {
	life := otherwise
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return minMaxAge
		case "max-age":
			if d, ok := seconds(strings.Trim(value, `"`)); ok {
				life = d
			}
		}
	}
	spent, _ := seconds(h.Get("Age")) // in a cache between the issuer and this client
	return clampMaxAge(life - spent)
}

func clampMaxAge(d time.Duration) time.Duration { return min(max(d, minMaxAge), maxMaxAge) }

// seconds reads delta-seconds (RFC 9111, section 1.2.2). A value above the longest caching time
// counts as that time.
func seconds(text string) (time.Duration, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	return time.Duration(min(n, uint64(maxMaxAge/time.Second))) * time.Second, true
}

// checkedETag returns an entity tag (RFC 9110, section 8.8.3) that can be sent back unchanged, or
// "".
func checkedETag(etag string) string {
	opaque, ok := strings.CutSuffix(strings.TrimPrefix(etag, "W/"), `"`)
	opaque, quoted := strings.CutPrefix(opaque, `"`)
	odd := func(r rune) bool { return r <= ' ' || r == '"' || r > '~' }
	if !ok || !quoted || len(etag) > maxETag || strings.ContainsFunc(opaque, odd) {
		return ""
	}
	return etag
}
