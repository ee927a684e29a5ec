package app

import (
	"context"
	"errors"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
)

// OpenRegistry opens the registry of the service whose data folder it is, for work that needs no service; dsn is that of
// -db. Where the service never ran, the key and the database are made. Call closed at the end.
func OpenRegistry(ctx context.Context, data, dsn string) (r *registry.Registry, closed func() error, err error) {
	a := settled{Config: Config{Data: data, DB: dsn}}
	key, err := openSecret(a.file("registry.key"))
	if err != nil {
		return nil, nil, err
	}
	db, err := database.Open(ctx, a.database())
	if err != nil {
		return nil, nil, err
	}
	if r, err = registry.Open(ctx, db, key); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return r, func() error { return errors.Join(r.Close(), db.Close()) }, nil
}
