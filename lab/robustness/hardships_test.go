package main

import (
	"bytes"
	"image"
	_ "image/jpeg" // to read what encode wrote
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

// sheet returns a page of 60 mm by 60 mm, drawn at three resolutions, without the programs that draw.
func sheet() *page {
	p := &page{left: 10, top: 10, side: 40, module: 1, drawn: map[int]*image.Gray{}}
	for _, dpi := range []int{75, 150, paperDPI} {
		side := 60 * dpi * 10 / 254
		g := image.NewGray(image.Rect(0, 0, side, side))
		for i := range g.Pix {
			g.Pix[i] = 0xff
		}
		p.drawn[dpi] = g
	}
	p.printed = p.drawn[paperDPI]
	return p
}

// The blot never meets a finder pattern, whose loss no error correction repairs, and always the symbol.
func TestBlot(t *testing.T) {
	p := sheet()
	places := map[[2]int]bool{}
	for seed := range uint64(60) {
		g := blotted(p, rand.New(rand.NewPCG(seed, 0)))
		require.NotEqual(t, p.printed.Pix, g.Pix, "no ink")
		sumX, sumY, ink := 0, 0, 0
		for y := range g.Rect.Dy() {
			for x := range g.Rect.Dx() {
				if g.GrayAt(x, y).Y > 128 {
					continue
				}
				sumX, sumY, ink = sumX+x, sumY+y, ink+1
				right, down := float64(x)/mm-p.left, float64(y)/mm-p.top // of the symbol's corner
				finder := 7 * p.module
				assert.False(t, right >= 0 && right < finder && down >= 0 && down < finder, "top left")
				assert.False(t, right > p.side-finder && right <= p.side && down >= 0 && down < finder,
					"top right")
				assert.False(t, right >= 0 && right < finder && down > p.side-finder && down <= p.side,
					"bottom left")
			}
		}
		x, y := float64(sumX/ink)/mm-p.left, float64(sumY/ink)/mm-p.top
		assert.True(t, x > -1 && x < p.side+1 && y > -1 && y < p.side+1, "its middle is in the symbol")
		places[[2]int{int(x) / 14, int(y) / 14}] = true
	}
	assert.GreaterOrEqual(t, len(places), 5, "it falls in different places")
}

// Each hardship gives one picture for each resolution, and the same in each run.
func TestPictures(t *testing.T) {
	resolutions := []int{75, 150, paperDPI}
	for i := range hardships {
		h := &hardships[i]
		t.Run(h.name, func(t *testing.T) {
			make := func() []picture {
				all, err := h.pictures(t.Context(), sheet(), resolutions, rand.New(rand.NewPCG(1, 2)))
				require.NoError(t, err)
				require.Len(t, all, len(resolutions))
				return all
			}
			all := make()
			assert.Equal(t, all, make(), "the seeds are fixed")
			for _, pic := range all {
				if h.jpeg == 0 {
					assert.True(t, bytes.HasPrefix(pic.file, []byte("P5\n")))
					assert.True(t, bytes.HasSuffix(pic.file, pic.pixels.Pix))
					continue
				}
				img, format, err := image.Decode(bytes.NewReader(pic.file))
				require.NoError(t, err)
				assert.Equal(t, "jpeg", format)
				assert.Equal(t, img.(*image.Gray).Pix[:100], pic.pixels.Pix[:100])
			}
			assert.Less(t, len(all[0].file), len(all[2].file), "a smaller resolution, a smaller picture")
		})
	}
}

// A PGM has the picture's size and its pixels; nothing of it is lost.
func TestEncode(t *testing.T) {
	g := image.NewGray(image.Rect(0, 0, 3, 2))
	copy(g.Pix, "\x00\x01\x02\x03\x04\x05")
	file, err := encode(g, 0)
	require.NoError(t, err)
	assert.Equal(t, "P5\n3 2\n255\n\x00\x01\x02\x03\x04\x05", string(file))
}

// Each sample has another symbol, and each run the same ones.
func TestIssue(t *testing.T) {
	seen := map[string]bool{}
	for _, profile := range profiles {
		for sample := range 3 {
			text, claims, err := issue(t.Context(), profile, sample)
			require.NoError(t, err)
			again, _, err := issue(t.Context(), profile, sample)
			require.NoError(t, err)
			assert.False(t, seen[text], "two equal symbols")
			seen[text] = true
			assert.Equal(t, text, again, "another symbol in each run")
			_, err = token.FromQRText(text)
			assert.NoError(t, err)
			assert.Equal(t, profile == "offline", claims.Commitment != "")
		}
	}
}

// The page says that the goal is met only if nothing misses it.
func TestGoal(t *testing.T) {
	b := &bench{resolutions: []int{75, 100}, samples: 2,
		hardships: []hardship{{name: "none"}, {name: "all", mixed: true}}}
	whole := [][]int{{2, 2}, {2, 2}, {2, 2}}
	for name, tt := range map[string]struct {
		single, mixed [][]int
		met           bool
	}{
		"all":                         {[][]int{{2, 2}, {2, 2}, {2, 2}}, whole, true},
		"below the goal's resolution": {[][]int{{0, 2}, {1, 2}, {0, 2}}, whole, true},
		"a mixture":                   {whole, [][]int{{0, 0}, {0, 0}, {0, 0}}, true},
		"one of the first reader":     {[][]int{{2, 1}, {2, 2}, {2, 2}}, whole, false},
		"one of the last":             {[][]int{{2, 2}, {2, 2}, {2, 1}}, whole, false},
	} {
		var s strings.Builder
		result := &trial{layout: "wallet", profile: "online", rows: []row{
			{&b.hardships[0], tt.single, tt.single}, {&b.hardships[1], tt.mixed, tt.mixed}}}
		require.NoError(t, b.write(&s, []*trial{result}))
		assert.Equal(t, tt.met, strings.Contains(s.String(), "The goal is met by every reader.\n"), name)
		assert.Equal(t, tt.met, !strings.Contains(s.String(), "What misses the goal"), name)
	}
}

// What eachAtOnce runs beside itself shares nothing that is written; it returns every error.
func TestConcurrent(t *testing.T) {
	samples := make([]int, len(hardships))
	for i := range samples {
		samples[i] = i
	}
	texts := make([]string, len(samples))
	require.NoError(t, eachAtOnce(samples, func(i int) (err error) {
		texts[i], _, err = issue(t.Context(), profiles[i%len(profiles)], i)
		if err == nil {
			_, err = hardships[i].pictures(t.Context(), sheet(), []int{75}, rand.New(rand.NewPCG(1, 2)))
		}
		return err
	}))
	assert.NotContains(t, texts, "")
	assert.ErrorIs(t, eachAtOnce(samples, func(i int) error {
		return map[int]error{3: io.EOF}[i]
	}), io.EOF)
}
