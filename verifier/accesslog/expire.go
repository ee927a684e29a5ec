package accesslog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// expireBatch is the maximum number of records that one transaction deletes, because appends
// wait for it.
const expireBatch = 1000

// Expire deletes the records that are older than the retention, with their salts, and returns
// their number. The tree stays as it is. Once a day is enough; several processes may call it
// at once.
//
// Records are deleted in the order of the log, up to the first that must be kept.
func (l *Log) Expire(ctx context.Context) (int64, error) {
	if err := l.ready(); err != nil {
		return 0, err
	}
	before := l.retained().Unix()
	for total := int64(0); ; {
		n, err := l.expire(ctx, before)
		total += n
		if err != nil || n < expireBatch {
			return total, err
		}
	}
}

// retained returns the time from which on records are kept.
func (l *Log) retained() time.Time {
	months := l.Months
	if months == 0 {
		months = defaultMonths
	}
	return l.now().AddDate(0, -months, 0)
}

func (l *Log) expire(ctx context.Context, before int64) (n int64, err error) {
	err = l.update(ctx, func(tx *sql.Tx) error {
		// Take the lock first, so that two runs follow one another and the later one knows what the
		// earlier one did.
		t := l.tree(ctx, tx)
		s, err := t.lock()
		if err != nil {
			return err
		}
		first := s.size
		row := tx.QueryRowContext(ctx, l.bind(`SELECT number FROM access_record
WHERE at_s >= ? ORDER BY number LIMIT 1`), before)
		err = row.Scan(&first)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		s.kept = min(first, s.kept+expireBatch)
		if _, err := tx.ExecContext(ctx, l.bind(setState), s.size, s.kept, l.signState(s)); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, l.bind(`DELETE FROM access_record WHERE number < ?`), s.kept)
		if err != nil {
			return err
		}
		n, err = result.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("expire access records: %w", err)
	}
	return n, nil
}
