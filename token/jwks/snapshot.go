package jwks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/token"
)

// maxSnapshot is the greatest length of the file, in bytes: a key set and the fields around it.
const maxSnapshot = maxBody + 4<<10

// snapshot is the content of Client.File.
type snapshot struct {
	Issuer    string          `json:"issuer"`
	URL       string          `json:"url"` // of which the ETag is
	FetchedAt time.Time       `json:"fetched_at"`
	MaxAge    int64           `json:"max_age"` // seconds
	ETag      string          `json:"etag,omitempty"`
	KeySet    json.RawMessage `json:"key_set"`
}

// Load reads the keys that an earlier run saved in File, with their date, so that [Client.Keys]
// has an answer before the first fetch. Call it at start: it does not replace keys that are
// already there. Without a File it does nothing.
//
// The file is untrusted input, which [token.ParseJWKS] checks. If it is damaged, too long, of
// another issuer or (not on Windows) writable by other users, Load returns an error and does not
// use it; the next refresh replaces it. If the file does not exist, as at the very first start,
// the error is [io/fs.ErrNotExist].
func (c *Client) Load() error {
	if c.File == "" {
		return nil
	}
	data, err := file.ReadOwn(c.File, maxSnapshot)
	if err != nil {
		return err
	}
	s, err := c.parseSnapshot(data)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.current.keys) == 0 {
		c.current = s
	}
	return nil
}

func (c *Client) parseSnapshot(data []byte) (set, error) {
	var saved snapshot
	if err := json.Unmarshal(data, &saved); err != nil {
		return set{}, errors.New("saved key set is damaged")
	}
	switch {
	case c.IssuerName == "" || saved.Issuer != c.IssuerName:
		return set{}, errors.New("saved key set belongs to another issuer")
	case saved.FetchedAt.IsZero():
		return set{}, errors.New("saved key set has no date")
	}
	keys, err := token.ParseJWKS(saved.KeySet, c.IssuerName)
	if err != nil {
		return set{}, err
	}
	s := set{
		keys: slices.Clip(keys),
		body: saved.KeySet,
		asOf: saved.FetchedAt,
		maxAge: clampMaxAge(time.Duration(min(max(saved.MaxAge, 0),
			int64(maxMaxAge/time.Second))) * time.Second),
	}
	if saved.URL == c.url() {
		s.etag = checkedETag(saved.ETag)
	}
	return s, nil
}

// save writes the set to File.
func (c *Client) save(s set) error {
	if c.File == "" {
		return nil
	}
	data, err := c.marshalSnapshot(s)
	if err == nil {
		// Half a set would be useless at a start without a network, which the file is for.
		err = file.Write(c.File, data, 0o600)
	}
	if err != nil {
		return fmt.Errorf("key set was fetched but not saved: %w", err)
	}
	return nil
}

func (c *Client) marshalSnapshot(s set) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // would make the set longer than it may be
	err := e.Encode(snapshot{
		Issuer:    c.IssuerName,
		URL:       c.url(),
		FetchedAt: s.asOf.UTC().Truncate(time.Second),
		MaxAge:    int64(s.maxAge / time.Second),
		ETag:      s.etag,
		KeySet:    s.body,
	})
	return b.Bytes(), err
}
