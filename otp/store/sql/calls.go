package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

// Calls are the buckets of a [Store] as a limiter of calls by the minute, of which there are many. With
// PostgreSQL, taking from one bucket is a short statement whose commit does not wait for the disk: if the
// server crashes, the tokens of the last moments may come back (three times wal_writer_delay, 0.6 s by
// default). Everything else is as with Store. Failures and wrong codes need Store.
type Calls struct{ *Store }

// Take implements otp.Limiter.
func (c Calls) Take(ctx context.Context, buckets []otp.Bucket) (otp.Decision, error) {
	if err := c.ready(); err != nil {
		return otp.Decision{}, err
	}
	if len(buckets) != 1 || buckets[0].Peek || c.sql.call == "" {
		return c.Store.Take(ctx, buckets)
	}
	step, room := buckets[0].Milliseconds()
	var fullMS, nowMS int64
	err := again(ctx, func() error {
		return c.DB.QueryRowContext(ctx, c.sql.call, buckets[0].Key, step,
			room).Scan(&fullMS, &nowMS)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return c.Store.Take(ctx, buckets) // finds the reason
	case err != nil:
		return otp.Decision{}, fmt.Errorf("take from bucket: %w", err)
	}
	d, _ := otp.Decide(buckets, []time.Time{time.UnixMilli(fullMS - step)}, time.UnixMilli(nowMS))
	return d, nil
}
