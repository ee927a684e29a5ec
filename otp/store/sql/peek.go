package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

var _ otp.Peeker = (*Store)(nil)

// peeks are the statements of Peek by the number of buckets. For SQLite, whose driver keeps none, they are
// prepared.
type peeks struct {
	mu       sync.Mutex
	queries  map[int]string
	prepared map[int]*sql.Stmt
}

// Peek implements otp.Peeker.
func (s *Store) Peek(ctx context.Context, buckets []otp.Bucket) (otp.Decision, error) {
	if err := s.ready(); err != nil || len(buckets) == 0 {
		return otp.Decision{OK: err == nil}, err
	}
	asked, keys := slices.Clone(buckets), make([]any, len(buckets))
	for i := range asked {
		asked[i].Peek, keys[i] = true, asked[i].Key
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

// peek returns the present time, with the key and the time of being full of each bucket that has a row.
func (s *Store) peek(ctx context.Context, keys []any) (*sql.Rows, error) {
	query, prepared, err := s.peeks.get(ctx, s, len(keys))
	switch {
	case err != nil:
		return nil, err
	case prepared == nil:
		return s.DB.QueryContext(ctx, query, keys...)
	}
	return prepared.QueryContext(ctx, keys...)
}

func (p *peeks) get(ctx context.Context, s *Store, n int) (query string, prepared *sql.Stmt, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if query = p.queries[n]; query != "" {
		return query, p.prepared[n], nil
	}
	places := make([]string, n)
	for i := range places {
		places[i] = "$" + strconv.Itoa(i+1)
	}
	query = s.sql.peek + "(" + strings.Join(places, ", ") + ")"
	if s.Dialect == SQLite {
		if prepared, err = s.DB.PrepareContext(ctx, query); err != nil { // it is closed with DB
			return "", nil, err
		}
	}
	if p.queries == nil {
		p.queries, p.prepared = map[int]string{}, map[int]*sql.Stmt{}
	}
	p.queries[n], p.prepared[n] = query, prepared
	return query, prepared, nil
}
