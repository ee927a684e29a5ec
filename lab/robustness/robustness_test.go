package main

import (
	"context"
	"image"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/race"
	"github.com/qr-invalidita/attesta/internal/wear"
	"github.com/qr-invalidita/attesta/qrpdf"
)

// withReaders calls work with the readers that start starts. It skips without the programs, but fails in CI.
func withReaders(t *testing.T, b bench, start func(*bench, context.Context) error, work func(*bench) error) {
	t.Helper()
	b.zxing = os.Getenv("ATTESTA_ZXING")
	missing := b.zxing == ""
	for _, name := range []string{"zbarimg", "pdftoppm", "node"} {
		_, err := exec.LookPath(name)
		missing = missing || err != nil
	}
	if missing {
		require.NotEqual(t, "true", os.Getenv("CI"),
			"needs zbarimg, pdftoppm, node, and in ATTESTA_ZXING a copy of testdata/zxing after npm ci")
		t.Skip("zbarimg, pdftoppm, node or ATTESTA_ZXING is missing")
	}
	require.NoError(t, b.with(t.Context(), start, work))
}

// The smallest modules that we print, the card with the offline profile, survive every hardship that the
// table promises.
func TestCard(t *testing.T) {
	tried := slices.DeleteFunc(slices.Clone(hardships), func(h hardship) bool {
		return h.mixed || race.Enabled && h.paper != nil // which has nine million pixels
	})
	var result *trial
	withReaders(t, bench{resolutions: []int{100, 150}, hardships: tried}, (*bench).startWorn,
		func(b *bench) (err error) {
			result, err = b.try(t.Context(), "wallet", qrpdf.Wallet, "offline", 0)
			return err
		})
	require.Len(t, result.rows, len(tried))
	assert.GreaterOrEqual(t, result.module, 0.6)
	for _, r := range result.rows {
		for reader, name := range names {
			assert.Equal(t, []int{1, 1}, r.read[reader], "%s, %s", name, r.hardship.name)
		}
	}
}

// A text that is not the printed one ends the run, and nothing to read is nothing read.
func TestCount(t *testing.T) {
	withReaders(t, bench{}, (*bench).startWorn, func(b *bench) error {
		p, err := newPage(t.Context(), qrpdf.Standard, "it", "online", 0)
		require.NoError(t, err)
		symbol, err := p.raster(t.Context(), 100)
		require.NoError(t, err)
		count := func(want string, g *image.Gray) ([][]int, error) {
			pic, err := newPicture(g, 90)
			require.NoError(t, err)
			read := [][]int{{0}, {0}, {0}}
			err = b.count(t.Context(), want, pic, 0, read)
			return read, err
		}
		read, err := count(p.text, symbol)
		require.NoError(t, err)
		assert.Equal(t, [][]int{{1}, {1}, {1}}, read)
		_, err = count("https://qr.example.it/q#another", symbol)
		assert.ErrorContains(t, err, "another text")

		read, err = count(p.text, wear.White(20, 20))
		require.NoError(t, err)
		assert.Equal(t, [][]int{{0}, {0}, {0}}, read)
		return nil
	})
}

// A reader that finds nothing gets the picture at the next scale, and the result says so.
func TestScales(t *testing.T) {
	withReaders(t, bench{}, (*bench).startWorn, func(b *bench) error {
		p, err := newPage(t.Context(), qrpdf.Standard, "it", "online", 0)
		require.NoError(t, err)
		clean, err := p.raster(t.Context(), 150)
		require.NoError(t, err)
		for deviation, zbar := range map[float64]found{0: {read: true, full: true}, 40: {read: true}} {
			pic, err := newPicture(wear.Noise(clean, deviation, rand.New(rand.NewPCG(1, 1))), 0)
			require.NoError(t, err)
			all, err := b.read(t.Context(), p.text, pic)
			require.NoError(t, err)
			assert.Equal(t, zbar, all[0], "noise of %v", deviation)
			assert.Equal(t, []found{{true, true}, {true, true}}, all[1:])
		}
		return nil
	})
}

func TestTable(t *testing.T) {
	b := &bench{resolutions: []int{75, 150}, samples: 5,
		hardships: []hardship{{name: "none"}, {name: "all", mixed: true}}}
	result := &trial{layout: "wallet", profile: "online", version: 13, side: 44, module: 0.638, rows: []row{
		{&b.hardships[0], [][]int{{0, 3}, {4, 4}, {4, 4}}, [][]int{{0, 2}, {4, 4}, {4, 4}}},
		{&b.hardships[1], [][]int{{0, 0}, {1, 1}, {0, 2}}, [][]int{{0, 0}, {1, 1}, {0, 2}}},
	}}
	result.add(&trial{rows: []row{
		{read: [][]int{{0, 1}, {1, 1}, {0, 1}}, full: [][]int{{0, 1}, {1, 1}, {0, 1}}},
		{read: [][]int{{0, 0}, {0, 1}, {0, 0}}, full: [][]int{{0, 0}, {0, 1}, {0, 0}}},
	}})
	var s strings.Builder
	require.NoError(t, b.write(&s, []*trial{result, result}))
	for _, line := range []string{
		"| single hardships | 0 of 10 | 8 of 10 | 10 of 10 | 10 of 10 | 8 of 10 | 10 of 10 |",
		"| mixture | 0 of 10 | 0 of 10 | 2 of 10 | 4 of 10 | 0 of 10 | 4 of 10 |",
		"| wallet | 10 | 8 | 10 | 10 | 6 | 10 |",
		"| all | 10 | 8 | 10 | 10 | 6 | 10 |",
		"- wallet, online, none at 150 dpi: zbar reads 4 of 5",
		"Version 13, 44 mm wide, a module 0.64 mm.",
		"| none | **0** | **4** | 5 | 5 | **4** | 5 |",
	} {
		assert.Contains(t, s.String(), line+"\n")
	}
	assert.Equal(t, 2, strings.Count(s.String(), "\n- "), "75 dpi and mixtures are no part of the goal")
}
