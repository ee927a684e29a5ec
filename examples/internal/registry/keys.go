package registry

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// Keys are the keys of a registry.
type Keys struct {
	// Names makes pseudonyms and digests. It never changes: under another one nobody is found. A
	// person who has it and the tables can test whether a codice fiscale or an event is in them, and
	// can read nothing else. Random, at least [MinKey] bytes. Required.
	Names secret.Secret
	// Wrappers wrap the people's data keys, by version, from 1. Required are those of all versions
	// that the tables use. If the tables are empty, the highest version is the first.
	Wrappers map[int64]Wrapper
}

// A Wrapper encrypts and authenticates data keys, which are 32 bytes long, so that the key that
// does it can stay in a device. It is safe for concurrent use.
type Wrapper interface {
	// Wrap encrypts a data key. The result opens with the same place only.
	Wrap(ctx context.Context, dataKey, place []byte) ([]byte, error)
	// Unwrap decrypts what Wrap returned. It returns an error, such as [ErrWrapped], if anything differs.
	Unwrap(ctx context.Context, wrapped, place []byte) ([]byte, error)
}

// KeyWrapper wraps with a key in memory of at least [MinKey] bytes, by AES-256-GCM.
func KeyWrapper(key secret.Secret) (Wrapper, error) {
	k, err := key.Key("registry/wrap/1", nil)
	if err != nil {
		return nil, err
	}
	return memory{newAEAD(k)}, nil
}

type memory struct{ aead cipher.AEAD }

func (m memory) Wrap(_ context.Context, dataKey, place []byte) ([]byte, error) {
	return m.aead.Seal(nil, nil, dataKey, place), nil
}

func (m memory) Unwrap(_ context.Context, wrapped, place []byte) ([]byte, error) {
	dataKey, err := m.aead.Open(nil, nil, wrapped, place)
	if err != nil {
		return nil, ErrWrapped
	}
	return dataKey, nil
}

// OneKey returns the keys that follow from one, for registries that do not rotate. If the key is
// shorter than [MinKey], [Open] refuses them.
func OneKey(key secret.Secret) Keys {
	k := Keys{Names: key}
	if w, err := KeyWrapper(key); err == nil {
		k.Wrappers = map[int64]Wrapper{1: w}
	}
	return k
}

// A subject is a person's pseudonym.
type subject [16]byte

// names makes the pseudonyms and digests.
type names struct{ key []byte }

func newNames(key secret.Secret) (names, error) {
	k, err := key.Key("registry/names/1", nil)
	return names{k}, err
}

// proof identifies the key.
func (n names) proof() []byte { return digest(n.key, "proof") }

// subject returns the person's pseudonym. A final and a provisional code differ in length and
// never give the same pseudonym.
func (n names) subject(cf codicefiscale.Code) subject {
	return subject(digest(n.key, "person", cf.Reveal())[:len(subject{})])
}

// digest identifies content of a person that arrives again.
func (n names) digest(s subject, content []byte) []byte {
	return digest(n.key, "content", string(s[:]), string(content))[:16]
}

// sign returns a MAC of what is readable in a place that belongs to no person.
func (n names) sign(p place) []byte { return digest(n.key, "mac", string(p))[:16] }

// A querier is a database or a transaction.
type querier interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// dataKeyAt is the place of a person's wrapped data key.
func dataKeyAt(s subject, version int64) place { return columnDataKey.at(s[:], integer(version)) }

// vault opens the person's data key.
func (r *Registry) vault(ctx context.Context, s subject, version int64, wrapped []byte) (vault, error) {
	w := r.wrappers[version]
	if w == nil {
		return vault{}, ErrVersion
	}
	dataKey, err := w.Unwrap(ctx, wrapped, dataKeyAt(s, version))
	if err == nil && len(dataKey) != dataKeySize {
		err = ErrWrapped
	}
	if err != nil {
		return vault{}, fmt.Errorf("%s: %w", columnDataKey, err)
	}
	return newVault(dataKey), nil
}

