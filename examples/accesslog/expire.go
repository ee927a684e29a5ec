package accesslog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// expireBatch is how many records one transaction deletes at most, since nothing is appended meanwhile.
const expireBatch = 1000

// Expire deletes the records, with their salts, that are older than the retention, and returns how many. The tree stays
// as it is. To be called once a day or so; several processes may.
//
// Records are deleted in the order of the log up to the first that is to be kept.
func (l *Log) Expire(ctx context.Context) (int64, error) {
	months := l.Months
	switch {
	case months < 0:
		return 0, errors.New("accesslog: Months is negative")
	case months == 0:
		months = defaultMonths
	}
	before := l.now().AddDate(0, -months, 0).Unix()
	for total := int64(0); ; {
		n, err := l.expire(ctx, before)
		total += n
		if err != nil || n < expireBatch {
			return total, err
		}
	}
}

func (l *Log) expire(ctx context.Context, before int64) (n int64, err error) {
	err = l.DB.Update(ctx, func(tx *sql.Tx) error {
		// The lock comes first: of two that run together the one that saw less must not have the last word.
		var size, kept int64
		err := tx.QueryRowContext(ctx, `UPDATE access_tree SET kept = kept WHERE one = 1 RETURNING size, kept`).Scan(&size, &kept)
		if err != nil {
			return err
		}
		first := size
		err = tx.QueryRowContext(ctx, l.DB.Bind(`SELECT number FROM access_record WHERE at_s >= ? ORDER BY number LIMIT 1`), before).Scan(&first)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		first = min(first, kept+expireBatch)
		if _, err := tx.ExecContext(ctx, l.DB.Bind(`UPDATE access_tree SET kept = ? WHERE one = 1`), first); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, l.DB.Bind(`DELETE FROM access_record WHERE number < ?`), first)
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
