package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/token"
)

func TestShow(t *testing.T) {
	b := newBody(t, issuerName)
	text := b.text(t, time.Now(), false)
	jws, err := token.FromQRText(text)
	assert.NoError(t, err)
	for name, test := range map[string]struct {
		file  []byte
		code  int
		wants string
	}{
		"PDF":         {pdfOf(t, text), 0, jws + "\n"},
		"PNG":         {pngOf(t, text), 0, jws + "\n"},
		"text":        {[]byte(text + "\r\n"), 0, jws + "\n"},
		"token":       {[]byte(jws), 0, jws + "\n"},
		"another":     {[]byte("https://shop.example/orders#12345"), 2, ""},
		"later":       {[]byte("https://qr.example.it/q#7" + text[len(issuerName+"/q#")+1:]), 2, ""},
		"no QR in it": {blankPicture(t), 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := run(t, test.file, "show", "-")
			assert.Equal(t, test.code, code, errs)
			assert.Equal(t, test.wants, out)
			assert.Equal(t, test.code == 0, errs == "", errs)
		})
	}
	code, _, _ := run(t, nil, "show")
	assert.Equal(t, 3, code)
}

// A file of what a scanner typed on a computer with another keyboard holds the same token.
func TestShowTypedWithAnotherKeyboard(t *testing.T) {
	folder := os.Getenv("ATTESTA_CASES")
	if folder == "" {
		t.Skip("ATTESTA_CASES is not set")
	}
	var printed []string
	for _, name := range []string{"it-layout.txt", "capslock.txt"} {
		code, out, errs := run(t, nil, "show", filepath.Join(folder, "files", name))
		assert.Zero(t, code, errs)
		printed = append(printed, out)
	}
	assert.Equal(t, printed[0], printed[1])
}
