package app

import (
	"context"
	"errors"
	"slices"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/keybook"
	"github.com/qr-invalidita/attesta/internal/file"
)

// ReplaceKey puts a new secret into the file of that name, service.key or audit.key, in the data folder, and
// tells the database at dsn, as -db. Processes that still have the old one answer nothing from then on, and
// must be started again with the new file.
func ReplaceKey(ctx context.Context, data, dsn, name string) error {
	if !slices.Contains([]string{serviceKey, auditKey}, name) {
		return words.Errorf("only service.key and audit.key are replaced; docs/operations.md has the others")
	}
	s := settled{Config: Config{Data: data, DB: dsn}}
	return s.withBook(ctx, func(book *keybook.Book) error {
		text := newSecret()
		key, err := parseSecret(s.file(name), []byte(text))
		if err != nil {
			return err
		}
		k, err := fileKey(name, key)
		if err != nil {
			return err
		}
		put := func() error { return file.Write(s.file(name), []byte(text+"\n"), 0o600) }
		if name == serviceKey {
			return book.Replace(ctx, k, put, keybook.Key{Kind: keybook.Pepper, ID: derivedName})
		}
		return book.Replace(ctx, k, put)
	})
}

// ForgetKey removes a key from what the database at dsn, as -db, knows: see [keybook.Book.Forget].
func ForgetKey(ctx context.Context, data, dsn, id string) error {
	s := settled{Config: Config{Data: data, DB: dsn}}
	return s.withBook(ctx, func(book *keybook.Book) error { return book.Forget(ctx, id) })
}

func (s *settled) withBook(ctx context.Context, do func(*keybook.Book) error) (err error) {
	db, err := database.Open(ctx, s.database())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	book, err := openBook(ctx, db)
	if err != nil {
		return err
	}
	return do(book)
}
