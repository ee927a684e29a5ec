package service

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/otp"
)

// The limits of the contract: calls of one address in a minute, and wrong codici fiscali for one reference
// in an hour.
const (
	callsPerMinute    = 60
	mismatchesPerHour = 10
)

// bucket names a limit without showing for what it is: nobody without the key can make the name.
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

// quota is what is left of the calls of an address; the zero one is not known.
type quota struct {
	known            bool
	remaining, reset int // calls, seconds
}

// takeCall counts the call on its address.
func (v *Service) takeCall(ctx context.Context, address netip.Addr) (quota, *fault) {
	b := v.bucket("calls", netaddr.Network(address), callsPerMinute, time.Minute)
	d, err := v.cfg.Limiter.Take(ctx, []otp.Bucket{b})
	switch {
	case err != nil:
		return quota{}, unavailable("Limiter", err)
	case !d.OK:
		f := limited(d.RetryAfter)
		return quota{true, d.Remaining, f.RetryAfter}, f
	}
	return quota{true, d.Remaining, retrySeconds(time.Duration(callsPerMinute-d.Remaining) * b.Interval)}, nil
}

// write writes the rate-limit headers of the Italian API guidelines.
func (q quota) write(h http.Header) {
	if !q.known {
		return
	}
	h.Set("RateLimit-Limit", strconv.Itoa(callsPerMinute))
	h.Set("RateLimit-Remaining", strconv.Itoa(q.remaining))
	h.Set("RateLimit-Reset", strconv.Itoa(q.reset))
}

// takeMismatch counts a wrong codice fiscale, or looks whether a right one may still be confirmed. What
// decides is the order in which the limiter sees the calls, so that many guesses at the same time gain
// nothing.
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
