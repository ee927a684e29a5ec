package main

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/race"
	"github.com/qr-invalidita/attesta/qrpdf"
)

// startReaders skips without the programs, but fails in CI.
func startReaders(t *testing.T) []reader {
	t.Helper()
	folder := os.Getenv("ATTESTA_ZXING")
	missing := folder == ""
	for _, name := range []string{"zbarimg", "pdftoppm", "node"} {
		_, err := exec.LookPath(name)
		missing = missing || err != nil
	}
	if missing {
		require.NotEqual(t, "true", os.Getenv("CI"),
			"needs zbarimg, pdftoppm, node, and in ATTESTA_ZXING a copy of testdata/zxing after npm ci")
		t.Skip("zbarimg, pdftoppm, node or ATTESTA_ZXING is missing")
	}
	z, err := startZXing(context.Background(), folder) // the test has ended when it is closed
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, z.close()) })
	return []reader{zbar{}, z}
}

// beyondZbar names what zbar does not read reliably where a module has two pixels or three;
// docs/robustness.md has the counts.
var beyondZbar = []string{"strong blur", "strong noise", "rotation", "fold", "stain", "blot", "photocopy"}

// The smallest modules that we print, the card with the offline profile, survive every hardship that the
// table promises.
func TestCard(t *testing.T) {
	tried := slices.DeleteFunc(slices.Clone(hardships), func(h hardship) bool {
		return h.mixed || race.Enabled && h.paper != nil // which has nine million pixels
	})
	b := &bench{readers: startReaders(t), resolutions: []int{100, 150}, hardships: tried, samples: 1,
		folder: t.TempDir()}
	result, err := b.try(t.Context(), "wallet", qrpdf.Wallet, "offline")
	require.NoError(t, err)
	require.Len(t, result.rows, len(tried))
	assert.GreaterOrEqual(t, result.module, 0.6)
	for _, r := range result.rows {
		if !slices.Contains(beyondZbar, r.hardship.name) {
			assert.Equal(t, []int{1, 1}, r.read[0], "zbar, %s", r.hardship.name)
		}
		assert.Equal(t, []int{1, 1}, r.read[1], "zxing, %s", r.hardship.name)
	}
}

// A text that is not the printed one ends the run, and nothing to read is nothing read.
func TestCount(t *testing.T) {
	b := &bench{readers: startReaders(t), folder: t.TempDir()}
	p, err := newPage(t.Context(), qrpdf.Standard, "online", 0)
	require.NoError(t, err)
	count := func(want, file string) ([][]int, error) {
		read := [][]int{{0}, {0}}
		err := b.count(t.Context(), want, []byte(file), 0, read)
		return read, err
	}
	symbol, err := p.raster(t.Context(), 100)
	require.NoError(t, err)
	file, err := encode(symbol, 90)
	require.NoError(t, err)
	read, err := count(p.text, string(file))
	require.NoError(t, err)
	assert.Equal(t, [][]int{{1}, {1}}, read)
	_, err = count("https://qr.example.it/q#another", string(file))
	assert.ErrorContains(t, err, "another text")

	read, err = count(p.text, "P5\n20 20\n255\n"+strings.Repeat("\xff", 400))
	require.NoError(t, err)
	assert.Equal(t, [][]int{{0}, {0}}, read)
}

func TestTable(t *testing.T) {
	b := &bench{resolutions: []int{75, 150}, samples: 5,
		hardships: []hardship{{name: "none"}, {name: "all", mixed: true}}}
	result := &trial{layout: "wallet", profile: "online", version: 13, side: 44, module: 0.638, rows: []row{
		{&b.hardships[0], [][]int{{0, 4}, {5, 5}}},
		{&b.hardships[1], [][]int{{0, 0}, {1, 2}}},
	}}
	var s strings.Builder
	require.NoError(t, b.write(&s, []*trial{result, result}, "by hand", time.Unix(0, 0)))
	for _, line := range []string{
		"| single hardships | 0 of 10 | 8 of 10 | 10 of 10 | 10 of 10 |",
		"| mixture | 0 of 10 | 0 of 10 | 2 of 10 | 4 of 10 |",
		"At 100 dpi and more, after one hardship: zbar reads 8 of 10, zxing reads 10 of 10.",
		"- wallet, online, none at 150 dpi: zbar reads 4 of 5",
		"Version 13, 44 mm wide, a module 0.64 mm.",
		"| none | **0** | **4** | 5 | 5 |",
	} {
		assert.Contains(t, s.String(), line+"\n")
	}
	assert.Equal(t, 2, strings.Count(s.String(), "\n- "), "75 dpi and mixtures are no part of the goal")
}
