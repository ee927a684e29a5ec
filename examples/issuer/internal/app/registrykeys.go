package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
)

// These are files in the data folder.
const (
	namesKey    = "names.key"    // pseudonyms and digests, and the access log's pseudonyms; never changes
	registryKey = "registry.key" // wraps the people's data keys; a line for each version
	auditKey    = "audit.key"    // signs the access log's checkpoints
	erasedList  = "erased.list"  // who was erased; not a secret, but needed after a restore
)

// replayed opens the registry and erases again who was erased before.
func (s *settled) replayed(
	ctx context.Context, db *database.DB, keys registry.Keys,
) (*registry.Registry, error) {
	r, err := registry.Open(ctx, db, keys)
	if err != nil {
		return nil, err
	}
	if err := r.Replay(ctx, s.erasures()); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (s *settled) erasures() registry.Erasures { return registry.Erasures(s.file(erasedList)) }

// A keyVersion is a line of registry.key: "1 BASE64" or "1 pkcs11:...".
type keyVersion struct {
	version int64
	value   string
}

// readVersions reads registry.key, or makes it with a version 1.
func readVersions(path string) ([]keyVersion, error) {
	text, err := file.ReadPrivate(path, maxPrivate)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeSecret(path, "1 "); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		text, err = file.ReadPrivate(path, maxPrivate)
	}
	if err != nil {
		return nil, err
	}
	var list []keyVersion
	n := 0
	for line := range bytes.Lines(text) {
		n++
		version, value, ok := strings.Cut(strings.TrimSpace(string(line)), " ")
		if version == "" {
			continue
		}
		if !ok && len(version) > 20 {
			return nil, words.Errorf(
				"%s is of an earlier format: start with an empty data folder and import again", path)
		}
		number, err := strconv.ParseInt(version, 10, 64)
		if err != nil || number < 1 || value == "" {
			return nil, words.Errorf("%s: line %d is not a number, a space and a key", path, n)
		}
		for _, other := range list {
			if other.version == number {
				return nil, words.Errorf("%s: line %d: the number occurs twice", path, n)
			}
		}
		list = append(list, keyVersion{number, strings.TrimSpace(value)})
	}
	if len(list) == 0 {
		return nil, words.Errorf("%s holds no key", path)
	}
	return list, nil
}

// AddRegistryKey adds a version with a new key to registry.key in the data folder and returns it. The tables
// do not use it yet: see [registry.Registry.Rotate].
func AddRegistryKey(data string) (version int64, err error) {
	path := (&settled{Config: Config{Data: data}}).file(registryKey)
	versions, err := readVersions(path)
	if err != nil {
		return 0, err
	}
	text, err := file.ReadPrivate(path, maxPrivate)
	if err != nil {
		return 0, err
	}
	for _, v := range versions {
		version = max(version, v.version)
	}
	version++
	line := fmt.Sprintf("%d %s\n", version, newSecret())
	return version, file.Write(path, append(append(bytes.TrimRight(text, "\n"), '\n'), line...), 0o600)
}

// closers are closed in the reverse order of opening.
type closers []func() error

func (c closers) close() error {
	var errs []error
	for _, f := range slices.Backward(c) {
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

// registryKeys reads the keys of the registry. Call closed at the end: it leaves the devices that hold some.
// They are made if the tables were never made with any.
func (s *settled) registryKeys(ctx context.Context, db *database.DB) (
	keys registry.Keys, closed func() error, err error,
) {
	var closers closers
	defer func() {
		if err != nil {
			err = errors.Join(err, closers.close())
		}
	}()
	if err := s.needRegistryKeys(ctx, db); err != nil {
		return keys, nil, err
	}
	path := s.file(registryKey)
	versions, err := readVersions(path) // first: it knows a folder of an earlier format
	if err != nil {
		return keys, nil, err
	}
	keys.Wrappers = make(map[int64]registry.Wrapper)
	for _, v := range versions {
		if strings.HasPrefix(v.value, signerPKCS11) {
			w, leave, err := openWrapper(v.value)
			if err != nil {
				return keys, nil, words.Errorf("%s: %w", path, err)
			}
			closers = append(closers, leave)
			keys.Wrappers[v.version] = w
			continue
		}
		key, err := base64.StdEncoding.DecodeString(v.value)
		if err != nil || len(key) != secretSize {
			return keys, nil, words.Errorf("%s does not hold 32 bytes in base64", path)
		}
		if keys.Wrappers[v.version], err = registry.KeyWrapper(secret.Secret(key)); err != nil {
			return keys, nil, err
		}
	}
	keys.Names, err = openSecret(s.file(namesKey))
	return keys, closers.close, err
}

// needRegistryKeys returns an error if a file with a key of the tables is missing. It reads the database
// first: of several processes at their first start, one makes the files and then the tables.
func (s *settled) needRegistryKeys(ctx context.Context, db *database.DB) error {
	made, err := registry.Made(ctx, db)
	if err != nil || !made {
		return err
	}
	for _, name := range []string{registryKey, namesKey} {
		if _, err := os.Stat(s.file(name)); errors.Is(err, fs.ErrNotExist) {
			return words.Errorf("%w: bring %s here", registry.ErrKey, name) // no other one can be made
		}
	}
	return nil
}

// openWrapper opens the secret key that a PKCS #11 URI names.
func openWrapper(uri string) (registry.Wrapper, func() error, error) {
	m, err := parseModule(uri)
	if err != nil {
		return nil, nil, err
	}
	pin, err := file.ReadPrivate(m.pinFile, maxPrivate)
	if err != nil {
		return nil, nil, words.Errorf("pin-source: %w", err)
	}
	return m.wrapper(strings.TrimSpace(string(pin)))
}
