package service

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/otp"
)

// DefaultCalls is the default of [Config.CallsPerMinute], the limit of the contract.
const DefaultCalls = 60

// mismatchesPerHour is the limit of wrong codici fiscali for one reference.
const mismatchesPerHour = 10

// A Budget is how many calls the issuer grants to a caller that authenticates, whatever its address: a chain
// of museums behind one address, or a desk on a mobile network. The zero Budget grants nothing, so the limit
// of the address applies. It prints as a constant, because a name may be a person's.
type Budget struct {
	// Name identifies the caller and never changes, such as the ID of an API client. Callers with the same
	// name share a budget.
	Name string
	// CallsPerMinute is the size of the budget; zero means that of [Config.CallsPerMinute].
	CallsPerMinute int
}

const maskedBudget = "[budget]"

// Format writes "[budget]" for every verb.
func (Budget) Format(f fmt.State, _ rune) { io.WriteString(f, maskedBudget) }

// LogValue returns "[budget]".
func (Budget) LogValue() slog.Value { return slog.StringValue(maskedBudget) }

// bucket returns the bucket of a limit. Its key is an HMAC, so it does not reveal the address or reference.
func (v *Service) bucket(kind string, of []byte, burst int, per time.Duration) otp.Bucket {
	mac := hmac.New(sha256.New, v.limitKey)
	mac.Write([]byte(kind + "\x00"))
	mac.Write(of)
	sum := mac.Sum(nil)
	return otp.Bucket{
		Key:      kind + ":" + base64.RawURLEncoding.EncodeToString(sum[:16]),
		Burst:    burst,
		Interval: per / time.Duration(burst),
	}
}

// quota is the number of calls that a caller has left. The zero quota is unknown.
type quota struct {
	limit            int // calls in a minute; zero if the quota is unknown
	remaining, reset int // calls, seconds
}

var errBudget = errors.New("budget of calls is negative")

// takeCall counts a call, for the caller's budget or else for its address.
func (v *Service) takeCall(ctx context.Context, c Caller) (quota, *fault) {
	kind, of, limit := "calls", netaddr.Network(c.Address), v.cfg.CallsPerMinute
	if c.Budget.Name != "" {
		kind, of, limit = "budget", []byte(c.Budget.Name), cmp.Or(c.Budget.CallsPerMinute, limit)
	}
	if limit < 1 {
		return quota{}, unavailable("Budget", errBudget)
	}
	b := v.bucket(kind, of, limit, time.Minute)
	d, err := v.cfg.Limiter.Take(ctx, []otp.Bucket{b})
	switch {
	case err != nil:
		return quota{}, unavailable("Limiter", err)
	case !d.OK:
		f := limited(d.RetryAfter)
		return quota{limit, d.Remaining, f.RetryAfter}, f
	}
	return quota{limit, d.Remaining, retrySeconds(time.Duration(limit-d.Remaining) * b.Interval)}, nil
}

// write writes the rate-limit headers of the Italian API guidelines.
func (q quota) write(h http.Header) {
	if q.limit == 0 {
		return
	}
	h.Set("RateLimit-Limit", strconv.Itoa(q.limit))
	h.Set("RateLimit-Remaining", strconv.Itoa(q.remaining))
	h.Set("RateLimit-Reset", strconv.Itoa(q.reset))
}

// takeMismatch counts a wrong codice fiscale. For a right one it only checks that the limit is not reached.
// The limiter orders concurrent calls, so many guesses at the same time gain nothing.
func (v *Service) takeMismatch(ctx context.Context, reference string, matched bool) *fault {
	b := v.bucket("mismatches", []byte(reference), mismatchesPerHour, time.Hour)
	b.Peek = matched
	d, err := v.cfg.Limiter.Take(ctx, []otp.Bucket{b})
	switch {
	case err != nil:
		return unavailable("Limiter", err)
	case !d.OK:
		return limited(d.RetryAfter)
	}
	return nil
}
