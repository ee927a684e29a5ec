package session

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// About is what a person sees of a session of theirs.
type About struct {
	// Began is the time of the login.
	Began time.Time `json:"began"`
	// Method is the way of the login, such as spid.
	Method string `json:"method"`
}

// Held is a session of a person. Ref names it to that person; it is of no use as a cookie.
type Held struct {
	About
	Ref string
}

// maxHeld is how many sessions of a person are listed.
const maxHeld = 100

// owner returns the person's pseudonym. Without the key it cannot be computed from the codice fiscale.
func (s *Store) owner(person codicefiscale.Code) ([]byte, error) {
	return s.Key.Key("session owner", []byte(person.Reveal()))
}

// about returns the box of what the rows of the owner's sessions say. The ID of a row is its additional data.
func (s *Store) about(owner []byte) (secret.Box, error) { return s.Key.Box("session about", owner) }

// Ref returns the name of the token's session in [Store.Held].
func Ref(token string) string { return reference(id(token)) }

func reference(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

// Own records whose the token's session is. Call it at the login.
func (s *Store) Own(ctx context.Context, token string, person codicefiscale.Code, about About) error {
	owner, err := s.owner(person)
	if err != nil {
		return err
	}
	name := id(token)
	box, err := s.about(owner)
	if err != nil {
		return err
	}
	text, err := json.Marshal(about)
	if err != nil {
		return err
	}
	return s.exec(ctx, `INSERT INTO session_owner (id, owner, about, expires) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO NOTHING`, name, owner, box.SealBytes(text, name),
		s.now().Add(lifetime).UnixMilli())
}

// Held returns the person's sessions that have not ended, newest first.
func (s *Store) Held(ctx context.Context, person codicefiscale.Code) ([]Held, error) {
	owner, err := s.owner(person)
	if err != nil {
		return nil, err
	}
	box, err := s.about(owner)
	if err != nil {
		return nil, err
	}
	rows, err := s.DB.QueryContext(ctx, s.DB.Bind(`SELECT o.id, o.about FROM session_owner AS o
		JOIN session AS s ON s.id = o.id WHERE o.owner = ? AND s.data IS NOT NULL AND s.expires > ?
		ORDER BY o.expires DESC LIMIT ?`), owner, s.now().UnixMilli(), maxHeld)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Held
	for rows.Next() {
		var name, sealed []byte
		if err := rows.Scan(&name, &sealed); err != nil {
			return nil, err
		}
		text, err := box.OpenBytes(sealed, name)
		h := Held{Ref: reference(name)}
		if err != nil || json.Unmarshal(text, &h.About) != nil {
			return nil, errors.New("session: what is sealed about a session does not open")
		}
		list = append(list, h)
	}
	return list, rows.Err()
}

// End ends the person's session of that name. Another person's session stays, and an unknown name is no
// error.
func (s *Store) End(ctx context.Context, person codicefiscale.Code, ref string) error {
	owner, err := s.owner(person)
	if err != nil {
		return err
	}
	name, err := base64.RawURLEncoding.DecodeString(ref)
	if err != nil || len(name) != sha256.Size {
		return nil
	}
	return s.exec(ctx, `UPDATE session SET data = NULL WHERE id = ? AND EXISTS
		(SELECT 1 FROM session_owner WHERE session_owner.id = session.id AND owner = ?)`, name, owner)
}

// EndOthers ends all sessions of the person but the token's.
func (s *Store) EndOthers(ctx context.Context, person codicefiscale.Code, token string) error {
	owner, err := s.owner(person)
	if err != nil {
		return err
	}
	return s.exec(ctx, `UPDATE session SET data = NULL WHERE id <> ? AND EXISTS
		(SELECT 1 FROM session_owner WHERE session_owner.id = session.id AND owner = ?)`, id(token), owner)
}
