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

func openPostgres(dsn string) (*DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The errors of pgx quote the address and hide the password only if they recognise it.
		return nil,
			errors.New(
				"database: the address does not parse; " +
					"want postgres://USER:PASSWORD@HOST:PORT/NAME?sslmode=verify-full")
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(postgresConns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(time.Hour) // connections move to a new server behind the same name
	return &DB{DB: db, Dialect: Postgres}, nil
}
