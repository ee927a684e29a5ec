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

// maxPeek is how many buckets the statement peek looks at.
const maxPeek = 8

// PeekLoad implements otp.Batcher. It is one statement.
func (s *Store) PeekLoad(ctx context.Context, buckets []otp.Bucket, keys ...string) (d otp.Decision,
	found []otp.Snapshot, err error) {
	if err := s.ready(); err != nil || len(buckets)+len(keys) == 0 {
		return otp.Decision{OK: err == nil}, nil, err
	}
	peeks, names := slices.Clone(buckets), make([]string, len(buckets))
	for i := range peeks {
		names[i], peeks[i].Peek = peeks[i].Key, true
	}
	if len(keys) == 0 && len(buckets) <= maxPeek {
		d, err = s.peek(ctx, peeks)
		return d, nil, err
	}
	bucketKeys, err := json.Marshal(names)
	if err != nil {
		return d, nil, err
	}
	recordKeys, err := json.Marshal(append([]string{}, keys...)) // never null
	if err != nil {
		return d, nil, err
	}
	var now time.Time
	full := make([]time.Time, len(buckets))
	found = make([]otp.Snapshot, len(keys))
	err = again(ctx, func() error {
		rows, err := s.DB.QueryContext(ctx, s.sql.peekLoad, string(bucketKeys), string(recordKeys))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var nowMS int64
			var key string
			var bucket bool
			var value sql.NullInt64 // when the bucket is full, or the record's version
			var body []byte
			if err := rows.Scan(&nowMS, &key, &bucket, &value, &body); err != nil {
				return err
			}
			if now = time.UnixMilli(nowMS); bucket {
				full[slices.Index(names, key)] = time.UnixMilli(value.Int64)
				continue
			}
			for i := range keys {
				if keys[i] == key {
					found[i] = otp.Snapshot{Version: value.Int64, Body: body, Now: now}
				}
			}
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	if err != nil {
		return d, nil, fmt.Errorf("look into buckets and records: %w", err)
	}
	d, _ = otp.Decide(peeks, full, now)
	return d, found, nil
}

// peek is Take of at most maxPeek buckets that all have Peek.
func (s *Store) peek(ctx context.Context, buckets []otp.Bucket) (otp.Decision, error) {
	keys := slices.Repeat([]any{""}, maxPeek) // no bucket has the key ""
	for i, b := range buckets {
		keys[i] = b.Key
	}
	full := make([]time.Time, len(buckets))
	var nowMS int64
	err := again(ctx, func() error {
		rows, err := s.peekRows(ctx, keys)
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
			for i, b := range buckets {
				if key.Valid && b.Key == key.String {
					full[i] = time.UnixMilli(fullMS.Int64)
				}
			}
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	if err != nil {
		return otp.Decision{}, fmt.Errorf("look into buckets: %w", err)
	}
	d, _ := otp.Decide(buckets, full, time.UnixMilli(nowMS))
	return d, nil
}

// peekRows returns the present time, with the key and the time of being full of each bucket that has a row.
// The driver of SQLite keeps no statements, so it is prepared here; it is closed with DB.
func (s *Store) peekRows(ctx context.Context, keys []any) (*sql.Rows, error) {
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
