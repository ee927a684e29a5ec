package service

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// Mismatches are the limits of wrong codici fiscali, by which a photo of a QR does not tell whose it is: with
// a name and a birth date, some hundred guesses are left. Above a limit, a right codice fiscale gets the same
// answer as a wrong one, [api.RateLimited]. Each limit is a list of rates that all apply to one document; nil
// means the default given with the field, and an empty list that is not nil removes the limit. In a rate, Per
// is at least a second and at most 366 days, and Burst times the time for one is at most ten years. As a rate
// is a bucket that fills steadily, twice its Count may pass in the first Per, and its Count in each later
// one.
//
// A new document of the same person begins at zero.
type Mismatches struct {
	// Network limits callers without a login, from one network, an IPv4 /24 or an IPv6 /48: 5 in an hour and
	// 10 in a day.
	Network []otp.Rate
	// Document limits callers without a login, from all networks together: 30 in a day and 100 in a year.
	Document []otp.Rate
	// Caller limits one caller that authenticates, by [Caller.Budget] or as [Caller.Operator], in place of
	// the other two: 5 in an hour and 10 in a day.
	Caller []otp.Rate
	// Limiter keeps these limits; nil means [Config.Limiter]. They last a year, so choose one that a restart
	// does not empty, and a [Config.LimitKey] that stays the same.
	Limiter otp.Limiter
}

const (
	oneDay  = 24 * time.Hour
	oneYear = 365 * oneDay
)

func (m Mismatches) withDefaults(limiter otp.Limiter) Mismatches {
	few := []otp.Rate{{Count: 5, Per: time.Hour}, {Count: 10, Per: oneDay}}
	for _, f := range []struct {
		rates    *[]otp.Rate
		defaults []otp.Rate
	}{
		{&m.Network, few}, {&m.Caller, few},
		{&m.Document, []otp.Rate{{Count: 30, Per: oneDay}, {Count: 100, Per: oneYear}}},
	} {
		if *f.rates == nil {
			*f.rates = f.defaults
		}
	}
	if m.Limiter == nil {
		m.Limiter = limiter
	}
	return m
}

// allowed reports whether all rates are within the bounds that [otp.Bucket] sets.
func (m Mismatches) allowed() bool {
	for _, rates := range [][]otp.Rate{m.Network, m.Document, m.Caller} {
		for _, r := range rates {
			if r.Count < 1 || r.Burst < 0 || r.Per < time.Second || r.Per > 366*oneDay ||
				r.Per/time.Duration(r.Count) < time.Millisecond {
				return false
			}
			if b := r.Bucket(""); b.Burst > int(3660*oneDay/b.Interval) {
				return false
			}
		}
	}
	return true
}

// WrongCodes says how many wrong codici fiscali were tried on a document. It prints as a constant.
type WrongCodes struct {
	// Person is the person of the document, by the code that was typed at the check that found it out.
	Person codicefiscale.Code
	// Count is how many wrong codes got an answer since the last report about this document. At most 100 are
	// counted, and one is forgotten in every 30 days.
	Count int
	// At is the time of the right check.
	At time.Time
}

const maskedWrongCodes = "[wrong codes]"

// Format writes "[wrong codes]" for every verb.
func (WrongCodes) Format(f fmt.State, _ rune) { io.WriteString(f, maskedWrongCodes) }

// LogValue returns "[wrong codes]".
func (WrongCodes) LogValue() slog.Value { return slog.StringValue(maskedWrongCodes) }

// identity returns what identifies a caller that authenticates, or "".
func (c Caller) identity() string {
	switch o := c.Operator; {
	case o.ID != "":
		return strings.Join([]string{"operator", o.Tenant, o.IdentityProvider, o.ID}, "\x00")
	case c.Budget.Name != "":
		return "budget\x00" + c.Budget.Name
	}
	return ""
}

