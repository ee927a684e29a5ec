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
// service; dsn is that of -db. If the service has never run, OpenRegistry makes the keys and the database.
// Call closed at the end.
func OpenRegistry(
	ctx context.Context, data, dsn string,
) (r *registry.Registry, closed func() error, err error) {
	o, err := openOffline(ctx, data, dsn)
	if err != nil {
		return nil, nil, err
	}
	return o.registry, o.close, nil
}

// Erasures returns the list of those who were erased, in the data folder.
func Erasures(data string) registry.Erasures {
	return (&settled{Config: Config{Data: data}}).erasures()
}

// FindRegistry is like [OpenRegistry] but makes nothing: if dsn is empty and the service has never run, the
// registry is nil.
func FindRegistry(ctx context.Context, data, dsn string) (*registry.Registry, func() error, error) {
	s := settled{Config: Config{Data: data, DB: dsn}}
	files := []string{s.file(registryKey)}
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
	o, err := openOffline(ctx, data, dsn)
	if err != nil {
		return nil, "", nil, err
	}
	audit, err := o.auditSecret(ctx)
	if err != nil {
		return nil, "", nil, errors.Join(err, o.close())
	}
	if l, verifier, err = o.openAccessLog(ctx, o.db, o.registry, o.names, audit, issuer); err != nil {
		return nil, "", nil, errors.Join(err, o.close())
	}
	return l, verifier, o.close, nil
}

// auditSecret returns the key of the checkpoints, after it was compared with the database.
func (o *offline) auditSecret(ctx context.Context) (secret.Secret, error) {
	book, err := openBook(ctx, o.db)
	if err != nil {
		return nil, err
	}
	audit, err := o.fileSecret(ctx, book, auditKey)
	if err != nil {
		return nil, err
	}
	return audit, checkFile(ctx, book, auditKey, audit)
}

// offline is what commands open that run without the service.
type offline struct {
	settled
	db       *database.DB
	registry *registry.Registry
	names    secret.Secret
	closers
}

func openOffline(ctx context.Context, data, dsn string) (_ *offline, err error) {
	o := &offline{settled: settled{Config: Config{Data: data, DB: dsn}}}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.close())
		}
	}()
	if o.db, err = database.Open(ctx, o.database()); err != nil {
		return nil, err
	}
	o.closers = append(o.closers, o.db.Close)
	keys, closeKeys, err := o.registryKeys(ctx, o.db)
	if err != nil {
		return nil, err
	}
	o.names, o.closers = keys.Names, append(o.closers, closeKeys)
	if o.registry, err = o.replayed(ctx, o.db, keys); err != nil {
		return nil, err
	}
	o.closers = append(o.closers, o.registry.Close)
	return o, nil
}
