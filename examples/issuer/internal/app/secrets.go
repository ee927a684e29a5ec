package app

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/otp"
)

const secretSize = 32

// maxPrivate bounds a file with a secret, in bytes.
const maxPrivate = 64 << 10

// openSecret reads the file, or makes it. If several processes start at once, one makes the file and the
// others read it.
func openSecret(path string) (secret.Secret, error) {
	key, err := readSecret(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeSecret(path, ""); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		key, err = readSecret(path)
	}
	return key, err
}

func readSecret(path string) (secret.Secret, error) {
	text, err := file.ReadPrivate(path, maxPrivate)
	if err != nil {
		return nil, err
	}
	return parseSecret(path, text)
}

func parseSecret(path string, text []byte) (secret.Secret, error) {
	key, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil || len(key) != secretSize {
		return nil, words.Errorf("%s does not hold 32 bytes in base64", path)
	}
	return key, nil
}

// OpenFolder makes the data folder, or closes one that others may read, and says so. It does not close one
// with other files. [Open] calls it; a program that makes keys first calls it before.
func (c Config) OpenFolder() error {
	closed, err := file.PrivateFolder(c.Data, func(name string) bool {
		return name == "keys" || name == "jwks.json" || name == "cards" || name == serviceKey ||
			strings.HasPrefix(name, "registry.") // its key, its database and the files beside it
	})
	if closed {
		c.Log.Warn("data folder was open to other users; only its owner may read it now", "folder", c.Data)
	}
	if err != nil {
		return &FlagError{"data", err}
	}
	return nil
}

// makeSecret puts a complete file in place at once, unless there is one: the prefix and a new secret.
func makeSecret(path, prefix string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return file.Create(path, []byte(prefix+newSecret()+"\n"))
}

// newSecret returns a random secret as it stands in files.
func newSecret() string {
	var key [secretSize]byte
	rand.Read(key[:]) // never fails since Go 1.24
	return base64.StdEncoding.EncodeToString(key[:])
}

// peppers returns the keys from which the codes derive: those in the file, of which the first makes new
// codes, or one derived from the service's secret. proofs are what the database knows of them.
func peppers(path string, s secret.Secret) (ring otp.Keyring, proofs map[string][]byte, err error) {
	ring = otp.Keyring{Peppers: make(map[string]otp.Pepper)}
	proofs = make(map[string][]byte)
	if path == "" {
		key, err := s.Key(derivedPurpose, nil)
		if err != nil {
			return ring, nil, err
		}
		return ring, proofs, addPepper(&ring, proofs, derivedName, key)
	}
	text, err := file.ReadPrivate(path, maxPrivate)
	if err != nil {
		return ring, nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		id, encoded, _ := strings.Cut(line, " ")
		key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if err != nil || len(key) < otp.MinPepper {
			return ring, nil,
				words.Errorf("line %d is not a name, a space and 32 bytes or more in base64", n)
		}
		if _, twice := ring.Peppers[id]; twice {
			return ring, nil, words.Errorf("line %d: the name occurs twice", n)
		}
		if err := addPepper(&ring, proofs, id, key); err != nil {
			return ring, nil, err
		}
	}
	if ring.Current == "" {
		return ring, nil, words.Errorf("holds no pepper")
	}
	return ring, proofs, lines.Err()
}

// These are of the pepper that is derived from the service's secret.
const (
	derivedName    = "service"
	derivedPurpose = "issuer/pepper"
)

// addPepper adds a pepper. The first is the current one.
func addPepper(ring *otp.Keyring, proofs map[string][]byte, id string, key []byte) (err error) {
	if ring.Current == "" {
		ring.Current = id
	}
	if ring.Peppers[id], err = otp.NewPepper(key); err != nil {
		return err
	}
	proofs[id], err = secret.Secret(key).Key("issuer/key in use/pepper", nil)
	return err
}

func derivedPepper(s secret.Secret, purpose string) (otp.Pepper, error) {
	key, err := s.Key(purpose, nil)
	if err != nil {
		return otp.Pepper{}, err
	}
	return otp.NewPepper(key)
}
