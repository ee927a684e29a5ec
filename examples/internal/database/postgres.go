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
	set := bounds.set
	if pooled {
		set = func(context.Context, *pgx.Conn) error { return nil }
		if config.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement { // the address says nothing else
			config.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
		}
	}
	made := new(atomic.Int64)
	db := bounds.pool(stdlib.GetConnector(*config, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		made.Add(1)
		return set(ctx, conn)
	})))
	conns := cmp.Or(bounds.Conns, postgresConns)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(time.Hour) // connections move to a new server behind the same name
	return &DB{DB: db, Dialect: Postgres, direct: direct, pooled: pooled, made: made}, nil
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
