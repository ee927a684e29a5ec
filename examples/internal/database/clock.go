package database

import (
	"context"
	"time"
)

// ClockOffset returns the clock of the server, less that of this machine in the middle of the question. An
// SQLite file has the clock of this machine.
func (db *DB) ClockOffset(ctx context.Context) (time.Duration, error) {
	if db.Dialect != Postgres {
		return 0, nil
	}
	asked := time.Now()
	var at time.Time
	err := db.QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&at)
	return at.Sub(asked.Add(time.Since(asked) / 2)), err
}
