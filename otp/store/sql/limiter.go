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
	Step int64  `json:"step"` // of all tokens of the call
	Room int64  `json:"room"`
	Peek bool   `json:"peek"`
}

// swapped is a change as the statements get it, with bytes in base64.
type swapped struct {
	Key   string `json:"key"`
	From  int64  `json:"from"`
	To    int64  `json:"to"`
	Body  []byte `json:"body"`
	Until int64  `json:"until"`
}

// Take implements otp.Limiter. It is one statement, or with SQLite two if it takes no tokens.
func (s *Store) Take(ctx context.Context, buckets []otp.Bucket) (d otp.Decision, err error) {
	if !slices.ContainsFunc(buckets, func(b otp.Bucket) bool { return !b.Peek }) {
		d, _, err = s.PeekLoad(ctx, buckets)
		return d, err
	}
	d, _, err = s.TakeSwap(ctx, buckets, nil, nil)
	return d, err
}

// TakeSwap implements otp.Batcher. With PostgreSQL it is one statement, and with SQLite a transaction after
// that of Take.
func (s *Store) TakeSwap(ctx context.Context, buckets []otp.Bucket, keys []string,
	changes []otp.Change) (d otp.Decision, done []bool, err error) {
	if err := s.ready(); err != nil || len(buckets)+len(keys) == 0 {
		return otp.Decision{OK: err == nil}, nil, err
	}
	if s.Dialect == SQLite {
		if d, err = s.takeSQLite(ctx, buckets); err != nil || !d.OK {
			return d, nil, err
		}
		done, err = s.swapEach(ctx, keys, changes)
		return d, done, err
	}
	swaps, soon := make([]swapped, len(keys)), len(buckets) == 0
	for i, c := range changes {
		swaps[i] = swapped{keys[i], c.From, c.To, body(c), c.Until.UnixMilli()}
		soon = soon && c.Soon
	}
	text, err := json.Marshal(swaps)
	if err != nil {
		return d, nil, err
	}
	d, done, _, err = s.take(ctx, buckets, keys, string(text), soon)
	return d, done, err
}

func (s *Store) takeSQLite(ctx context.Context, buckets []otp.Bucket) (d otp.Decision, err error) {
	if len(buckets) == 0 {
		return otp.Decision{OK: true}, nil
	}
	for range maxRounds {
		d, _, took, err := s.take(ctx, buckets, nil)
		if err != nil || took {
			return d, err
		}
		// A token may have come back between the two statements.
		if d, _, err = s.PeekLoad(ctx, buckets); err != nil || !d.OK {
			return d, err
		}
	}
	return d, errors.New("take from buckets: too many concurrent calls")
}

// take runs a statement that returns for every bucket its key, the time, whether its tokens were taken, and
// when it is full, and the key of every record that it wrote. took is false if it returned no bucket.
func (s *Store) take(ctx context.Context, buckets []otp.Bucket, keys []string, more ...any) (d otp.Decision,
	done []bool, took bool, err error) {
	call := make([]asked, len(buckets))
	for i, b := range buckets {
		step, room := b.Milliseconds()
		call[i] = asked{b.Key, step, room, b.Peek}
	}
	arg, err := json.Marshal(call)
	if err != nil {
		return d, nil, false, err
	}
	args := append([]any{string(arg)}, more...)
	var now time.Time
	full := make([]time.Time, len(buckets))
	err = again(ctx, func() error {
		rows, err := s.DB.QueryContext(ctx, s.sql.take, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		now, done = time.Time{}, make([]bool, len(keys))
		for rows.Next() {
			var key string
			var nowMS, fullMS sql.NullInt64
			var taken sql.NullBool
			if err := rows.Scan(&key, &nowMS, &taken, &fullMS); err != nil {
				return err
			}
			if !taken.Valid {
				done[slices.Index(keys, key)] = true
				continue
			}
			i := slices.IndexFunc(call, func(a asked) bool { return a.Key == key })
			if taken.Bool && !call[i].Peek {
				fullMS.Int64 -= call[i].Step
			}
			now, full[i] = time.UnixMilli(nowMS.Int64), time.UnixMilli(fullMS.Int64)
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	if err != nil {
		return d, nil, false, fmt.Errorf("take from buckets: %w", err)
	}
	d, _ = otp.Decide(buckets, full, now)
	return d, done, !now.IsZero(), nil
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
