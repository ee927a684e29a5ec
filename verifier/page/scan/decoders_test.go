package scan

import (
	"context"
	"image"
	"strings"
	"testing"

	go_qr "github.com/piglig/go-qr"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAttemptRecovers(t *testing.T) {
	g := image.NewGray(image.Rect(0, 0, 1, 1))
	panics := func(_ context.Context, g *image.Gray) (string, place) {
		return string(g.Pix[len(g.Pix)]), place{}
	}
	text, _ := attempt(t.Context(), panics, g)
	assert.Empty(t, text)
	reads := func(context.Context, *image.Gray) (string, place) { return "text", place{} }
	text, _ = attempt(t.Context(), reads, g)
	assert.Equal(t, "text", text)
}

// TestRung reads a symbol where the picture is neither too small, nor too
// large, nor full of what looks like finder patterns.
func TestRung(t *testing.T) {
	const text = "https://e.it/#a"
	code, err := go_qr.EncodeText(text, go_qr.Medium)
	require.NoError(t, err)
	draw := func(g *image.Gray, left, px int) {
		for y := range code.Size() * px {
			for x := range code.Size() * px {
				if code.Module(x/px, y/px) {
					g.Pix[(y+4*px)*g.Stride+x+left] = 0
				}
			}
		}
	}
	blank := func(w, h int) *image.Gray {
		return inverted(image.NewGray(image.Rect(0, 0, w, h)))
	}
	symbol := blank(70, 70)
	draw(symbol, 8, 2)
	for scale, want := range map[float64]string{1: text, 2: text, 0.25: "", 43: ""} {
		var s search
		_, err := s.rung(t.Context(), symbol, scale)
		require.NoError(t, err)
		assert.Equal(t, want, strings.Join(s.texts, " "), "scale %v", scale)
	}
	assert.Zero(t, testing.AllocsPerRun(1, func() { _, _ = new(search).rung(t.Context(), symbol, 43) }))

	for width, want := range map[int]string{1000: text, 3000: ""} {
		striped := blank(width, 70)
		for i := range striped.Pix {
			if x := i % width; x > 80 && x%8 != 1 && x%8 != 5 && x%8 != 7 {
				striped.Pix[i] = 0
			}
		}
		draw(striped, 8, 2)
		var s search
		_, err := s.rung(t.Context(), striped, 1)
		require.NoError(t, err)
		assert.Equal(t, want, strings.Join(s.texts, " "), "%d runs", runs(striped))
	}
}

func TestRuns(t *testing.T) {
	for name, c := range map[string]struct {
		row  string
		want int
	}{
		"finder":             {" # ### # ", 1},
		"at the border":      {"# ### # ", 1},
		"cut by the border":  {" # ### #", 0}, // go-qr does not count it either
		"two pixels each":    {"  ##  ######  ##  ", 1},
		"a little uneven":    {"  ##  #####  ##   ", 1},
		"centre too wide":    {" # ######## # ", 0},
		"centre too narrow":  {" # # # ", 0},
		"inside out":         {"# # ## #", 0},
		"two that share one": {" # ### # ### # ", 2},
		"nothing":            {"         ", 0},
	} {
		t.Run(name, func(t *testing.T) {
			// A run ends at the end of its row.
			g := image.NewGray(image.Rect(0, 0, len(c.row), 2))
			for i := range g.Pix {
				if c.row[i%len(c.row)] == ' ' {
					g.Pix[i] = 255
				}
			}
			assert.Equal(t, 2*c.want, runs(g))
		})
	}
}
