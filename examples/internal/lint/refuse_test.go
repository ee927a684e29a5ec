package lint_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/examples/internal/lint"
	"github.com/qr-invalidita/attesta/internal/race"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// Files in which there is nothing to measure are refused soon, and the error stands alone.
func TestRefuses(t *testing.T) {
	requireTool(t)
	blank := scene{w: 620, h: 877}.draw()
	noise := scene{w: 900, h: 900}.draw()
	if brief() {
		noise = scene{w: 300, h: 300}.draw()
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = byte(rng.Uint32())
	}
	half := asPNG(t, blank, 0)
	tests := []struct {
		name string
		data []byte
		want error
	}{
		{"nothing", nil, scan.ErrEmpty},
		{"a text", []byte("https://qr.example.it/q#a"), scan.ErrUnknownKind},
		{"a GIF", []byte("GIF89a..."), scan.ErrUnsupported},
		{"too large", make([]byte, scan.MaxBytes+1), scan.ErrTooLarge},
		{"zeros", make([]byte, 10<<20), scan.ErrUnknownKind},
		{"a white page", asPNG(t, blank, 0), lint.ErrNoQR},
		{"noise", asPNG(t, noise, 0), lint.ErrNoQR},
		{"a torn PNG", half[:len(half)/2], scan.ErrPicture},
		{"a torn JPEG", asJPEG(t, blank, 0, 0, 0)[:3000], scan.ErrPicture},
		{"a PDF without a QR", document{box: "0 0 200 200"}.bytes(), lint.ErrNoQR},
		{"a PDF of nothing", []byte("%PDF-1.7\n"), lint.ErrDamaged},
		{"a PDF of noise", append([]byte("%PDF-1.7\n"), noise.Pix...), lint.ErrDamaged},
		{"a PDF of brackets", append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("1 0 obj <<[("), 1<<20)...),
			lint.ErrDamaged},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			r, err := lint.Check(t.Context(), test.data, lint.Options{})
			assert.ErrorIs(t, err, test.want)
			assert.Equal(t, lint.Report{}, r)
			limit := 20 * time.Second
			if race.Enabled { // which makes work on pixels ten times as slow
				limit *= 10
			}
			assert.Less(t, time.Since(start), limit, "about a second where nothing else runs")
		})
	}
}

func TestConcurrent(t *testing.T) {
	data := asPNG(t, alone(encode(t, 60, qrpdf.M), 3, 4).draw(), 150)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			r, err := lint.Check(t.Context(), data, lint.Options{})
			assert.NoError(t, err)
			assert.Len(t, r.Symbols, 1)
		})
	}
	group.Wait()
}

func TestCancelled(t *testing.T) {
	requireTool(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, data := range [][]byte{accessible(t).bytes(), asPNG(t, scene{w: 500, h: 500}.draw(), 0)} {
		_, err := lint.Check(ctx, data, lint.Options{})
		assert.ErrorIs(t, err, context.Canceled)
	}
}
