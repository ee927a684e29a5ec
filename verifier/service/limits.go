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

// maxHere bounds the callers whose calls are also counted in this process, at 200 bytes each. Others are
// counted by the limiter alone.
const maxHere = 100_000

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

// A ticket counts one call.
type ticket struct {
	bucket otp.Bucket
	limit  int
	taken  bool
	left   quota
}

// ticket returns the ticket of a call, for the caller's budget or else for its address.
func (v *Service) ticket(c Caller) (*ticket, *fault) {
	kind, of, limit := "calls", netaddr.Customer(c.Address), v.cfg.CallsPerMinute
	if c.Budget.Name != "" {
		kind, of, limit = "budget", []byte(c.Budget.Name), cmp.Or(c.Budget.CallsPerMinute, limit)
	}
	if limit < 1 {
		return nil, unavailable("Budget", errBudget)
	}
	return &ticket{bucket: v.bucket(kind, of, otp.Rate{Count: limit, Per: time.Minute}), limit: limit}, nil
}

// take counts the call, unless it is counted already.
func (v *Service) take(ctx context.Context, t *ticket) *fault {
	if t.taken {
		return nil
	}
	t.taken = true // even if the limiter panics
	d, err := v.cfg.Limiter.Take(ctx, []otp.Bucket{t.bucket})
	return t.decided(d, err)
}

// decided notes what the limiter answered.
func (t *ticket) decided(d otp.Decision, err error) *fault {
	t.taken = true
	switch {
	case err != nil:
		return unavailable("Limiter", err)
	case !d.OK:
		f := limited(api.LimitCalls, d.RetryAfter)
		t.left = quota{t.limit, d.Remaining, f.RetryAfter}
		return f
	}
	t.left = quota{t.limit, d.Remaining,
		retrySeconds(time.Duration(t.limit-d.Remaining) * t.bucket.Interval)}
	return nil
}

// begin counts the call, or puts it off to the look at the limits of wrong codes, so that both are one round
// trip. What a caller above its limit costs until then is bounded by the same limit in this process.
func (v *Service) begin(ctx context.Context, t *ticket) *fault {
	if v.together == nil {
		return v.take(ctx, t)
	}
	d, err := v.here.Take(ctx, []otp.Bucket{t.bucket})
	if err == nil && !d.OK {
		return t.decided(d, nil)
	}
	return nil
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
