package scan

import (
	"context"
	"image"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAttemptRecovers(t *testing.T) {
	g := image.NewGray(image.Rect(0, 0, 1, 1))
	panics := func(_ context.Context, g *image.Gray) string { return string(g.Pix[len(g.Pix)]) }
	assert.Empty(t, attempt(t.Context(), panics, g))
	reads := func(context.Context, *image.Gray) string { return "text" }
	assert.Equal(t, "text", attempt(t.Context(), reads, g))
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
			// Rows do not run into each other.
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
