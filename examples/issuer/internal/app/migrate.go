package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/session"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/keybook"
)

// codeTablesName is that of the tables that are not there if the codes are in Redis.
const codeTablesName = "otp"

func codeTables() (database.Set, error) {
	folder, err := fs.Sub(migrations, "migrations")
	return database.Set{Name: codeTablesName, Files: folder}, err
}

func accessLogTables() (database.Set, error) {
	folder, err := fs.Sub(accessTables, "accesslog")
	return database.Set{Name: "accesslog", Files: folder}, err
}

func migrate(ctx context.Context, db *database.DB, tables func() (database.Set, error)) error {
	set, err := tables()
	if err != nil {
		return err
	}
	return db.Migrate(ctx, set.Files, set.Name)
}

// allTables are those of the service.
var allTables = []func() (database.Set, error){
	keybook.Tables, registry.Tables, accessLogTables, codeTables, session.Tables,
}

// A TableState is how far the database has a set of tables.
type TableState struct {
	Name string
	database.State
}

// Migrate brings all tables of the service up to date, in the database at dsn. The error is
// [database.ErrNewer] before anything is changed if some are newer than this program.
func Migrate(ctx context.Context, dsn string) ([]TableState, error) {
	return withTables(ctx, dsn, func(db *database.DB, states []TableState) ([]TableState, error) {
		for _, s := range states {
			if s.Have > s.Want {
				return states, database.ErrNewer
			}
		}
		for _, tables := range allTables {
			if err := migrate(ctx, db, tables); err != nil {
				return states, err
			}
		}
		return tableStates(ctx, db)
	})
}

// Tables returns how far the database at dsn has the tables of the service. It changes nothing. The error is
// [database.ErrNewer] or [database.ErrPending] if they are not those of this program.
func Tables(ctx context.Context, dsn string) ([]TableState, error) {
	return withTables(ctx, dsn, func(_ *database.DB, states []TableState) ([]TableState, error) {
		var err error
		for _, s := range states {
			switch {
			case s.Have > s.Want:
				return states, database.ErrNewer
			case s.Have < s.Want:
				err = database.ErrPending
			}
		}
		return states, err
	})
}

func withTables(ctx context.Context, dsn string,
	do func(*database.DB, []TableState) ([]TableState, error),
) (states []TableState, err error) {
	db, err := database.Open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if states, err = tableStates(ctx, db); err != nil {
		return nil, err
	}
	return do(db, states)
}

func tableStates(ctx context.Context, db *database.DB) (states []TableState, err error) {
	for _, tables := range allTables {
		set, err := tables()
		if err != nil {
			return nil, err
		}
		state, err := db.State(ctx, set)
		if err != nil {
			return nil, err
		}
		states = append(states, TableState{set.Name, state})
	}
	return states, nil
}

// WantedTables returns the versions of the tables that this program wants, such as "registry 1, session 2".
func WantedTables() (string, error) {
	var versions []string
	for _, tables := range allTables {
		set, err := tables()
		if err != nil {
			return "", err
		}
		version, err := set.Version(database.SQLite) // those of PostgreSQL have the same
		if err != nil {
			return "", err
		}
		versions = append(versions, fmt.Sprintf("%s %d", set.Name, version))
	}
	return strings.Join(versions, ", "), nil
}
