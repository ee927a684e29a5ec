package secret_test

import (
	"bytes"
	"database/sql/driver"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/internal/secret"
)

func TestText(t *testing.T) {
	s := secret.New("password", "open sesame")
	assert.Equal(t, "open sesame", secret.Reveal(s))
	assert.False(t, s.IsZero())
	inside := struct {
		Public  secret.Text
		private secret.Text
	}{s, s}
	var out strings.Builder
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("x", "text", s, "inside", inside)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%p", "%T"} {
		fmt.Fprintf(&out, verb+verb+verb, s, &s, inside)
	}
	assert.NotContains(t, out.String(), "sesame")
	assert.NotContains(t, out.String(), fmt.Sprintf("%x", "sesame"))
	assert.Contains(t, out.String(), "[password]")
}

func TestTextIsNotMarshalled(t *testing.T) {
	s := secret.New("password", "open sesame")
	for name, marshal := range map[string]func() error{
		"JSON":  func() error { _, err := json.Marshal(struct{ S any }{s}); return err },
		"XML":   func() error { _, err := xml.Marshal(s); return err },
		"gob":   func() error { return gob.NewEncoder(&bytes.Buffer{}).Encode(s) },
		"SQL":   func() error { _, err := driver.DefaultParameterConverter.ConvertValue(s); return err },
		"text":  func() error { _, err := s.MarshalText(); return err },
		"bytes": func() error { _, err := s.MarshalBinary(); return err },
	} {
		assert.ErrorIs(t, marshal(), secret.ErrMarshal, name)
	}
}

func TestZeroText(t *testing.T) {
	for _, s := range []secret.Text{{}, secret.New("password", "")} {
		assert.True(t, s.IsZero())
		assert.Empty(t, secret.Reveal(s))
		assert.Equal(t, "[empty]", fmt.Sprint(s))
	}
}
