package database

import (
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresConns is the maximum number of connections of one process. PostgreSQL accepts 100 in
// all by default.
const postgresConns = 16

// connectTimeout is that of a connection whose address has no connect_timeout.
const connectTimeout = 5 * time.Second

func openPostgres(dsn string) (*DB, error) {
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
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(postgresConns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(time.Hour) // connections move to a new server behind the same name
	return &DB{DB: db, Dialect: Postgres}, nil
}
