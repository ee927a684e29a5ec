package token_test

import (
	"context"
	"crypto"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
)

// losing is an issuer whose clock the test sets, and what an issuer's service would say about its tokens.
type losing struct {
	*token.Signer
	t   *testing.T
	now time.Time
}

func newLosing(t *testing.T, second int64, fraction time.Duration) *losing {
	l := &losing{Signer: newIssuer(t, esPrivate()), t: t, now: time.Unix(second, int64(fraction))}
	l.CutOffs, l.Now = &token.MemoryCutOffs{}, func() time.Time { return l.now }
	return l
}

func (l *losing) issue() token.Claims {
	l.t.Helper()
	_, c, err := l.Issue(l.t.Context(), code(l.t, person))
	require.NoError(l.t, err)
	return c
}

func (l *losing) reissue() token.Claims {
	l.t.Helper()
	text, c, err := l.Reissue(l.t.Context(), code(l.t, person))
	require.NoError(l.t, err)
	verified, err := token.Verify(text, publicKeys(l.Signer), l.now)
	require.NoError(l.t, err, "a desk with the same clock accepts it")
	assert.Equal(l.t, verified, c)
	return c
}

func (l *losing) isVoid(c token.Claims) bool {
	l.t.Helper()
	cut, err := l.CutOffs.VoidBefore(l.t.Context(), code(l.t, person))
	require.NoError(l.t, err)
	return c.IsVoid(cut)
}

// Whatever fraction of a second the clock shows, the lost paper is void and the new one is not, and so is one
// that the person downloads afterwards.
func TestReissue(t *testing.T) {
	for _, fraction := range []time.Duration{0, 1, time.Millisecond, time.Second / 2, time.Second - 1} {
		t.Run(fraction.String(), func(t *testing.T) {
			l := newLosing(t, issuedAt, fraction)
			lost := l.issue()
			fresh := l.reissue()
			assert.True(t, l.isVoid(lost), "issued in the same second")
			assert.False(t, l.isVoid(fresh))
			assert.Equal(t, time.Unix(issuedAt+1, 0), fresh.IssuedAt)
			copied := l.issue()
			assert.False(t, l.isVoid(copied), "another copy in the same second")
			assert.NotEqual(t, lost.Subject, fresh.Subject)
		})
	}
}

func TestReissueOffline(t *testing.T) {
	l := newLosing(t, issuedAt, time.Second/2)
	lost := l.issue()
	text, c, err := l.ReissueOffline(t.Context(), code(t, person))
	require.NoError(t, err)
	assert.NotEmpty(t, c.Commitment)
	assert.True(t, l.isVoid(lost))
	assert.False(t, l.isVoid(c))
	_, err = token.Verify(text, publicKeys(l.Signer), l.now)
	assert.NoError(t, err)
}

// Each loss voids what was issued before it, also what replaced a paper in the same second.
func TestReissueTwiceInASecond(t *testing.T) {
	l := newLosing(t, issuedAt, time.Second/3)
	lost := []token.Claims{l.issue()}
	for range 5 {
		fresh := l.reissue()
		for _, c := range lost {
			assert.True(t, l.isVoid(c))
		}
		assert.False(t, l.isVoid(fresh))
		lost = append(lost, fresh)
	}
}

// If the clock steps back after a loss, no paper is dated before the cut-off.
func TestReissueAfterTheClockStepsBack(t *testing.T) {
	l := newLosing(t, issuedAt, 0)
	first := l.reissue()
	l.now = l.now.Add(-time.Minute)
	assert.False(t, l.isVoid(l.issue()))
	second := l.reissue()
	assert.True(t, l.isVoid(first))
	assert.False(t, l.isVoid(second))

	// A paper that no desk would accept yet is not made. The loss still counts.
	l.now = l.now.Add(-time.Hour)
	_, _, err := l.Issue(t.Context(), code(t, person))
	assert.ErrorIs(t, err, token.ErrClock)
	_, _, err = l.Reissue(t.Context(), code(t, person))
	assert.ErrorIs(t, err, token.ErrClock)
	assert.True(t, l.isVoid(second))
	l.now = l.now.Add(2 * time.Hour)
	assert.False(t, l.isVoid(l.issue()))
}

// Concurrent losses leave everybody with a paper that is valid or lost, and at least one that is valid.
func TestReissueConcurrently(t *testing.T) {
	l := newLosing(t, issuedAt, time.Second/2)
	lost := l.issue()
	var all [16]token.Claims
	var group sync.WaitGroup
	for i := range all {
		group.Go(func() {
			_, c, err := l.Reissue(t.Context(), code(t, person))
			assert.NoError(t, err)
			all[i] = c
		})
	}
	group.Wait()
	assert.True(t, l.isVoid(lost))
	valid := 0
	for _, c := range all {
		if !l.isVoid(c) {
			valid++
		}
	}
	assert.NotZero(t, valid)
	assert.False(t, l.isVoid(l.issue()))
}