// newVault makes a data key for the person and wraps it under the version.
func (r *Registry) newVault(ctx context.Context, s subject, version int64) (
	v vault, wrapped []byte, err error,
) {
	w := r.wrappers[version]
	if w == nil {
		return vault{}, nil, ErrVersion
	}
	dataKey := make([]byte, dataKeySize)
	rand.Read(dataKey) // never fails since Go 1.24
	wrapped, err = w.Wrap(ctx, dataKey, dataKeyAt(s, version))
	return newVault(dataKey), wrapped, err
}

// AccessLogKey returns the key that encrypts the operators of the access log: 32 bytes, wrapped like
// a person's, in a row of its own.
func (r *Registry) AccessLogKey(ctx context.Context) (key []byte, err error) {
	s := subject(digest(r.names.key, "access log")[:len(subject{})])
	order, people := []subject{s}, map[subject]*stored{s: {subject: s, isNew: true}}
	err = r.db.Update(ctx, func(tx *sql.Tx) error {
		if err := r.loadOrAdd(ctx, tx, order, people); err != nil {
			return err
		}
		key = digest(people[s].vault.mac, "access log")
		return r.store(ctx, tx, order, people)
	})
	return key, wrap(err)
}

// currentVersion returns the version for new data keys: the highest in the tables, so that all
// processes agree.
func currentVersion(ctx context.Context, q querier) (int64, error) {
	var version sql.NullInt64
	err := q.QueryRowContext(ctx, "SELECT max(version) FROM key_version").Scan(&version)
	if err == nil && !version.Valid {
		err = errNoVersion
	}
	return version.Int64, err
}

// lockedVersion returns the same for keys that the transaction wraps. Nobody deletes the version before its
// end. SQLite has one writer anyway.
func (r *Registry) lockedVersion(ctx context.Context, tx *sql.Tx) (version int64, err error) {
	if r.db.Dialect != database.Postgres {
		return currentVersion(ctx, tx)
	}
	err = tx.QueryRowContext(ctx,
		"SELECT version FROM key_version ORDER BY version DESC LIMIT 1 FOR KEY SHARE").Scan(&version)
	return version, err
}

var errNoVersion = errors.New("the tables have no version of the key")

// newest returns the highest version that there is a key for.
func (r *Registry) newest() int64 { return slices.Max(slices.Collect(maps.Keys(r.wrappers))) }

// checkKeys compares the keys with those that the tables were made with. With other names
// everybody would seem unknown.
func (r *Registry) checkKeys(ctx context.Context) error {
	proof := r.names.proof()
	_, err := r.db.ExecContext(ctx, r.db.Bind(
		"INSERT INTO registry_names (one, proof) VALUES (1, ?) ON CONFLICT (one) DO NOTHING"), proof)
	if err != nil {
		return err
	}
	var kept []byte
	if err := r.db.QueryRowContext(ctx, "SELECT proof FROM registry_names").Scan(&kept); err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(proof, kept) != 1 {
		return ErrKey
	}
	if _, err := currentVersion(ctx, r.db); errors.Is(err, errNoVersion) {
		err = r.db.Update(ctx, func(tx *sql.Tx) error { return r.addVersion(ctx, tx, r.newest()) })
		if err != nil {
			return err
		}
	}
	return r.checkVersions(ctx)
}

// addVersion records a version, with something wrapped under it that identifies the key.
func (r *Registry) addVersion(ctx context.Context, tx *sql.Tx, version int64) error {
	proof, err := r.wrappers[version].Wrap(ctx, make([]byte, dataKeySize), columnProof.at(integer(version)))
	if err != nil {
		return err
	}
	query := r.db.Bind(
		"INSERT INTO key_version (version, proof) VALUES (?, ?) ON CONFLICT (version) DO NOTHING")
	_, err = tx.ExecContext(ctx, query, version, proof)
	return err
}

// checkVersions checks that there is the right key for each version that the tables use.
func (r *Registry) checkVersions(ctx context.Context) error {
	rows, err := r.db.QueryContext(ctx, "SELECT version, proof FROM key_version")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var version int64
		var proof []byte
		if err := rows.Scan(&version, &proof); err != nil {
			return err
		}
		w := r.wrappers[version]
		if w == nil {
			return ErrVersion
		}
		if _, err := w.Unwrap(ctx, proof, columnProof.at(integer(version))); err != nil {
			return errors.Join(ErrKey, err)
		}
	}
	return rows.Err()
}
