package app

import (
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSecurityContact(t *testing.T) {
	for contact, good := range map[string]bool{
		"": true, "https://ente.example/sicurezza": true, "mailto:security@ente.example": true,
		"tel:+39800000000":      true,
		"security@ente.example": false, "http://ente.example": false, "mailto:": false, "https://": false,
		"mailto:a@b.example\nContact: x": false, "javascript:alert(1)": false,
	} {
		s := &settled{Config: Config{Security: contact}}
		assert.Equal(t, good, s.securityContact() == nil, "%q", contact)
	}
}

func TestSecurityText(t *testing.T) {
	public, err := url.Parse("https://qr.ente.example")
	require.NoError(t, err)
	a := &App{settled: &settled{Config: Config{Security: "mailto:security@ente.example"}, public: public}}
	w := httptest.NewRecorder()
	a.securityText(w, nil)
	assert.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
	text := regexp.MustCompile(`^Contact: mailto:security@ente\.example\nExpires: (\S+Z)\n` +
		`Preferred-Languages: it, en, de, fr, sl\n` +
		`Canonical: https://qr\.ente\.example/\.well-known/security\.txt\n$`)
	require.Regexp(t, text, w.Body.String())
	expires, err := time.Parse(time.RFC3339, text.FindStringSubmatch(w.Body.String())[1])
	require.NoError(t, err)
	assert.True(t, expires.After(time.Now()) && expires.Before(time.Now().AddDate(1, 0, 0)), expires)
}