// brokenCutOffs fails or forgets as told.
type brokenCutOffs struct {
	token.MemoryCutOffs
	readErr, writeErr error
	forgets           bool
}

func (b *brokenCutOffs) VoidBefore(ctx context.Context, cf codicefiscale.Code) (time.Time, error) {
	if b.readErr != nil {
		return time.Time{}, b.readErr
	}
	return b.MemoryCutOffs.VoidBefore(ctx, cf)
}

func (b *brokenCutOffs) Void(ctx context.Context, cf codicefiscale.Code, at time.Time) (time.Time, error) {
	switch {
	case b.writeErr != nil:
		return time.Time{}, b.writeErr
	case b.forgets:
		return b.MemoryCutOffs.VoidBefore(ctx, cf)
	}
	return b.MemoryCutOffs.Void(ctx, cf, at)
}

// Without a recorded loss there is no new paper, and the error says that the loss is to be reported again.
func TestReissueNotRecorded(t *testing.T) {
	broken := errors.New("the database is gone")
	for name, cutOffs := range map[string]token.CutOffs{
		"none":              nil,
		"cannot be read":    &brokenCutOffs{readErr: broken},
		"cannot be written": &brokenCutOffs{writeErr: broken},
		"writes nothing":    &brokenCutOffs{forgets: true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLosing(t, issuedAt, 0)
			l.CutOffs = cutOffs
			text, c, err := l.Reissue(t.Context(), code(t, person))
			assert.ErrorIs(t, err, token.ErrNotVoid)
			assert.Equal(t, strings.HasPrefix(name, "cannot"), errors.Is(err, broken))
			assert.Empty(t, text)
			assert.Zero(t, c)
		})
	}
	l := newLosing(t, issuedAt, 0)
	_, _, err := l.Reissue(t.Context(), codicefiscale.Code{})
	assert.ErrorIs(t, err, token.ErrNotVoid)
	l.CutOffs = &brokenCutOffs{readErr: broken}
	_, _, err = l.Issue(t.Context(), code(t, person))
	assert.ErrorIs(t, err, broken, "no paper without knowing from when it counts")
}

// If the signature fails after the cut-off is set, the lost paper is void and the person gets another later.
func TestReissueNotSigned(t *testing.T) {
	gone := errors.New("the HSM is gone")
	for name, breaks := range map[string]func(*losing){
		"no key may sign":  func(l *losing) { l.Keys[0].Dates.Revoked = l.now },
		"no reference key": func(l *losing) { l.References = nil },
		"the signer fails": func(l *losing) { l.Keys = failing(t, gone) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLosing(t, issuedAt, time.Second/2)
			lost, good := l.issue(), *l.Signer
			key := *good.Keys[0]
			breaks(l)
			_, _, err := l.Reissue(t.Context(), code(t, person))
			require.Error(t, err)
			assert.NotErrorIs(t, err, token.ErrNotVoid)
			assert.True(t, l.isVoid(lost))
			*l.Signer = good
			l.Keys = []*token.SigningKey{&key}
			assert.False(t, l.isVoid(l.issue()))
		})
	}
}

// failing returns a key whose signer fails after the probe.
func failing(t *testing.T, failure error) []*token.SigningKey {
	t.Helper()
	key, calls := esPrivate(), 0
	sign := func(random io.Reader, digest []byte) ([]byte, error) {
		if calls++; calls > 1 {
			return nil, failure
		}
		return key.Sign(random, digest, crypto.SHA256)
	}
	signing, err := token.NewSigningKey(t.Context(), issuerName, fake{key.Public(), sign})
	require.NoError(t, err)
	return []*token.SigningKey{signing}
}

// Tokens are dated in whole seconds. A registry that keeps a fraction does not void the paper of its second.
func TestIsVoid(t *testing.T) {
	c := token.Claims{IssuedAt: time.Unix(issuedAt, 0)}
	for offset, want := range map[time.Duration]bool{
		-time.Hour: false, -1: false, 0: false, 1: false, time.Second - 1: false, time.Second: true,
		time.Hour: true,
	} {
		assert.Equal(t, want, c.IsVoid(time.Unix(issuedAt, 0).Add(offset)), offset)
	}
	assert.False(t, c.IsVoid(time.Time{}))
	assert.True(t, token.Claims{}.IsVoid(time.Unix(1, 0)))
}