// mismatchBuckets returns the buckets that a wrong codice fiscale is taken from, and the name of the limit.
func (v *Service) mismatchBuckets(c Caller, reference string) (list []otp.Bucket, by api.Limit) {
	add := func(kind, of string, rates []otp.Rate) {
		for i, r := range rates {
			list = append(list, v.bucket(kind+"-"+strconv.Itoa(i), []byte(of+"\x00"+reference), r))
		}
	}
	if who := c.identity(); who != "" {
		add("mismatch-caller", who, v.cfg.Mismatches.Caller)
		return list, api.LimitCaller
	}
	add("mismatch-network", string(netaddr.Network(c.Address)), v.cfg.Mismatches.Network)
	add("mismatch-document", "", v.cfg.Mismatches.Document)
	return list, api.LimitDocument
}

// told is the rate of the bucket that counts wrong codes until the person is told. It limits nothing.
func told() otp.Rate { return otp.Rate{Count: maxTold, Per: maxTold * 30 * oneDay} }

const maxTold = 100

// toldBucket returns the bucket that counts the wrong codes of a document.
func (v *Service) toldBucket(reference string) otp.Bucket {
	return v.bucket("mismatch-told", []byte(reference), told())
}

// takeMismatch counts a wrong codice fiscale. For a right one, it only checks that no limit is reached, and
// returns how many wrong ones were tried of which the person was not told. The limiter orders concurrent
// calls, so many guesses at the same time gain nothing.
func (v *Service) takeMismatch(ctx context.Context, c Caller, reference string,
	matched bool) (tried int, f *fault) {
	buckets, by := v.mismatchBuckets(c, reference)
	for i := range buckets {
		buckets[i].Peek = matched
	}
	limits := len(buckets)
	if matched && v.cfg.WrongCodes != nil {
		b := v.toldBucket(reference)
		b.Burst, b.Peek = b.Burst+1, true // never empty, so it does not refuse
		buckets = append(buckets, b)
	}
	d, f, err := v.limit(ctx, c.ticket, buckets, matched)
	switch {
	case f != nil:
		return 0, f
	case err != nil:
		return 0, unavailable("Limiter", err)
	case !d.OK:
		return 0, limited(by, d.RetryAfter)
	case !matched:
		v.count(ctx, reference)
	case len(buckets) > limits && len(d.Left) == len(buckets):
		return buckets[limits].Burst - d.Left[limits], nil
	}
	return 0, nil
}

// limit counts the call, if that was put off, and takes from the buckets or looks at them.
func (v *Service) limit(ctx context.Context, t *ticket, buckets []otp.Bucket,
	peek bool) (d otp.Decision, f *fault, err error) {
	if peek && !t.taken && v.together != nil {
		t.taken = true
		var call otp.Decision
		if call, d, err = v.together.TakePeek(ctx, t.bucket, buckets); err != nil {
			return d, nil, err
		}
		return d, t.decided(call, nil), nil
	}
	if f = v.take(ctx, t); f != nil {
		return d, f, nil
	}
	d, err = v.cfg.Mismatches.Limiter.Take(ctx, buckets)
	return d, nil, err
}

// count counts a wrong code for the person to be told. If no more fit, it counts nothing.
func (v *Service) count(ctx context.Context, reference string) {
	if v.cfg.WrongCodes == nil {
		return
	}
	if _, err := v.cfg.Mismatches.Limiter.Take(ctx, []otp.Bucket{v.toldBucket(reference)}); err != nil {
		v.report(ctx, "wrong code was not counted", "Limiter", err)
	}
}

// tell tells the person of wrong codes and begins to count again. It never fails the check.
func (v *Service) tell(ctx context.Context, reference string, w WrongCodes) {
	if err := v.cfg.WrongCodes(ctx, w); err != nil {
		v.report(ctx, "person was not told of wrong codes", "WrongCodes", err)
		return
	}
	limiter := v.cfg.Mismatches.Limiter.(otp.Refiller) // New has checked it
	if err := limiter.Refill(ctx, v.toldBucket(reference).Key); err != nil {
		v.report(ctx, "wrong codes will be told again", "Limiter", err)
	}
}
