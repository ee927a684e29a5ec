package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	if err := s.ready(); err != nil || len(buckets) == 0 {
		return otp.Decision{OK: err == nil}, err
	}
	index := make(map[string]int, len(buckets))
	call := make([]asked, len(buckets))
	onlyPeeks := true
	for i, b := range buckets {
		step := max(b.Interval.Milliseconds(), 1)
		call[i] = asked{b.Key, step, step * int64(max(b.Burst, 1)), b.Peek}
		index[b.Key] = i
		onlyPeeks = onlyPeeks && b.Peek
	}
	arg, err := json.Marshal(call)
	if err != nil {
		return otp.Decision{}, err
	}
	for range maxRounds {
		if !onlyPeeks {
			full, now, err := s.buckets(ctx, s.sql.take, string(arg), index)
			if err != nil {
				return otp.Decision{}, fmt.Errorf("take from buckets: %w", err)
			}
			if full != nil {
				for i, b := range buckets {
					if !b.Peek {
						full[i] = full[i].Add(time.Duration(-call[i].Step) * time.Millisecond)
					}
				}
				d, _ := otp.Decide(buckets, full, now)
				return d, nil
			}
		}
		full, now, err := s.buckets(ctx, s.sql.look, string(arg), index)
		if err != nil {
			return otp.Decision{}, fmt.Errorf("look into buckets: %w", err)
		}
		// A token may have come back between the two statements.
		if d, _ := otp.Decide(buckets, full, now); onlyPeeks || !d.OK {
			return d, nil
		}
	}
	return otp.Decision{}, errors.New("take from buckets: too many concurrent calls")
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
// for every bucket. If it returns no row, full is nil.
func (s *Store) buckets(ctx context.Context, query, arg string,
	index map[string]int) (full []time.Time, now time.Time, err error) {
	err = again(ctx, func() error {
		rows, err := s.DB.QueryContext(ctx, query, arg)
		if err != nil {
			return err
		}
		defer rows.Close()
		full = nil
		for rows.Next() {
			var key string
			var fullMS, nowMS int64
			if err := rows.Scan(&key, &fullMS, &nowMS); err != nil {
				return err
			}
			if full == nil {
				full = make([]time.Time, len(index))
			}
			full[index[key]], now = time.UnixMilli(fullMS), time.UnixMilli(nowMS)
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	return full, now, err
}
