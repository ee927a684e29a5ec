package database

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresConns is the default of Bounds.Conns.
const postgresConns = 16

// connectTimeout is that of a connection whose address has no connect_timeout.
const connectTimeout = 5 * time.Second

func openPostgres(dsn string, bounds Bounds) (*DB, error) {
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
	db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(bounds.set))
	conns := cmp.Or(bounds.Conns, postgresConns)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(time.Hour) // connections move to a new server behind the same name
	return &DB{DB: db, Dialect: Postgres, direct: config}, nil
}

// set sets the times of a new connection.
func (b Bounds) set(ctx context.Context, conn *pgx.Conn) error {
	if b.Statement == 0 && b.Lock == 0 {
		return nil
	}
	_, err := conn.Exec(ctx, fmt.Sprintf("SET statement_timeout = %d; SET lock_timeout = %d",
		b.Statement.Milliseconds(), b.Lock.Milliseconds()))
	return err
}
