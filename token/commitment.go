package token

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"sync"

	"golang.org/x/crypto/argon2"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// Parameters of the commitment in version 1 (FORMAT.md, cfc): RFC 9106's second recommended setting but for one lane,
// which is the faster on few cores. They are never read from a token.
const (
	argonTime   = 3
	argonMemory = 65536 // KiB
	argonLanes  = 1
)

// ErrNoCommitment means that a token is of the online profile: only its issuer can tell whose it is.
var ErrNoCommitment = errors.New("token has no commitment: only its issuer can tell whose it is")

var errInvalidCode = errors.New("no valid codice fiscale given")

// Commitments makes and compares the Argon2id commitments of the offline profile and bounds how many are computed at
// once: each takes 64 MiB and 0.1 to 0.4 s of a core. The zero value computes one at a time. It is safe for concurrent
// use and must not be copied after the first use.
type Commitments struct {
	// Parallel is the most evaluations at a time; zero or less means 1. It is read at the first use.
	Parallel int

	once  sync.Once
	slots chan struct{}
}

// Match compares the codice fiscale with the token's commitment, waiting for its turn as long as the context allows.
// The error is [ErrNoCommitment], [ErrCFMismatch] or the context's. The claims must come from [Verify]: that a forged
// token costs nothing depends on it.
func (m *Commitments) Match(ctx context.Context, c Claims, cf codicefiscale.Code) error {
	if c.Commitment == "" {
		return ErrNoCommitment
	}
	got, err := m.commit(ctx, c, cf)
	switch {
	case err != nil:
		return err
	case subtle.ConstantTimeCompare([]byte(got), []byte(c.Commitment)) != 1:
		return ErrCFMismatch
	}
	return nil
}

func (m *Commitments) commit(ctx context.Context, c Claims, cf codicefiscale.Code) (string, error) {
	if cf.IsZero() {
		return "", errInvalidCode
	}
	m.once.Do(func() { m.slots = make(chan struct{}, max(m.Parallel, 1)) })
	if err := ctx.Err(); err != nil { // select would choose at random between a free slot and a dead context
		return "", err
	}
	select {
	case m.slots <- struct{}{}:
		defer func() { <-m.slots }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	sum := argon2.IDKey([]byte(cf.Reveal()), commitmentSalt(c), argonTime, argonMemory, argonLanes, 16)
	return b64.EncodeToString(sum), nil
}

// commitmentSalt returns SHA-256("attesta/cfc/1" ‖ 0 ‖ iss ‖ 0 ‖ sub ‖ 0 ‖ decimal iat)[:16].
func commitmentSalt(c Claims) []byte {
	b := []byte("attesta/cfc/1\x00" + c.Issuer + "\x00" + c.Subject + "\x00")
	sum := sha256.Sum256(appendSeconds(b, c.IssuedAt))
	return sum[:16]
}
