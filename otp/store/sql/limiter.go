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

// Take implements otp.Limiter. One statement takes all tokens or none. If it takes none, a
// second one finds the reason.
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
	index := make(map[string]int, len(buckets))
	call := make([]asked, len(buckets))
	for i, b := range buckets {
		step := max(b.Interval.Milliseconds(), 1)
		call[i] = asked{b.Key, step, step * int64(max(b.Burst, 1)), b.Peek}
		index[b.Key] = i
	}
	arg, err := json.Marshal(call)
	if err != nil {
		return d, found, err
	}
	args := []any{string(arg)}
	if s.Dialect == PostgreSQL {
		args = append(args, soon, key)
	}
	for range maxRounds {
		if takes {
			full, now, r, err := s.buckets(ctx, s.sql.take, index, args...)
			if err != nil {
				return d, found, fmt.Errorf("take from buckets: %w", err)
			}
			if full != nil {
				for i, b := range buckets {
					if !b.Peek {
						full[i] = full[i].Add(time.Duration(-call[i].Step) * time.Millisecond)
					}
				}
				if d, _ = otp.Decide(buckets, full, now); s.Dialect == PostgreSQL && key != "" {
					r.Now = now
					found = r
				}
				return d, found, nil
			}
		}
		full, now, _, err := s.buckets(ctx, s.sql.look, index, args[0])
		if err != nil {
			return d, found, fmt.Errorf("look into buckets: %w", err)
		}
		// A token may have come back between the two statements.
		if d, _ := otp.Decide(buckets, full, now); !takes || !d.OK {
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

// buckets runs a statement that returns the key, the time of being full and the current time
// for every bucket, and in one of the rows the record, if it looks for one. If it returns no row, full
// is nil.
func (s *Store) buckets(ctx context.Context, query string, index map[string]int,
	args ...any) (full []time.Time, now time.Time, r otp.Snapshot, err error) {
	err = again(ctx, func() error {
		rows, err := s.DB.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		full, r = nil, otp.Snapshot{}
		for rows.Next() {
			var key string
			var fullMS, nowMS int64
			var version sql.NullInt64
			var body []byte
			if err := rows.Scan(&key, &fullMS, &nowMS, &version, &body); err != nil {
				return err
			}
			if version.Valid {
				r.Version, r.Body = version.Int64, body
			}
			if full == nil {
				full = make([]time.Time, len(index))
			}
			full[index[key]], now = time.UnixMilli(fullMS), time.UnixMilli(nowMS)
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	return full, now, r, err
}
