package goqrcode

import (
	"io"
	"log"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/yeqown/go-qrcode/v2"
)

// Panics of the library become errors that do not quote the text.
func TestBitmapRecovers(t *testing.T) {
	defer log.SetOutput(log.Writer())
	log.SetOutput(io.Discard) // the library logs what it panics with
	tests := []struct {
		name, text string
		options    []qrcode.EncodeOption
	}{
		{"version too small", strings.Repeat("text ", 20),
			[]qrcode.EncodeOption{qrcode.WithEncodingMode(qrcode.EncModeByte), qrcode.WithVersion(1)}},
		{"alphanumeric mode, small letters", "small",
			[]qrcode.EncodeOption{qrcode.WithEncodingMode(qrcode.EncModeAlphanumeric)}},
		{"Japanese mode", "text", []qrcode.EncodeOption{qrcode.WithEncodingMode(qrcode.EncModeJP)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rows, err := bitmap(test.text, test.options...)
			assert.EqualError(t, err, "go-qrcode panicked")
			assert.Nil(t, rows)
		})
	}
}

func TestBitmapPassesErrorsOn(t *testing.T) {
	rows, err := bitmap(strings.Repeat("a", 3000), qrcode.WithEncodingMode(qrcode.EncModeByte))
	assert.ErrorContains(t, err, "version")
	assert.Nil(t, rows)
}
