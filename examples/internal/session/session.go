// Package session stores the sessions of the pages: a record in the database behind a random token in a
// cookie. Any process with the same database and key can serve any browser.
//
// The database holds a hash of the token, and the record is encrypted under a key derived from both the
// server's secret and the token, for its row and its end. A copy of the database reveals nothing, even
// together with the secret. An attacker who can write the tables can bring back the record of a person who
// has logged out, which is of no use without the token, and can make [Store.Once] forget a name. A record
// ends 30 minutes after its last use, 8 hours after the login, and at once when the person logs out.
// A concurrent request cannot bring it back. A person's sessions are found by a keyed pseudonym, so that the
// person can see and end them.
package session

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/internal/netaddr"
)

const (
	idle     = 30 * time.Minute
	lifetime = 8 * time.Hour
)

//go:embed migrations
var migrations embed.FS

// New returns the sessions of the site at the URL, for handlers inside its LoadAndSave. Browsers send the
// cookie over https only, unless the site is on the loopback interface.
func New(store *Store, public *url.URL) (*scs.SessionManager, error) {
	if store.DB == nil || len(store.Key) < 32 {
		return nil, errors.New("session: the store has no database or no key of 32 bytes")
	}
	if !netaddr.IsSafe(public) {
		return nil, errors.New("session: the public address must be https, or http on this machine")
	}
	m := scs.New()
	m.Store = store
	m.IdleTimeout, m.Lifetime = idle, lifetime
	m.Cookie = scs.SessionCookie{Name: "session", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if public.Scheme == "https" {
		m.Cookie.Name, m.Cookie.Secure = "__Host-session", true
	}
	return m, nil
}

// Store stores the records; it implements [scs.CtxStore]. It is safe for concurrent use.
type Store struct {
	// DB has the tables of [Store.Migrate]. Required.
	DB *database.DB
	// Key is the same in all processes. A new key logs everybody out. Required.
	Key secret.Secret
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Migrate creates or upgrades the tables.
func (s *Store) Migrate(ctx context.Context) error {
	tables, err := Tables()
	if err != nil {
		return err
	}
	return s.DB.Migrate(ctx, tables.Files, tables.Name)
}

// Tables returns the migrations, which [Store.Migrate] applies.
func Tables() (database.Set, error) {
	folder, err := fs.Sub(migrations, "migrations")
	return database.Set{Name: "session", Files: folder}, err
}

func (s *Store) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// id returns the hash under which the database stores a token.
func id(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func (s *Store) box(token string) (secret.Box, error) { return s.Key.Box("session", []byte(token)) }

// place is where a record is: its row and its end, so that nobody without the key can move either.
func place(token string, expires int64) []byte {
	return fmt.Appendf(nil, "session.data\x00%x\x00%d", id(token), expires)
}

// FindCtx returns the record of the token. A record that cannot be decrypted counts as missing.
func (s *Store) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var sealed []byte
	var expires int64
	err := s.DB.QueryRowContext(ctx,
		s.DB.Bind("SELECT data, expires FROM session WHERE id = ? AND expires > ? AND data IS NOT NULL"),
		id(token), s.now().UnixMilli()).Scan(&sealed, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	box, err := s.box(token)
	if err != nil {
		return nil, false, err
	}
	data, err := box.OpenBytes(sealed, place(token, expires))
	return data, err == nil, nil
}

// CommitCtx writes the record, unless it was deleted.
func (s *Store) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	box, err := s.box(token)
	if err != nil {
		return err
	}
	return s.exec(ctx, `INSERT INTO session (id, data, expires) VALUES (?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET data = excluded.data, expires = excluded.expires
		WHERE session.data IS NOT NULL`,
		id(token), box.SealBytes(data, place(token, expiry.UnixMilli())), expiry.UnixMilli())
}

// DeleteCtx ends the record. Its row stays, without data, until it would have expired, so that a request
// that loaded the record earlier cannot write it again.
func (s *Store) DeleteCtx(ctx context.Context, token string) error {
	return s.exec(ctx, "UPDATE session SET data = NULL WHERE id = ?", id(token))
}

func (s *Store) exec(ctx context.Context, query string, args ...any) error {
	return s.DB.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, s.DB.Bind(query), args...)
		return err
	})
}

// Find implements [scs.Store].
func (s *Store) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit implements [scs.Store].
func (s *Store) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete implements [scs.Store].
func (s *Store) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// Once reports whether this is the first call with the name, in any process. The name may be forgotten after
// until.
func (s *Store) Once(ctx context.Context, name string, until time.Time) (bool, error) {
	var rows int64
	err := s.DB.Update(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, s.DB.Bind(
			"INSERT INTO session_used (id, expires) VALUES (?, ?) ON CONFLICT (id) DO NOTHING"),
			id(name), until.UnixMilli())
		if err != nil {
			return err
		}
		rows, err = result.RowsAffected()
		return err
	})
	return rows == 1, err
}

// DeleteExpired deletes what has expired; call it from time to time.
func (s *Store) DeleteExpired(ctx context.Context) error {
	now := s.now().UnixMilli()
	return errors.Join(s.exec(ctx, "DELETE FROM session WHERE expires <= ?", now),
		s.exec(ctx, "DELETE FROM session_owner WHERE expires <= ?", now),
		s.exec(ctx, "DELETE FROM session_used WHERE expires <= ?", now))
}
