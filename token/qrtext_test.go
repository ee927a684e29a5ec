package token_test

import (
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/race"
	"github.com/qr-invalidita/attesta/token"
)

func TestQRText(t *testing.T) {
	good := newWorkshop(t).good
	for _, page := range []string{"https://qr.example.it/q", "https://qr.example.it",
		"http://localhost:8080/q", "https://a/?x=1&y=%20"} {
		text, err := token.QRText(page, good)
		require.NoError(t, err)
		assert.Regexp(t, `^[1-9][0-9]+$`, strings.TrimPrefix(text, page+"#"))
		assert.Equal(t, good, must(token.FromQRText(text)))
	}
	for _, page := range []string{"", "q", "/q", "qr.example.it/q", "//qr.example.it/q",
		"ftp://qr.example.it/q", "javascript:alert(1)",
		"https:///q", "https://qr.example.it/q#", "https://qr.example.it/#/q", "https://qr.example.it/a b",
		"https://qr.example.it/\n",
		"https://città.example.it/q", "https://user@qr.example.it/q", "https://qr.example.it:port/q",
		"https://qr.example.it/%zz", "\x7f"} {
		text, err := token.QRText(page, good)
		assert.Error(t, err, page)
		assert.Empty(t, text)
	}
}

// What is no token of this version is not packed, and what is packed is unpacked to the same bytes.
func TestQRTextOfVectors(t *testing.T) {
	packed := 0
	for _, v := range readVectors(t) {
		text, err := token.QRText("https://a", v.Token)
		if err != nil {
			assert.NotEmpty(t, v.Expected, "%s is good and cannot be packed", v.ID)
			assert.Empty(t, text)
			continue
		}
		packed++
		assert.Equal(t, v.Token, must(token.FromQRText(text)), v.ID)
	}
	assert.Greater(t, packed, 50)
}

// Any token of this version has one number, and the number has that token.
func TestQRTextIsABijection(t *testing.T) {
	t.Parallel()
	tokens := 1_000_000
	if testing.Short() || race.Enabled {
		tokens = 50_000
	}
	random := rand.New(rand.NewPCG(14, 2026)) // the same tokens in each run
	some := func(alphabet string, n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = alphabet[random.IntN(len(alphabet))]
		}
		return string(b)
	}
	some64 := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b64.EncodeToString(b)
	}
	for range tokens {
		alg := []string{"ES256", "EdDSA"}[random.IntN(2)]
		cfc := ""
		if random.IntN(2) == 0 {
			cfc = some64(16)
		}
		iat := 1 + random.Int64N(99_999_999_998)
		exp := iat + 1 + random.Int64N(99_999_999_999-iat)
		iss := "https://" + some("abcz09-", 1+random.IntN(120))
		jws := b64.EncodeToString(
			[]byte(`{"alg":"`+alg+`","kid":"`+some64(8)+`","typ":"attesta+jwt"}`),
		) + "." +
			b64.EncodeToString(
				[]byte(claimsText(iss, some64(18), iat, exp, cfc)),
			) + "." + some64(
			64,
		)
		text, err := token.QRText("https://a", jws)
		if err != nil {
			t.Fatalf("%s: %v", jws, err)
		}
		if back, err := token.FromQRText(text); err != nil || back != jws {
			t.Fatalf("%s: %s, %v", jws, back, err)
		}
	}
}

// FuzzFromQRText: a text has a token or one of two causes, and no two numbers have the same token.
func FuzzFromQRText(f *testing.F) {
	addVectors(f, func(v vector) {
		f.Add(v.Text)
		f.Add(v.Token)
	})
	f.Fuzz(func(t *testing.T, text string) {
		jws, err := token.FromQRText(text)
		if err != nil {
			require.Contains(t, []error{token.ErrNotOurs, token.ErrNewerVersion}, err)
			require.Empty(t, jws)
			return
		}
		require.NotEmpty(t, jws)
		require.True(t, strings.HasPrefix(jws, "eyJ"))
		again, err := token.QRText("https://a", jws)
		if err != nil {
			return
		}
		require.Equal(t, jws, must(token.FromQRText(again)))
		if !strings.Contains(text, jws) {
			require.Contains(t, text, strings.TrimPrefix(again, "https://a#"))
		}
	})
}

// A number of any size is read in time, and the causes are errors that say nothing of it.
func TestFromQRTextLong(t *testing.T) {
	start := time.Now()
	for _, text := range []string{strings.Repeat("9", 10_000_000), strings.Repeat(" ", 10_000_000),
		strings.Repeat("#", 1_000_000), new(big.Int).Lsh(big.NewInt(1), 100_000).String()} {
		_, err := token.FromQRText(text)
		assert.Equal(t, token.ErrNotOurs, err)
	}
	assert.Less(t, time.Since(start), 20*time.Second, "a fifth of a second where nothing else runs")
}
