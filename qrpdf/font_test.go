package qrpdf_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// The font files are those that the script makes, and the renamed one does not use the reserved
// name.
func TestFontFiles(t *testing.T) {
	sums, err := os.ReadFile(filepath.Join("fonts", "SHA256SUMS"))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(sums)), "\n")
	require.Len(t, lines, 3)
	for _, line := range lines {
		sum, name, ok := strings.Cut(line, "  ")
		require.True(t, ok)
		file, err := os.ReadFile(filepath.Join("fonts", name))
		require.NoError(t, err)
		assert.Equal(t, sum, fmt.Sprintf("%x", sha256.Sum256(file)), name)
		wide := "\x00L\x00i\x00b\x00e\x00r\x00a\x00t\x00i\x00o\x00n"
		assert.False(t, bytes.Contains(file, []byte(wide)), name)
		assert.False(t, bytes.Contains(file, []byte("Liberation")), name)
	}
	licence, err := os.ReadFile(filepath.Join("fonts", "OFL.txt"))
	require.NoError(t, err)
	for _, words := range []string{"Copyright 2020-2024 The Atkinson Hyperlegible Next Project Authors",
		"Copyright (c) 2012 Red Hat, Inc.",
		"SIL OPEN FONT LICENSE Version 1.1"} {
		assert.Contains(t, string(licence), words)
	}
}

// A document embeds fonts that are subsets, named as such, and the same for the same letters.
func TestFontsEmbedded(t *testing.T) {
	s := fullOf(t, 5)
	names := func(holder string) []string {
		d := page()
		d.Holder = holder
		objects, _ := readPDF(t, write(t, d, s))
		var found []string
		for _, o := range objects {
			if _, rest, ok := strings.Cut(o.text, "/FontName /"); ok {
				name, _, _ := strings.Cut(rest, " ")
				assert.Regexp(t, `^[A-Z]{6}\+[A-Za-z-]+$`, name)
				found = append(found, name)
			}
		}
		return found
	}
	plain, name := names(""), names("Anà Zagar")
	require.Len(t, plain, 2)
	assert.ElementsMatch(t, plain, name, "usual letters change nothing")
	rare := names("Žofka")
	require.Len(t, rare, 2)
	assert.NotElementsMatch(t, plain, rare, "another part of the same font")
	assert.Len(t, names("Ĥ"), 3)
}

func TestLines(t *testing.T) {
	for _, tt := range []struct {
		text  string
		width float64
		want  []string
	}{
		{"", 50, nil},
		{"una riga", 500, []string{"una riga"}},
		{"una riga lunga", 40, []string{"una ", "riga ", "lunga"}},
		{"due  spazi", 30, []string{"due  ", "spazi"}},
		{"a\u00a0b a\u00a0b", 30, []string{"a\u00a0b ", "a\u00a0b"}},
		{"https://attesta.example/verifica", 100, []string{"https://", "attesta.example/", "verifica"}},
		{"https://qr-attesta.example/q", 120, []string{"https://", "qr-attesta.example/q"}},
		{"https://uno.due.tre.it/q", 48, []string{"https://", "uno.due", ".tre.it/q"}},
		{"vedi https://a.example/q", 60, []string{"vedi ", "https://", "a.example/", "q"}},
		{"WWWWWWWW", 40, []string{"WWW", "WWW", "WW"}},
		{"xx WWWWWWWW", 40, []string{"xx ", "WWW", "WWW", "WW"}},
		{"WWẹ\u0301x", 26, []string{"WW", "ẹ\u0301x"}},
		{"W", 1, []string{"W"}},
		{"Anna-Maria", 50, []string{"Anna-", "Maria"}},
		{"scriva a noi subito", 90, []string{"scriva a ", "noi subito"}}, // not: subito
		{"scriva a noi subitissimo", 90, []string{"scriva a noi ", "subitissimo"}},
		{"via Roma 1, tel. 0471 000000", 125, []string{"via Roma 1, ", "tel. 0471 000000"}},
		{"tel. 0471 000000", 60, []string{"tel. 0471 ", "000000"}},
		{"il 5 maggio 2026", 60, []string{"il 5 maggio ", "2026"}},
	} {
		assert.Equal(t, tt.want, qrpdf.Lines(tt.text, 12, tt.width), tt.text)
	}
}
