package app

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/keybook"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/token"
)

const (
	// keysInterval is the interval at which a running process compares its keys with the database.
	keysInterval = time.Minute
	// pepperNeeded is how long after its last use a pepper may be needed: codes live for 15 minutes at most,
	// and the last use is known to two intervals.
	pepperNeeded = 15*time.Minute + 2*keysInterval
	// bookWait bounds how long a request waits for the database when the keys have changed.
	bookWait = 2 * time.Second
)

// dataFault returns the fault of the setting if the error is about which keys or tables there are, so that a
// start cannot help, and otherwise that of something that does not answer.
func dataFault(flag string, err error) error {
	var keys *keybook.Fault
	switch {
	case errors.As(err, &keys), errors.Is(err, registry.ErrKey), errors.Is(err, registry.ErrVersion):
		return &FlagError{"data", err}
	case errors.Is(err, database.ErrNewer), errors.Is(err, database.ErrPending),
		errors.Is(err, database.ErrUnbounded):
		return &FlagError{"db", err}
	}
	return &Fault{flag, err}
}

// IsSetting reports whether the error of a command is about the keys or tables that there are, as [FlagError]
// is for the service.
func IsSetting(err error) bool {
	var wrong *FlagError
	return errors.As(dataFault("", err), &wrong)
}

// openBook opens the list of the keys in use.
func openBook(ctx context.Context, db *database.DB) (*keybook.Book, error) {
	tables, err := keybook.Tables()
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, tables.Files, tables.Name); err != nil {
		return nil, err
	}
	return &keybook.Book{DB: db}, nil
}

// fileSecret reads a secret of the data folder, or makes it if the database has never known one. It reads the
// database first: of several processes at their first start, one makes the file and then enters it.
func (s *settled) fileSecret(ctx context.Context, book *keybook.Book, name string) (secret.Secret, error) {
	known, err := book.KnowsFile(ctx, name)
	switch {
	case err != nil:
		return nil, err
	case !known:
		return openSecret(s.file(name))
	}
	key, err := readSecret(s.file(name))
	if errors.Is(err, fs.ErrNotExist) {
		err = keybook.Missing(keybook.File, name)
	}
	return key, err
}

// fileKey is what the database knows of a secret in the data folder.
func fileKey(name string, key secret.Secret) (keybook.Key, error) {
	proof, err := key.Key("issuer/key in use/"+name, nil)
	return keybook.Key{Kind: keybook.File, ID: name, Proof: proof, Until: keybook.Forever}, err
}

// checkFile compares a secret of the data folder with the database.
func checkFile(ctx context.Context, book *keybook.Book, name string, key secret.Secret) error {
	k, err := fileKey(name, key)
	if err != nil {
		return err
	}
	read := func(context.Context) ([]keybook.Key, error) { return []keybook.Key{k}, nil }
	_, err = book.Check(ctx, nil, read)
	return err
}

// pepperKeys are what the database knows of the peppers.
func pepperKeys(ring otp.Keyring, proofs map[string][]byte, now time.Time) []keybook.Key {
	var keys []keybook.Key
	for _, id := range slices.Sorted(maps.Keys(proofs)) {
		k := keybook.Key{Kind: keybook.Pepper, ID: id, Proof: proofs[id]}
		if id == ring.Current {
			k.Until = now.Add(pepperNeeded)
		}
		keys = append(keys, k)
	}
	return keys
}

// papersNeeded returns until when a key is needed that makes papers now, to the day.
func papersNeeded(now time.Time) time.Time {
	return now.UTC().Truncate(24*time.Hour).AddDate(token.DefaultYears, 0, 5)
}

// folderKeys are what the database knows of the keys of documents. The reference keys are the newest first.
// The first of the keys elsewhere signs.
func folderKeys(signing, elsewhere []*token.SigningKey, references []token.ReferenceKey, now time.Time) (
	[]keybook.Key, error,
) {
	var keys []keybook.Key
	for i, r := range references {
		k := keybook.Key{Kind: keybook.Reference, ID: fmt.Sprintf("%04x", r.ID()), Proof: r.Proof()}
		if i == 0 {
			k.Until = papersNeeded(now)
		}
		keys = append(keys, k)
	}
	for _, s := range signing {
		k, err := signingKey(s)
		if err != nil {
			return nil, err
		}
		k.From, k.Until, k.Revoked = s.NotBefore, s.PublishUntil, !s.Revoked.IsZero()
		if k.Until.IsZero() {
			k.Until = keybook.Forever
		}
		keys = append(keys, k)
	}
	for i, s := range elsewhere {
		k, err := signingKey(s)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			k.Until = papersNeeded(now)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

func signingKey(s *token.SigningKey) (keybook.Key, error) {
	der, err := x509.MarshalPKIXPublicKey(s.Public().Key())
	digest := sha256.Sum256(der)
	return keybook.Key{Kind: keybook.Signing, ID: s.Public().ID(), Proof: digest[:]}, err
}

// checkKeys compares everything that this process has with the database. While they do not agree, it signs
// and publishes nothing.
func (a *App) checkKeys(ctx context.Context) error {
	err := a.compareKeys(ctx)
	var fault *keybook.Fault
	switch {
	case err == nil:
		a.keys.refuse(nil)
	case errors.As(err, &fault):
		a.Log.LogAttrs(ctx, slog.LevelError, "keys refused", slog.String("cause", fault.Error()))
		a.keys.refuse(fault)
	}
	return err
}

func (a *App) compareKeys(ctx context.Context) error {
	a.comparing.Lock()
	defer a.comparing.Unlock()
	kinds := []keybook.Kind{keybook.File, keybook.Pepper}
	entered, err := a.book.Check(ctx, kinds, func(context.Context) ([]keybook.Key, error) {
		return a.secretKeys()
	})
	if err != nil {
		return err
	}
	a.logEntered(ctx, entered)
	return a.keys.compare(ctx)
}

// secretKeys are what the database knows of the secrets and peppers.
func (a *App) secretKeys() ([]keybook.Key, error) {
	service, err := fileKey(serviceKey, a.secret)
	if err != nil {
		return nil, err
	}
	audit, err := fileKey(auditKey, a.audit)
	peppers := pepperKeys(a.ring, a.pepperProofs, a.book.Clock())
	return append([]keybook.Key{service, audit}, peppers...), err // a pepper may follow from service
}

// logEntered logs what the database learnt, unless it knew nothing before.
func (a *App) logEntered(ctx context.Context, entered []keybook.Key) {
	level := slog.LevelInfo
	if a.first {
		level = slog.LevelDebug
	}
	for _, k := range entered {
		a.Log.LogAttrs(ctx, level, "key entered", slog.String("kind", string(k.Kind)),
			slog.String("id", k.ID))
	}
}

// CheckPaperKeys compares the keys of documents in the data folder with the database at dsn, as -db, for a
// command that issues documents. If the database knows none, or if there is none yet, nothing is wrong.
func CheckPaperKeys(ctx context.Context, data, dsn string) error {
	s := settled{Config: Config{Data: data, DB: dsn}}
	if !strings.Contains(s.database(), "://") {
		if _, err := os.Stat(s.database()); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	return s.withBook(ctx, func(book *keybook.Book) error {
		known, err := book.Knows(ctx, keybook.Reference, keybook.Signing)
		if err != nil || !known {
			return err
		}
		k := keyring{folder: token.Folder{Dir: s.file("keys")}, book: book,
			entered: func(context.Context, []keybook.Key) {}}
		return k.compare(ctx)
	})
}
