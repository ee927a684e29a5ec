package service

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// defaultCalls is the default of [Config.CallsPerMinute], the limit of the contract.
const defaultCalls = 60

// A Budget is how many calls the issuer grants to a caller that authenticates, whatever its address: a chain
// of museums behind one address, or a desk on a mobile network. Such a caller also has limits of its own for
// wrong codici fiscali ([Mismatches.Caller]). The zero Budget grants nothing, so the limits of the address
// apply. It prints as a constant, because a name may be a person's.
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
func (v *Service) bucket(kind string, of []byte, rate otp.Rate) otp.Bucket {
	mac := v.limitMACs.Get().(hash.Hash)
	defer v.limitMACs.Put(mac)
	mac.Reset()
	io.WriteString(mac, kind+"\x00")
	mac.Write(of)
	sum := mac.Sum(nil)
	return rate.Bucket(kind + ":" + base64.RawURLEncoding.EncodeToString(sum[:16]))
}

// quota is the number of calls that a caller has left. The zero quota is unknown.
type quota struct {
	limit            int // calls in a minute; zero if the quota is unknown
	remaining, reset int // calls, seconds
}

var errBudget = errors.New("budget of calls is negative")

// takeCall counts a call, for the caller's budget or else for its address.
func (v *Service) takeCall(ctx context.Context, c Caller) (quota, *fault) {
	kind, of, limit := "calls", netaddr.Customer(c.Address), v.cfg.CallsPerMinute
	if c.Budget.Name != "" {
		kind, of, limit = "budget", []byte(c.Budget.Name), cmp.Or(c.Budget.CallsPerMinute, limit)
	}
	if limit < 1 {
		return quota{}, unavailable("Budget", errBudget)
	}
	b := v.bucket(kind, of, otp.Rate{Count: limit, Per: time.Minute})
	d, err := v.cfg.Limiter.Take(ctx, []otp.Bucket{b})
	switch {
	case err != nil:
		return quota{}, unavailable("Limiter", err)
	case !d.OK:
		f := limited(api.LimitCalls, d.RetryAfter)
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
