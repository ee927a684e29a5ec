package typed_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/internal/typed"
)

const jws = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImlrbjRfLW84c1BFIiwidHlwIjoiYXR0ZXN0YStqd3QifQ.eyJpc3MiOiJodHR" +
	"wczovL3FyLmV4YW1wbGUuaXQiLCJzdWIiOiJBQUZfLVNwLWYtSFctaTEzVjFHbEFOMjgiLCJpYXQiOjE3OTU5NDY4M" +
	"TUsImV4cCI6MTk1MzYyNjgxNX0.CZ_IgZ62Jee4GVEVz6RnW-6hYy0lsXsJ43hnNx-pu_5z6KNIA6J4WyjGY-EKSzv" +
	"FqYnUjnR0z1hCQ8vm8yC4-Q"

// press types a text on the keys of a US keyboard, on a computer with another layout.
func press(t *testing.T, text, layout string, locked bool) string {
	t.Helper()
	var keys map[string][2]string
	require.NoError(t, json.Unmarshal([]byte(typed.Keyboards()), &keys))
	us, other := keys["us"], keys[layout]
	return strings.Map(func(r rune) rune {
		for level := range us {
			for i, key := range []rune(us[level]) {
				if key != r {
					continue
				}
				if k := us[0][i]; locked && (layout == "fr" || 'a' <= k && k <= 'z') {
					level = 1 - level
				}
				return []rune(other[level])[i]
			}
		}
		return r
	}, text)
}

func TestRead(t *testing.T) {
	digits, err := token.QRText("https://qr.example.it/q", jws)
	require.NoError(t, err)
	for _, layout := range []string{"us", "it", "de", "fr"} {
		for _, locked := range []bool{false, true} {
			for _, text := range []string{"https://qr.example.it/q#" + jws, jws, digits} {
				pressed := press(t, text, layout, locked)
				meant, wrong := typed.Read(pressed + "\r\n")
				assert.False(t, wrong, pressed)
				got, err := token.FromQRText(meant)
				require.NoError(t, err, pressed)
				assert.Equal(t, jws, got, pressed)
			}
		}
	}
}

// A scan of which a part is missing, or of another system, is of the wrong keyboard where that is sure.
func TestReadWrongKeyboard(t *testing.T) {
	for _, layout := range []string{"it", "de", "fr"} {
		for _, text := range []string{"https://qr.example.it/q#" + jws[:200], "https://e.org/menu"} {
			pressed := press(t, text, layout, false)
			meant, wrong := typed.Read(pressed)
			assert.Equal(t, pressed, meant)
			assert.True(t, wrong, pressed)
		}
	}
	_, wrong := typed.Read(press(t, "https://qr.example.it/q#"+jws[:200], "us", true))
	assert.True(t, wrong)
}

func TestReadAsTyped(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                  "",
		"a foreign URL":            "https://www.example.org/menu",
		"a foreign URL, Caps Lock": "HTTPS://WWW.EXAMPLE.ORG/MENU",
		"words":                    "ciao, che bello",
		"a codice fiscale":         "RSSMRA80A01H501U",
		"a token, cut off":         jws[:100],
		"a token and more":         jws + "'",
		"too long":                 strings.Repeat("httpsç--", 2000),
		"digits":                   "8001234567890",
	} {
		meant, wrong := typed.Read(text)
		assert.Equal(t, text, meant, name)
		assert.False(t, wrong, name)
	}
}

// These files are what a computer with an Italian keyboard, and one with Caps Lock, make of a scan.
func TestReadCases(t *testing.T) {
	cases := os.Getenv("ATTESTA_CASES")
	if cases == "" {
		t.Skip("ATTESTA_CASES is not set")
	}
	for _, name := range []string{"it-layout.txt", "capslock.txt"} {
		text, err := os.ReadFile(filepath.Join(cases, "files", name))
		require.NoError(t, err)
		meant, wrong := typed.Read(string(text))
		assert.False(t, wrong, name)
		got, err := token.FromQRText(meant)
		require.NoError(t, err, name)
		assert.Equal(t, jws, got, name)
	}
}
