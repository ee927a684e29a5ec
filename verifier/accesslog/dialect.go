package accesslog

import (
	"context"
	"database/sql"
	_ "embed" // the schemas
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A Dialect is a database engine.
type Dialect uint8

// These are the dialects. The zero Dialect is invalid.
const (
	_ Dialect = iota
	PostgreSQL
	SQLite
)

var (
	//go:embed schema_postgres.sql
	schemaPostgres string
	//go:embed schema_sqlite.sql
	schemaSQLite string
)

// Schema returns the statements that create the tables if they do not exist, for the caller's
// migrations. Of the Log it needs only the Dialect.
func (l *Log) Schema() (string, error) {
	switch l.Dialect {
	case PostgreSQL:
		return schemaPostgres, nil
	case SQLite:
		return schemaSQLite, nil
	}
	return "", errors.New("accesslog: no Dialect")
}

// Create runs [Log.Schema], for tests and examples. PostgreSQL refuses one of two calls that run at the
// same moment.
func (l *Log) Create(ctx context.Context) error {
	schema, err := l.Schema()
	switch {
	case err != nil:
		return err
	case l.DB == nil:
		return errNoDB
	}
	if _, err := l.DB.ExecContext(ctx, schema); err != nil {
		return fmt.Errorf("accesslog: create tables: %w", err)
	}
	return nil
}

// Ready returns an error if the log cannot append, for example because the database is read-only. It changes
// nothing.
func (l *Log) Ready(ctx context.Context) error {
	if err := l.ready(); err != nil {
		return err
	}
	return l.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE access_tree SET size = size WHERE one = 0")
		return err
	})
}

var errNoDB = errors.New("accesslog: no DB")

// ready reports what is missing for every call but Schema and Create.
func (l *Log) ready() error {
	switch {
	case l.DB == nil:
		return errNoDB
	case l.Dialect != PostgreSQL && l.Dialect != SQLite:
		return errors.New("accesslog: no Dialect")
	case l.Signer == nil:
		return errors.New("accesslog: no Signer")
	case len(l.Key) < minKey:
		return errors.New("accesslog: Key is shorter than 32 bytes")
	case l.SealKey != nil && len(l.SealKey) < minKey:
		return errors.New("accesslog: SealKey is shorter than 32 bytes")
	case l.Months < 0:
		return errors.New("accesslog: Months is negative")
	}
	return nil
}

// bind numbers each ? of a query if the dialect is PostgreSQL. Every ? of the package's
// queries is a value.
func (l *Log) bind(query string) string {
	if l.Dialect != PostgreSQL {
		return query
	}
	var b strings.Builder
	for n := 1; ; n++ {
		before, after, found := strings.Cut(query, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		query = after
	}
}

// update runs write in a transaction and undoes it if write fails. The first statement of
// write locks the row of access_tree, so the second of two transactions waits: in PostgreSQL
// for the row, in SQLite for the file.
//
// On SQLite the transactions of one Log wait for one another here, because SQLite's busy
// timeout does not keep an order.
func (l *Log) update(ctx context.Context, write func(*sql.Tx) error) (err error) {
	var options *sql.TxOptions
	if l.Dialect == PostgreSQL {
		// at a stricter level the second would fail
		options = &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	} else {
		l.once.Do(func() { l.writing = make(chan struct{}, 1) })
		select {
		case l.writing <- struct{}{}:
			defer func() { <-l.writing }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	tx, err := l.DB.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	defer func() {
		if undo := tx.Rollback(); !errors.Is(undo, sql.ErrTxDone) {
			err = errors.Join(err, undo)
		}
	}()
	if err := write(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%w: %w", errCommit, err)
	}
	return nil
}
