package token

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/internal/cause"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// CutOffs keeps one time for each person, the cut-off: the person's papers that were issued before it are
// void. An issuer keeps it in its registry. The methods are called concurrently.
type CutOffs interface {
	// VoidBefore returns the person's cut-off. The zero time means that there is none.
	VoidBefore(ctx context.Context, cf codicefiscale.Code) (time.Time, error)
	// Void sets the cut-off, which is a whole second, and returns it. A later cut-off stays and is
	// returned, because a cut-off never moves back: compare and set in one transaction. If Void returns
	// no error, the cut-off is stored permanently.
	Void(ctx context.Context, cf codicefiscale.Code, before time.Time) (time.Time, error)
}

// ErrNotVoid means that a loss is not recorded: the lost paper may still be valid. Report the loss again.
var ErrNotVoid = errors.New("loss is not recorded: the lost paper may still be valid")

// ErrClock means that the person's cut-off is further ahead of the clock than [Leeway], so a new token would
// not be valid yet, or that no key may sign and one was created that far ahead of the clock. The clock is
// slow, or was fast when the loss was reported or the key was made.
var ErrClock = cause.New("clock is earlier than a cut-off or the making of a key: look at the clock")

var errNoCutOffs = errors.New("signer has no CutOffs")

// IsVoid reports whether the token is void under the person's cut-off. Both are compared in whole seconds, as
// tokens are dated. The zero time voids nothing.
func (c Claims) IsVoid(cutOff time.Time) bool {
	return !cutOff.IsZero() && c.IssuedAt.Unix() < cutOff.Unix()
}

// VoidAll records that the person's papers are lost, and returns the new cut-off: the first whole second
// after now and after the earlier cut-off. So it also voids the papers of the present second, and a paper
// that has replaced a lost one in this second. A paper that a machine with a faster clock has dated later
// stays valid: keep the clocks of all machines together. The error is [ErrNotVoid].
//
// If the person gets a new paper at once, call [Signer.Reissue] instead.
func VoidAll(ctx context.Context, c CutOffs, cf codicefiscale.Code, now time.Time) (time.Time, error) {
	cut, err := voidAll(ctx, c, cf, now)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrNotVoid, err)
	}
	return cut, nil
}

func voidAll(ctx context.Context, c CutOffs, cf codicefiscale.Code, now time.Time) (time.Time, error) {
	switch {
	case cf.IsZero():
		return time.Time{}, errInvalidCode
	case c == nil:
		return time.Time{}, errNoCutOffs
	}
	before, err := c.VoidBefore(ctx, cf)
	if err != nil {
		return time.Time{}, err
	}
	next := time.Unix(later(now, before).Unix()+1, 0)
	cut, err := c.Void(ctx, cf, next)
	switch {
	case err != nil:
		return time.Time{}, err
	case cut.Before(next):
		return time.Time{}, errors.New("Void returned an earlier cut-off than the one to be set")
	}
	return cut, nil
}

// Reissue records that the person's earlier papers are lost, as [VoidAll] does, and returns a new token of
// the online profile, with its claims. The new cut-off is also the token's time of issue.
//
// If the error is [ErrNotVoid], the loss is not recorded: report it again. After any other error
// the lost paper is void and there is no new one: [Signer.Issue] makes it later. Calling Reissue
// again is right in both cases.
func (s *Signer) Reissue(ctx context.Context, cf codicefiscale.Code) (string, Claims, error) {
	cut, err := VoidAll(ctx, s.CutOffs, cf, s.now())
	if err != nil {
		return "", Claims{}, err
	}
	return s.issueAt(ctx, cf, cut, false)
}

// ReissueOffline is like [Signer.Reissue] for a token of the offline profile.
func (s *Signer) ReissueOffline(ctx context.Context, cf codicefiscale.Code) (string, Claims, error) {
	cut, err := VoidAll(ctx, s.CutOffs, cf, s.now())
	if err != nil {
		return "", Claims{}, err
	}
	return s.issueAt(ctx, cf, cut, true)
}

// since returns the time of issue of a token: the clock's, but not before the person's cut-off.
func (s *Signer) since(ctx context.Context, cf codicefiscale.Code) (time.Time, error) {
	if s.CutOffs == nil || cf.IsZero() {
		return s.now(), nil
	}
	cut, err := s.CutOffs.VoidBefore(ctx, cf)
	if err != nil {
		return time.Time{}, err
	}
	return later(s.now(), cut), nil
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// MemoryCutOffs keeps cut-offs in memory, for tests and for a first trial: after a restart, lost papers are
// valid again. The zero value has none. It is safe for concurrent use and must not be copied after the first
// use.
type MemoryCutOffs struct {
	mu  sync.Mutex
	all map[codicefiscale.Code]time.Time
}

// VoidBefore returns the person's cut-off.
func (m *MemoryCutOffs) VoidBefore(_ context.Context, cf codicefiscale.Code) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.all[cf], nil
}

// Void sets the person's cut-off, unless it is already later, and returns it.
func (m *MemoryCutOffs) Void(_ context.Context, cf codicefiscale.Code, before time.Time) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil {
		m.all = make(map[codicefiscale.Code]time.Time)
	}
	m.all[cf] = later(m.all[cf], before)
	return m.all[cf], nil
}
