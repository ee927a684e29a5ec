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

// The limits of the contract: calls from one address in a minute, and wrong codici fiscali for one reference
// in an hour.
const (
	callsPerMinute    = 60
	mismatchesPerHour = 10
)

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

// quota is the number of calls that an address has left. The zero quota is unknown.
type quota struct {
	known            bool
	remaining, reset int // calls, seconds
}

// takeCall counts a call from the address.
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
