package token_test

import (
	"context"
	"crypto"
	"io"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

// hanging is a signer outside the process that waits for release while it hangs.
type hanging struct {
	crypto.Signer
	hangs   atomic.Bool
	asked   atomic.Int32
	release chan struct{}
}

func (h *hanging) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if h.hangs.Load() {
		h.asked.Add(1)
		<-h.release
	}
	return h.Signer.Sign(random, digest, opts)
}

// A signer that hangs holds a call until its context ends, and the process no more than 64 goroutines.
func TestSignerHangs(t *testing.T) {
	for name, private := range map[string]crypto.Signer{"ES256": esPrivate(), "EdDSA": edPrivate()} {
		t.Run(name, func(t *testing.T) {
			h := &hanging{Signer: private, release: make(chan struct{})}
			issuer := newIssuer(t, h)
			before := runtime.NumGoroutine()
			h.hangs.Store(true)
			for n := 0; n < 100 || h.asked.Load() < 64; n++ {
				require.Less(t, n, 10_000, "the signer is not asked")
				wait := time.Duration(1+n/100) * time.Millisecond // longer where the machine is too busy
				ctx, cancel := context.WithTimeout(t.Context(), wait)
				text, c, err := issuer.Issue(ctx, code(t, person))
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Empty(t, text)
				assert.Zero(t, c)
				_, err = issuer.SignJWS(ctx, noteType, []byte("{}"))
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				cancel()
			}
			assert.EqualValues(t, 64, h.asked.Load())
			for n := 0; n < 60_000 && runtime.NumGoroutine() > before+64; n++ {
				time.Sleep(time.Millisecond) // those of the contexts end by themselves
			}
			assert.LessOrEqual(t, runtime.NumGoroutine(), before+64)
			h.hangs.Store(false)
			close(h.release)
			_, _, err := issuer.Issue(t.Context(), code(t, person))
			require.NoError(t, err, "it works again")
			assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+2 }, time.Minute,
				time.Millisecond)
		})
	}
}

// A signer that hangs when its key is made holds the program until the context ends.
func TestNewKeyHangs(t *testing.T) {
	h := &hanging{Signer: esPrivate(), release: make(chan struct{})}
	h.hangs.Store(true)
	defer close(h.release)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := token.NewSigningKey(ctx, issuerName, h)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = token.NewReceiptKey(ctx, issuerName, h)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

// If the context has ended, nothing is signed, in memory or elsewhere.
func TestSignerIsNotAskedInVain(t *testing.T) {
	h := &hanging{Signer: esPrivate()}
	for _, signer := range []crypto.Signer{h, esPrivate(), edPrivate()} {
		issuer := newIssuer(t, signer)
		_, _, err := issuer.Issue(dead(), code(t, person))
		assert.ErrorIs(t, err, context.Canceled)
	}
	assert.Zero(t, h.asked.Load())
}

// A driver that panics panics where its caller can recover, and not in a goroutine of its own.
func TestSignerPanics(t *testing.T) {
	key, calls := esPrivate(), 0
	issuer := newIssuer(t, fake{key.Public(), func(random io.Reader, digest []byte) ([]byte, error) {
		if calls++; calls > 1 {
			panic("driver")
		}
		return key.Sign(random, digest, crypto.SHA256)
	}})
	assert.PanicsWithValue(t, "driver", func() { _, _, _ = issuer.Issue(t.Context(), code(t, person)) })
}
