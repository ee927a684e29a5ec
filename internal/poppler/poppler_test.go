package poppler_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/poppler"
)

// page is a PDF of one page of that size in points, with that content.
func page(box, content string) []byte {
	return []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n" +
		"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 " + box + "]/Contents 4 0 R>>endobj\n" +
		"4 0 obj<</Length " + strings.Repeat("0", 3) + ">>stream\n" + content + "\nendstream endobj\n" +
		"trailer<</Root 1 0 R>>\n")
}

func needPdftoppm(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		t.Skip("pdftoppm is not installed")
	}
}

func TestDraw(t *testing.T) {
	needPdftoppm(t)
	p, err := poppler.DrawAt(t.Context(), page("72 36", "1 0 0 rg 0 0 36 36 re f"), 1, 100)
	require.NoError(t, err)
	assert.Equal(t, [2]int{100, 50}, [2]int{p.W, p.H})
	assert.Len(t, p.Gray().Pix, 5000)
	assert.Equal(t, 100.0, p.DPI)
	assert.False(t, p.Cut)
	p, err = poppler.Draw(t.Context(), page("72 36", ""), 1)
	require.NoError(t, err)
	assert.True(t, p.IsBlank())
	assert.Equal(t, 300.0, p.DPI)
	_, err = poppler.Draw(t.Context(), page("72 36", ""), 2)
	assert.ErrorIs(t, err, poppler.ErrNoPage)
	_, err = poppler.Draw(t.Context(), []byte("%PDF-1.4\n"), 1)
	assert.Equal(t, poppler.ErrDamaged, err)
	p, err = poppler.Draw(t.Context(), page("7200 72", ""), 1)
	require.NoError(t, err)
	assert.True(t, p.Cut)
	assert.Equal(t, 100.0, p.DPI)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = poppler.Draw(ctx, page("72 36", ""), 1)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestPages(t *testing.T) {
	needPdftoppm(t)
	one := page("72 36", "0 0 36 36 re f")
	numbers := []int{}
	for p, err := range poppler.Pages(t.Context(), one, 3) {
		numbers = append(numbers, p.Number)
		assert.Equal(t, p.Number == 2, errors.Is(err, poppler.ErrNoPage))
	}
	assert.Equal(t, []int{1, 2}, numbers)
	for p, err := range poppler.Pages(t.Context(), one, 1) {
		require.NoError(t, err)
		assert.False(t, p.IsBlank())
	}
	for range poppler.Pages(t.Context(), one, 3) {
		break
	}
	_, err := poppler.Draw(t.Context(), one, 1)
	assert.NoError(t, err, "the process of the next page has ended")
}

// A pdftoppm that says what it may use, in place of the picture.
func TestLimits(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no shell")
	}
	folder := t.TempDir()
	said := filepath.Join(folder, "said")
	script := "#!/bin/sh\n{ ulimit -t; ulimit -v; /usr/bin/env; } >" + said + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pdftoppm"), []byte(script), 0o755))
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	t.Setenv("SECRET_OF_THE_DESK", "x")
	_, err := poppler.Draw(t.Context(), nil, 1)
	require.ErrorIs(t, err, poppler.ErrDamaged)
	text, err := os.ReadFile(said)
	require.NoError(t, err)
	assert.Regexp(t, `^5\n1048576\n`, string(text))
	assert.NotContains(t, string(text), "SECRET_OF_THE_DESK")
	assert.NotContains(t, string(text), "HOME=")
	t.Setenv("PATH", t.TempDir())
	_, err = poppler.Draw(t.Context(), nil, 1)
	assert.ErrorIs(t, err, poppler.ErrNoRasteriser)
}
