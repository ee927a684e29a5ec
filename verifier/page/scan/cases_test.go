package scan_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// readCase returns a file from the folder that ATTESTA_CASES names.
func readCase(t *testing.T, name string) []byte {
	t.Helper()
	folder := os.Getenv("ATTESTA_CASES")
	if folder == "" {
		t.Skip("ATTESTA_CASES is not set")
	}
	data, err := os.ReadFile(filepath.Join(folder, "files", name))
	require.NoError(t, err)
	return data
}

// Files that people bring: scans, what an app or a viewer made of the sheet, a sheet with a foreign QR.
func TestCases(t *testing.T) {
	for _, name := range []string{
		"camscanner.pdf", "scan-jpg.pdf", "indirect-uri.pdf", "two-qrs.png", "it-layout.txt", "capslock.txt",
	} {
		checkCase(t, name)
	}
	t.Run("without pdftoppm", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		checkCase(t, "camscanner.pdf")
		checkCase(t, "scan-jpg.pdf")
		_, err := scan.Text(t.Context(), new(verifier.Client), readCase(t, "enc-owner.pdf"))
		assert.ErrorIs(t, err, scan.ErrEncrypted)
	})
	if _, err := exec.LookPath("pdftoppm"); err == nil {
		checkCase(t, "enc-owner.pdf")
	}
}

func checkCase(t *testing.T, name string) {
	t.Run(name, func(t *testing.T) {
		text, err := scan.Text(t.Context(), new(verifier.Client), readCase(t, name))
		require.NoError(t, err)
		assert.Contains(t, scan.Meant(text), "#eyJhbGciOiJFUzI1NiIsImtpZCI6ImlrbjRfLW84c1BFIi")
	})
}
