package jwks

import (
	"net"
	"time"

	"github.com/qr-invalidita/attesta/token"
)

const (
	Timeout       = timeout
	DefaultMaxAge = defaultMaxAge
	Interval      = interval
	Grace         = grace
)

func (c *Client) SetResolver(r *net.Resolver) { c.resolver = r }

// Snapshot returns a saved key set as it was read, and as it would be saved.
type Snapshot struct {
	Keys    []token.PublicKey
	AsOf    time.Time
	MaxAge  time.Duration
	ETag    string
	Again   []byte
	SaveErr error
}

func (c *Client) ParseSnapshot(data []byte) (Snapshot, error) {
	s, err := c.parseSnapshot(data)
	again, saveErr := c.marshalSnapshot(s)
	return Snapshot{s.keys, s.asOf, s.maxAge, s.etag, again, saveErr}, err
}
