package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

var _ otp.Peeker = (*Store)(nil)

// maxPeek is how many buckets one statement looks at.
const maxPeek = 8

// Peek implements otp.Peeker. More than eight buckets are as expensive as with Take.
func (s *Store) Peek(ctx context.Context, buckets []otp.Bucket) (otp.Decision, error) {
	if err := s.ready(); err != nil {
		return otp.Decision{}, err
	}
	asked, keys := slices.Clone(buckets), slices.Repeat([]any{""}, maxPeek) // no bucket has the key ""
	for i := range asked {
		asked[i].Peek = true
	}
	if len(asked) > maxPeek {
		return s.Take(ctx, asked)
	}
	for i := range asked {
		keys[i] = asked[i].Key
	}
	full := make([]time.Time, len(buckets))
	var nowMS int64
	err := again(ctx, func() error {
		rows, err := s.peek(ctx, keys)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var key sql.NullString
			var fullMS sql.NullInt64
			if err := rows.Scan(&nowMS, &key, &fullMS); err != nil {
				return err
			}
			for i := range asked {
				if key.Valid && asked[i].Key == key.String {
					full[i] = time.UnixMilli(fullMS.Int64)
				}
			}
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	if err != nil {
		return otp.Decision{}, fmt.Errorf("look into buckets: %w", err)
	}
	d, _ := otp.Decide(asked, full, time.UnixMilli(nowMS))
	return d, nil
}

// peek returns the present time, with the key and the time of being full of each bucket that has a row. The
// driver of SQLite keeps no statements, so it is prepared here; it is closed with DB.
func (s *Store) peek(ctx context.Context, keys []any) (*sql.Rows, error) {
	if s.Dialect == PostgreSQL {
		return s.DB.QueryContext(ctx, s.sql.peek, keys...)
	}
	s.peeking.Lock()
	if s.peeked == nil {
		var err error
		if s.peeked, err = s.DB.PrepareContext(ctx, s.sql.peek); err != nil {
			s.peeking.Unlock()
			return nil, err
		}
	}
	s.peeking.Unlock()
	return s.peeked.QueryContext(ctx, keys...)
}
