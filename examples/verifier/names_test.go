package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A name cannot look like another line, erase one, or change the direction of what follows.
func TestNamesAreQuoted(t *testing.T) {
	w := newWorld(t, nil)
	dir := t.TempDir()
	names := []string{"a\nCONFIRMED  b.pdf", "c\r\x1b[1A\x1b[2K", "d\u202efdp.exe", "e\u009b2J",
		"f\xff\"  \"g"}
	for _, name := range names {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), noise(100), 0o600))
	}
	_, out, errs := w.command(t, nil, "check", "-offline", dir)
	lines := strings.SplitN(out, "\n", len(names)+1)
	for n, name := range names {
		_, got, found := strings.Cut(lines[n], "[unreadable]  ")
		require.True(t, found, "%q", lines[n])
		unquoted, err := strconv.Unquote(got)
		require.NoError(t, err)
		assert.Equal(t, filepath.Join(dir, name), unquoted)
		assert.Equal(t, -1, strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }), got)

		path := filepath.Join(dir, name)
		for _, args := range [][]string{{path + "x"}, {path + "x", dir}, {path, "-cf-list", path + "x"},
			{"-receipt", filepath.Join(path, "r"), path}} {
			_, out, errs := w.command(t, nil, append([]string{"check", "-offline"}, args...)...)
			for _, r := range strings.ReplaceAll(out+errs, "\n", "") {
				assert.True(t, unicode.IsPrint(r), "%q", out+errs)
			}
			assert.NotContains(t, out+errs, "\nCONFIRMED")
		}
	}
	assert.Empty(t, errs)
}
