package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// The reason why a file is not read is told in every language.
func TestFileReasonsAreTranslated(t *testing.T) {
	reasons := []error{
		scan.ErrEmpty, scan.ErrTooLarge, scan.ErrTooManyPixels, scan.ErrPicture, scan.ErrNoCode,
		scan.ErrNoLink, scan.ErrOtherLinks, scan.ErrPortfolio, scan.ErrEncrypted, scan.ErrUnknownKind,
	}
	for _, head := range []string{"GIF89a", "RIFF....WEBP", "....ftypavif", "....ftypheic", "II*\x00",
		"BM....\x00\x00\x00\x00", "PK\x03\x04", "<svg"} {
		_, err := scan.Read(t.Context(), []byte(head))
		assert.ErrorIs(t, err, scan.ErrUnsupported, head)
		reasons = append(reasons, err)
	}
	for _, lang := range status.Languages() {
		for _, reason := range reasons {
			told := words.TellText(lang, reason.Error())
			assert.Equal(t, lang == status.English, told == reason.Error(), "%s: %s", lang, told)
		}
	}
}

// What people bring from a scanner, an app or a viewer holds the same paper, in check and show.
func TestFilesOfOthers(t *testing.T) {
	folder := os.Getenv("ATTESTA_CASES")
	if folder == "" {
		t.Skip("ATTESTA_CASES is not set")
	}
	for _, name := range []string{"camscanner.pdf", "scan-jpg.pdf", "indirect-uri.pdf", "two-qrs.png",
		"it-layout.txt", "capslock.txt"} {
		path := filepath.Join(folder, "files", name)
		code, out, errs := run(t, nil, "show", path)
		assert.Zero(t, code, name+errs)
		assert.Regexp(t, `^eyJ`, out, name)
		_, out, _ = run(t, nil, "check", "-offline", "-jwks", newBody(t, issuerName).jwks, path)
		assert.NotContains(t, out, "[not_ours]", name)
		assert.NotContains(t, out, "[unreadable]", name)
	}
}
