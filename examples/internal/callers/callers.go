// Package callers limits how many requests a network address makes in a minute, in this process alone.
package callers

import (
	"hash/maphash"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/otp"
)

const (
	// MaxPerMinute is the greatest limit: a bucket counts whole milliseconds.
	MaxPerMinute = 60_000
	// maxAddresses bounds the addresses that are counted, at 200 bytes each.
	maxAddresses = 100_000
	// othersShare is the limit of all further addresses together, in limits of one address.
	othersShare = 10
)

// Limit limits the requests of an address, and of an IPv6 /64. While it counts as many addresses as it may,
// further ones share one limit. Make it with [New]; it is safe for concurrent use.
type Limit struct {
	// Clock returns the time; nil means time.Now. Set it before the first request.
	Clock func() time.Time

	perMinute         int
	seed              maphash.Seed
	addresses, others otp.MemoryLimiter
}

// New returns a limit of 1 to [MaxPerMinute] requests a minute.
func New(perMinute int) *Limit {
	l := &Limit{perMinute: perMinute, seed: maphash.MakeSeed()}
	l.addresses = otp.MemoryLimiter{Max: maxAddresses, Clock: l.now}
	l.others.Clock = l.now
	return l
}

func (l *Limit) now() time.Time {
	if l.Clock != nil {
		return l.Clock()
	}
	return time.Now()
}

func bucket(key string, perMinute int) []otp.Bucket {
	return []otp.Bucket{{Key: key, Burst: perMinute, Interval: time.Minute / time.Duration(perMinute)}}
}

// Take counts a request and returns how long to wait; 0 means not at all.
func (l *Limit) Take(r *http.Request) time.Duration {
	caller, _ := netip.ParseAddrPort(r.RemoteAddr)
	key := strconv.FormatUint(maphash.Bytes(l.seed, netaddr.Customer(caller.Addr())), 36)
	d, err := l.addresses.Take(r.Context(), bucket(key, l.perMinute))
	if err != nil {
		d, err = l.others.Take(r.Context(), bucket("others", min(othersShare*l.perMinute, MaxPerMinute)))
	}
	if err != nil || d.OK { // the only other error is that nobody waits for the answer
		return 0
	}
	return d.RetryAfter
}

// Seconds is a wait as the header Retry-After writes it, rounded up.
func Seconds(wait time.Duration) string {
	return strconv.Itoa(int((wait + time.Second - 1) / time.Second))
}
