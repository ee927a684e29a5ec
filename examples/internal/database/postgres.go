package database

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresConns is the default of Bounds.Conns.
const postgresConns = 16

// connectTimeout is that of a connection whose address has no connect_timeout.
const connectTimeout = 5 * time.Second

func openPostgres(ctx context.Context, dsn string, bounds Bounds) (*DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The errors of pgx quote the address and hide the password only if they recognise it.
		return nil,
			errors.New(
				"database: the address does not parse; " +
					"want postgres://USER:PASSWORD@HOST:PORT/NAME?sslmode=verify-full")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout // a server that accepts and says nothing
	}
	direct := config.Copy()
	pooled, err := bounds.pooled(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	made := new(connections)
	set := func(ctx context.Context, conn *pgx.Conn) error {
		if err := made.add(ctx, conn); err != nil {
			return err
		}
		return bounds.set(ctx, conn)
	}
	if pooled { // which hides the server
		set = func(context.Context, *pgx.Conn) error {
			made.made.Add(1)
			return nil
		}
		if config.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement { // the address says nothing else
			config.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
		}
	}
	db := bounds.pool(stdlib.GetConnector(*config, stdlib.OptionAfterConnect(set)))
	conns := cmp.Or(bounds.Conns, postgresConns)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(time.Hour) // connections move to a new server behind the same name
	return &DB{DB: db, Dialect: Postgres, direct: direct, pooled: pooled, made: made}, nil
}

// connections counts those that were made, and how often one led elsewhere than the one before.
type connections struct {
	made, changes atomic.Int64
	last          atomic.Pointer[string]
}

// add counts a connection. A server that started again is another one, and so is a database that was made
// again under its name.
func (c *connections) add(ctx context.Context, conn *pgx.Conn) error {
	const query = `SELECT pg_postmaster_start_time()::text || ' ' || oid FROM pg_database
		WHERE datname = current_database()`
	var place string
	if err := conn.QueryRow(ctx, query, pgx.QueryExecModeExec).Scan(&place); err != nil {
		return err
	}
	if last := c.last.Swap(&place); last != nil && *last != place {
		c.changes.Add(1)
	}
	c.made.Add(1)
	return nil
}

// Connections returns how many connections to PostgreSQL were ever made, each of which may have replaced a
// lost one, and how often one led to another server or database than the one before, which a pooler hides.
// Both are 0 for SQLite.
func (db *DB) Connections() (made, changes int64) {
	if db.made == nil {
		return 0, 0
	}
	return db.made.made.Load(), db.made.changes.Load()
}

// pooled reports whether a pooler such as PgBouncer is in front of the server: it gives a connection a
// process identifier that is not that of the server's process. The error is [ErrUnbounded] if the role has
// longer bounds behind it, or none.
func (b Bounds) pooled(ctx context.Context, config *pgx.ConnConfig) (pooled bool, err error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	const query = `SELECT pg_backend_pid()::bigint,
		(SELECT setting::bigint FROM pg_settings WHERE name = 'statement_timeout'),
		(SELECT setting::bigint FROM pg_settings WHERE name = 'lock_timeout')`
	var pid, statement, lock int64 // milliseconds
	err = conn.QueryRow(ctx, query, pgx.QueryExecModeExec).Scan(&pid, &statement, &lock)
	if err != nil || pid == int64(conn.PgConn().PID()) {
		return false, err
	}
	if !within(statement, b.Statement) || !within(lock, b.Lock) {
		return true, ErrUnbounded
	}
	return true, nil
}

// within reports whether a setting of the server, for which 0 is no bound, is within the bound.
func within(setting int64, bound time.Duration) bool {
	return bound == 0 || 0 < setting && setting <= bound.Milliseconds()
}

// set sets the times of a new connection, whatever the role has.
func (b Bounds) set(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, fmt.Sprintf("SET statement_timeout = %d; SET lock_timeout = %d",
		b.Statement.Milliseconds(), b.Lock.Milliseconds()))
	return err
}
