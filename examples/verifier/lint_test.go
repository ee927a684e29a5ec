package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func needRasteriser(t *testing.T) {
	t.Helper()
	_, err := exec.LookPath("pdftoppm")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("pdftoppm is not installed")
	}
	if err != nil {
		t.Skip("pdftoppm is not installed")
	}
}

func TestLint(t *testing.T) {
	needRasteriser(t)
	const text = "https://qr.example.it/q#eyJhbGciOiJFUzI1NiIsImtpZCI6IjEyMzQ1Njc4OTAxIn0"
	fine := pngOf(t, text)
	chunk := fine[bytes.Index(fine, []byte("pHYs")):][:13]
	copy(chunk[4:], []byte{0, 0, 0x7d, 0, 0, 0, 0x7d, 0}) // 32,000 pixels a metre: 0.25 mm for eight
	binary.BigEndian.PutUint32(fine[bytes.Index(fine, chunk)+13:], crc32.ChecksumIEEE(chunk))
	tests := []struct {
		name string
		file []byte
		args []string
		code int
		want []string
	}{
		{"PNG", pngOf(t, text), nil, 0,
			[]string{"NOTHING TO FIX", "version 5-M", "0.50 mm (8.0 pixels)", "4.0 modules", "21.0:1"}},
		{"small modules", fine, nil, 1, []string{"TO FIX: 1\n", " 1. a module is 0.25 mm wide [module]",
			"Wanted: at least 0.5 mm", "Fix: print"}},
		{"picture without a QR", blankPicture(t), nil, 2, []string{"cannot tell: no QR"}},
		{"noise", noise(1_000_000), nil, 2, []string{"cannot tell: "}},
		{"text", []byte(text), nil, 2, []string{"cannot tell: "}},
		{"empty", nil, nil, 2, []string{"cannot tell: the file is empty"}},
		{"two files", nil, []string{"another"}, 3, []string{"wants one file"}},
		{"unknown flag", nil, []string{"-colour"}, 3, []string{"-colour"}},
		{"help", nil, []string{"-h"}, 0, []string{"Exit codes"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			require.NoError(t, os.WriteFile(path, test.file, 0o600))
			code, out, errs := run(t, nil, append([]string{"lint", path}, test.args...)...)
			assert.Equal(t, test.code, code)
			for _, want := range test.want {
				assert.Contains(t, out+errs, want)
			}
			assert.NotContains(t, out+errs, "eyJhbG", "the token is not shown")
			if len(test.args) == 0 {
				again, sameOut, sameErrs := run(t, test.file, "lint", "-")
				assert.Equal(t, []any{code, out, errs}, []any{again, sameOut, sameErrs},
					"the same on the standard input")
			}
		})
	}
	code, _, errs := run(t, nil, "lint", "none.pdf")
	assert.Equal(t, 3, code)
	assert.Contains(t, errs, "no such file")
}

func TestLintPDF(t *testing.T) {
	const text = "https://qr.example.it/q#eyJhbGciOiJFUzI1NiIsImtpZCI6IjEyMzQ1Njc4OTAxIn0"
	document := pdfOf(t, text)
	t.Run("drawn", func(t *testing.T) {
		needRasteriser(t)
		code, out, errs := run(t, document, "lint", "-json", "-")
		assert.Contains(t, []int{0, 1}, code)
		assert.Empty(t, errs)
		var report struct {
			Kind    string
			Symbols []struct {
				Version     int
				Module      float64 `json:"module_mm"`
				LinkMatches bool    `json:"link_matches"`
			}
			Document struct{ Language string }
			Findings []struct{ Rule string }
			Unseen   []string `json:"not_looked_at"`
		}
		require.NoError(t, json.Unmarshal([]byte(out), &report))
		require.Len(t, report.Symbols, 1)
		assert.Equal(t, 5, report.Symbols[0].Version)
		assert.Greater(t, report.Symbols[0].Module, 0.9)
		assert.True(t, report.Symbols[0].LinkMatches)
		assert.Equal(t, code, min(len(report.Findings), 1))
		assert.Contains(t, report.Document.Language, "it")
		assert.Equal(t, []string{}, report.Unseen)

		_, out, _ = run(t, document, "lint", "-")
		for _, want := range []string{"QR on page 1", "sheet of 210 x 297 mm", "QRStuff",
			"same text as the QR", "\nPDF\n", "language"} {
			assert.Contains(t, out, want)
		}
		assert.NotContains(t, out, "eyJhbG")
	})
	t.Run("without pdftoppm", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		code, out, _ := run(t, document, "lint", "-")
		assert.Contains(t, []int{1, 2}, code)
		assert.Contains(t, out, "Not looked at: the pages: pdftoppm (poppler-utils) is not on the PATH.")
		assert.Contains(t, out, "\nPDF\n")

		code, out, _ = run(t, []byte("%PDF-1.7\n"), "lint", "-")
		assert.Equal(t, 2, code)
		assert.Contains(t, out, "CANNOT TELL")
	})
}
