package app

import (
	"context"
	"crypto/ed25519"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

// expiry is the interval at which access records past their retention are deleted.
const expiry = 24 * time.Hour

// accessTables are migrations that make the tables of verifier/accesslog, as in its Schema.
//
//go:embed accesslog
var accessTables embed.FS

// openAccessLog opens the log. Its pseudonyms follow from the key for names, its operators are sealed under a
// key of the registry, and its signature has a key of its own, so that none depends on the registry's key.
func (s *settled) openAccessLog(
	ctx context.Context, db *database.DB, r *registry.Registry, names, audit secret.Secret, issuer string,
) (log *accesslog.Log, verifier string, err error) {
	if err := migrate(ctx, db, accessLogTables); err != nil {
		return nil, "", err
	}
	key, err := names.Key("issuer/accesslog", nil)
	if err != nil {
		return nil, "", err
	}
	operators, err := r.AccessLogKey(ctx)
	if err != nil {
		return nil, "", err
	}
	seed, err := audit.Key("issuer/accesslog/checkpoint", nil)
	if err != nil {
		return nil, "", err
	}
	signer, verifier, err := noteSigner(strings.TrimPrefix(issuer, "https://")+"/audit", seed)
	if err != nil {
		return nil, "", err
	}
	staff, err := readStaff(s.file(StaffKeys))
	if err != nil {
		return nil, "", err
	}
	own, err := note.NewVerifier(verifier)
	return &accesslog.Log{DB: db.DB, Dialect: logDialect(db), Signer: signer, Key: key, SealKey: operators,
		Staff: staff, Cosigned: cosigned(s.file(cosignedFile), own)}, verifier, err
}

// StaffKeys is the file in the data folder with the public keys of the staff who may suppress accesses, one
// in a line.
const StaffKeys = "staff.keys"

// cosignedFile is the newest checkpoint in the data folder that witnesses have co-signed.
const cosignedFile = "cosigned.txt"

// maxKeys bounds the two files, in bytes.
const maxKeys = 64 << 10

// readStaff reads the public keys. Without the file nobody may suppress accesses.
func readStaff(path string) ([]note.Verifier, error) {
	text, err := file.Read(path, maxKeys)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []note.Verifier
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		key, err := note.NewVerifier(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		list = append(list, key)
	}
	return list, nil
}

// cosigned reads the file at each call, because a new one may come at any time.
func cosigned(path string, log note.Verifier) func(context.Context) ([]byte, proof.Checkpoint, error) {
	return func(context.Context) ([]byte, proof.Checkpoint, error) {
		signed, err := file.Read(path, maxKeys)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, proof.Checkpoint{}, nil
		}
		if err != nil {
			return nil, proof.Checkpoint{}, err
		}
		c, err := proof.OpenCheckpoint(signed, log)
		return signed, c, err
	}
}

func logDialect(db *database.DB) accesslog.Dialect {
	if db.Dialect == database.Postgres {
		return accesslog.PostgreSQL
	}
	return accesslog.SQLite
}

// noteSigner derives a signer of notes from the seed, and returns the text of its verifier too.
func noteSigner(name string, seed []byte) (note.Signer, string, error) {
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	verifier, err := note.NewEd25519VerifierKey(name, public)
	if err != nil {
		return nil, "", err
	}
	hash := strings.Split(strings.TrimPrefix(verifier, name+"+"), "+")[0]
	const ed25519Kind = 1 // of package note
	secret := base64.StdEncoding.EncodeToString(append([]byte{ed25519Kind}, seed...))
	signer, err := note.NewSigner("PRIVATE+KEY+" + name + "+" + hash + "+" + secret)
	return signer, verifier, err
}

// checkpoint publishes the signed state of the access log, for third parties who keep it.
func (a *App) checkpoint(w http.ResponseWriter, r *http.Request) {
	text, err := a.published.get(r.Context(), checkpointFor, checkpointTime, a.accesses.Checkpoint)
	if err != nil {
		w.Header().Set("Retry-After", "5")
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=10")
	w.Write(text)
}

// checkpointKey publishes the key that verifies checkpoints, in the form of package note.
func (a *App) checkpointKey(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, a.accessKey)
}
