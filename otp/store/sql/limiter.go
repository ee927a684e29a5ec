package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

// asked is a bucket as the statements get it, with times in milliseconds.
type asked struct {
	Key  string `json:"key"`
	Step int64  `json:"step"`
	Room int64  `json:"room"`
	Peek bool   `json:"peek"`
}

// Take implements otp.Limiter. It is one statement, or with SQLite two if it takes no tokens.
func (s *Store) Take(ctx context.Context, buckets []otp.Bucket) (otp.Decision, error) {
	d, _, err := s.take(ctx, buckets, false, "")
	return d, err
}

// TakeLoad implements otp.TakeLoader. With PostgreSQL it is one statement, and its commit does not
// wait for the disk. With SQLite it is two.
func (s *Store) TakeLoad(ctx context.Context, buckets []otp.Bucket, key string) (otp.Decision, otp.Snapshot,
	error) {
	d, found, err := s.take(ctx, buckets, true, key)
	if err == nil && d.OK && key != "" && found.Now.IsZero() {
		found, err = s.Load(ctx, key)
	}
	return d, found, err
}

func (s *Store) take(ctx context.Context, buckets []otp.Bucket, soon bool, key string) (d otp.Decision,
	found otp.Snapshot, err error) {
	if err := s.ready(); err != nil || len(buckets) == 0 {
		return otp.Decision{OK: err == nil}, found, err
	}
	takes := slices.ContainsFunc(buckets, func(b otp.Bucket) bool { return !b.Peek })
	if !takes && len(buckets) <= maxPeek {
		d, err = s.peek(ctx, buckets)
		return d, found, err
	}
	call := make([]asked, len(buckets))
	for i, b := range buckets {
		step := max(b.Interval.Milliseconds(), 1)
		call[i] = asked{b.Key, step, step * int64(max(b.Burst, 1)), b.Peek}
	}
	arg, err := json.Marshal(call)
	if err != nil {
		return d, found, err
	}
	if s.Dialect == PostgreSQL {
		d, found, err = s.buckets(ctx, s.sql.take, buckets, call, string(arg), soon, key)
		if err != nil {
			return d, found, fmt.Errorf("take from buckets: %w", err)
		}
		if !d.OK || key == "" {
			found = otp.Snapshot{}
		}
		return d, found, nil
	}
	for range maxRounds {
		if takes {
			d, found, err := s.buckets(ctx, s.sql.take, buckets, call, string(arg))
			if err != nil {
				return d, found, fmt.Errorf("take from buckets: %w", err)
			}
			if !found.Now.IsZero() {
				return d, otp.Snapshot{}, nil
			}
		}
		d, _, err := s.buckets(ctx, s.sql.look, buckets, call, string(arg))
		if err != nil {
			return d, found, fmt.Errorf("look into buckets: %w", err)
		}
		// A token may have come back between the two statements.
		if !takes || !d.OK {
			return d, found, nil
		}
	}
	return d, found, errors.New("take from buckets: too many concurrent calls")
}

// Refill implements otp.Refiller.
func (s *Store) Refill(ctx context.Context, key string) error {
	if err := s.ready(); err != nil {
		return err
	}
	err := again(ctx, func() error {
		_, err := s.DB.ExecContext(ctx, s.sql.refill, key)
		return err
	})
	if err != nil {
		return fmt.Errorf("refill bucket: %w", err)
	}
	return nil
}

// buckets runs a statement that returns for every bucket its key, the time, whether a token was taken, and
// when it is full, and in one of the rows the record, if it looks for one. The snapshot has no time if the
// statement returned no row.
func (s *Store) buckets(ctx context.Context, query string, buckets []otp.Bucket, call []asked,
	args ...any) (d otp.Decision, r otp.Snapshot, err error) {
	full := make([]time.Time, len(buckets))
	err = again(ctx, func() error {
		rows, err := s.DB.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		r = otp.Snapshot{}
		for rows.Next() {
			var key string
			var nowMS, fullMS int64
			var version sql.NullInt64
			var body []byte
			var taken bool
			if err := rows.Scan(&key, &nowMS, &version, &body, &taken, &fullMS); err != nil {
				return err
			}
			if r.Now = time.UnixMilli(nowMS); version.Valid {
				r.Version, r.Body = version.Int64, body
			}
			i := slices.IndexFunc(call, func(a asked) bool { return a.Key == key })
			if taken && !call[i].Peek {
				fullMS -= call[i].Step
			}
			full[i] = time.UnixMilli(fullMS)
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	if err != nil || r.Now.IsZero() {
		return d, r, err
	}
	d, _ = otp.Decide(buckets, full, r.Now)
	return d, r, nil
}
