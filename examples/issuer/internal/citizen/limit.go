package citizen

import (
	"context"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

// limit bounds how often a person may do something.
type limit struct {
	name string
	rate otp.Bucket
}

// The limits. A file of the offline profile costs 64 MiB and a quarter of a second; a letter fills a
// mailbox.
var (
	limitLetter = limit{"letter", otp.Bucket{Burst: 3, Interval: 20 * time.Minute}}
	limitFile   = limit{"file", otp.Bucket{Burst: 30, Interval: 20 * time.Second}}
	// Each change of the language is recorded, and nobody needs many.
	limitLanguage = limit{"language", otp.Bucket{Burst: 10, Interval: time.Hour}}
	limitOffline  = limit{"offline", otp.Bucket{Burst: 5, Interval: time.Minute}}
)

// take takes a token from the bucket of each name and returns the minutes to wait; 0 means none.
func (p *Pages) take(ctx context.Context, l limit, names ...string) (minutes int, err error) {
	var buckets []otp.Bucket
	for _, name := range names {
		b := l.rate
		b.Key = "citizen:" + l.name + ":" + p.pseudonym("limit", l.name, name)
		buckets = append(buckets, b)
	}
	d, err := p.Limiter.Take(ctx, buckets)
	if err != nil || d.OK {
		return 0, err
	}
	return int((d.RetryAfter + time.Minute - 1) / time.Minute), nil
}
