package database

import (
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresConns is how many connections one process holds at most; PostgreSQL takes 100 in all unless told otherwise.
const postgresConns = 16

func openPostgres(dsn string) (*DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		// What pgx says quotes the address, and hides the password only where it finds it.
		return nil,
			errors.New(
				"database: the address does not parse; want postgres://USER:PASSWORD@HOST:PORT/NAME?sslmode=verify-full")
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(postgresConns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(time.Hour) // so that connections move on to a new server behind the same name
	return &DB{DB: db, Dialect: Postgres}, nil
}
