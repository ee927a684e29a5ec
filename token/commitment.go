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

// The parameters of the commitment in version 1 (FORMAT.md, cfc): the second recommended setting
// of RFC 9106, but with one lane, which is faster on few cores. They are never read from a token.
const (
	argonTime   = 3
	argonMemory = 65536 // KiB
	argonLanes  = 1
)

// ErrNoCommitment means that a token has the online profile, so only its issuer can find out
// whose it is.
var ErrNoCommitment = errors.New("token has no commitment: only its issuer can find out whose it is")

var errInvalidCode = errors.New("no valid codice fiscale given")

// ErrBusy means that too many evaluations of commitments wait already. Try again later.
var ErrBusy = errors.New("too many comparisons of commitments wait already")

// defaultWaiting is the default of [Commitments.Waiting]. If an evaluation takes 0.4 s and one runs
// at a time, the last of them waits 3 s.
const defaultWaiting = 8

// Commitments makes and compares the Argon2id commitments of the offline profile. It limits the
// number of concurrent evaluations, because each takes 64 MiB and 0.1 to 0.4 s of a core, and the
// number of those that wait. The zero value evaluates one at a time. It is safe for concurrent use
// and must not be copied after the first use.
type Commitments struct {
	// Parallel is the greatest number of concurrent evaluations; zero or less means 1. It is read
	// at the first use.
	Parallel int
	// Waiting is how many evaluations may wait for their turn, for each of the Parallel; zero or
	// less means 8. One more gets [ErrBusy]. It is read at the first use.
	Waiting int

	once  sync.Once
	queue chan struct{} // those that wait or run
	slots chan struct{} // those that run
}

// Match compares the codice fiscale with the token's commitment. It waits for its turn until the
// context ends. The error is [ErrNoCommitment], [ErrCFMismatch], [ErrBusy] or the context's. The
// claims must come from [Verify]; otherwise a forged token would cost an evaluation.
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
	m.once.Do(func() {
		parallel, waiting := max(m.Parallel, 1), m.Waiting
		if waiting < 1 {
			waiting = defaultWaiting
		}
		m.slots = make(chan struct{}, parallel)
		m.queue = make(chan struct{}, parallel*(1+waiting))
	})
	// select would choose at random between a free slot and an ended context
	if err := ctx.Err(); err != nil {
		return "", err
	}
	select {
	case m.queue <- struct{}{}:
		defer func() { <-m.queue }()
	default:
		return "", ErrBusy
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
	b := []byte("attesta/cfc/1\x00" + c.IssuerName + "\x00" + c.Subject + "\x00")
	sum := sha256.Sum256(appendSeconds(b, c.IssuedAt))
	return sum[:16]
}
