package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
)

// OpenRegistry opens the registry of the service with that data folder, for commands that run without the
// service; dsn is that of -db. If the service has never run, OpenRegistry makes the key and the database.
// Call closed at the end.
func OpenRegistry(
	ctx context.Context, data, dsn string,
) (r *registry.Registry, closed func() error, err error) {
	db, key, err := openOffline(ctx, data, dsn)
	if err != nil {
		return nil, nil, err
	}
	if r, err = registry.Open(ctx, db, key); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return r, func() error { return errors.Join(r.Close(), db.Close()) }, nil
}

// FindRegistry is like [OpenRegistry] but makes nothing: if dsn is empty and the service has never run, the
// registry is nil.
func FindRegistry(ctx context.Context, data, dsn string) (*registry.Registry, func() error, error) {
	s := settled{Config: Config{Data: data, DB: dsn}}
	files := []string{s.file("registry.key")}
	if !strings.Contains(s.database(), "://") {
		files = append(files, s.database())
	}
	for _, file := range files {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			if dsn != "" {
				return nil, nil, fmt.Errorf("%s is missing: no registry to compare with", file)
			}
			return nil, func() error { return nil }, nil
		}
	}
	return OpenRegistry(ctx, data, dsn)
}

// OpenAccesses opens the access log in the same way and returns the key that verifies its checkpoints.
// issuer is the name in the tokens.
func OpenAccesses(
	ctx context.Context, data, dsn, issuer string,
) (l *accesslog.Log, verifier string, closed func() error, err error) {
	db, key, err := openOffline(ctx, data, dsn)
	if err != nil {
		return nil, "", nil, err
	}
	if l, verifier, err = openAccessLog(ctx, db, key, issuer); err != nil {
		return nil, "", nil, errors.Join(err, db.Close())
	}
	return l, verifier, db.Close, nil
}

func openOffline(ctx context.Context, data, dsn string) (*database.DB, secret.Secret, error) {
	s := settled{Config: Config{Data: data, DB: dsn}}
	key, err := openSecret(s.file("registry.key"))
	if err != nil {
		return nil, nil, err
	}
	db, err := database.Open(ctx, s.database())
	return db, key, err
}
