package service

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/otp"
)

// The limits of the contract: calls of one address in a minute, and wrong codici fiscali for one reference in an hour.
const (
	callsPerMinute    = 60
	mismatchesPerHour = 10
)

// bucket names a limit without showing for what it is. The name is half of a hash that begins with the key: nobody
// without the key can make one, nor another from one.
func (v *server) bucket(kind string, of []byte, burst int, per time.Duration) otp.Bucket {
	var buffer [128]byte
	text := append(buffer[:0], v.limitKey...)
	text = append(text, kind...)
	text = append(text, 0)
	text = append(text, of...)
	sum := sha256.Sum256(text)
	return otp.Bucket{
		Key:      kind + ":" + base64.RawURLEncoding.EncodeToString(sum[:16]),
		Burst:    burst,
		Interval: per / time.Duration(burst),
	}
}

// takeCall counts the call on its address and writes the rate-limit headers.
func (v *server) takeCall(w http.ResponseWriter, r *http.Request) *fault {
	b := v.bucket("calls", netaddr.Network(v.Address(r)), callsPerMinute, time.Minute)
	d, err := v.Limiter.Take(r.Context(), []otp.Bucket{b})
	if err != nil {
		return unavailable("Limiter", err)
	}
	h := w.Header()
	h.Set("RateLimit-Limit", strconv.Itoa(callsPerMinute))
	h.Set("RateLimit-Remaining", strconv.Itoa(d.Remaining))
	if !d.OK {
		f := limited(d.RetryAfter)
		h.Set("RateLimit-Reset", strconv.Itoa(f.RetryAfter))
		return f
	}
	h.Set("RateLimit-Reset", strconv.Itoa(retrySeconds(time.Duration(callsPerMinute-d.Remaining)*b.Interval)))
	return nil
}

// takeMismatch counts a wrong codice fiscale, or looks whether a right one may still be confirmed. What decides is the
// order in which the limiter sees the calls, so that many guesses at the same time gain nothing.
func (v *server) takeMismatch(ctx context.Context, reference string, matched bool) *fault {
	b := v.bucket("mismatches", []byte(reference), mismatchesPerHour, time.Hour)
	b.Peek = matched
	d, err := v.Limiter.Take(ctx, []otp.Bucket{b})
	switch {
	case err != nil:
		return unavailable("Limiter", err)
	case !d.OK:
		return limited(d.RetryAfter)
	}
	return nil
}
