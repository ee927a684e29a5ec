package token_test

import (
	"bytes"
	"cmp"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
)

// addVectors seeds a target with the tokens of the vectors.
func addVectors(f *testing.F, add func(v vector)) {
	f.Helper()
	vectors := readVectors(f)
	require.GreaterOrEqual(f, len(vectors), leastVectors)
	for _, v := range vectors {
		add(v)
	}
}

// Every text gives either a cause, or claims. In the second case it is the only text of these
// claims, and go-jose verifies it too.
func FuzzVerify(f *testing.F) {
	es, ed := newTestKey(esPrivate()), newTestKey(edPrivate())
	sets := []json.RawMessage{must(json.Marshal(keySet{issuerName, []jwk{es.jwk, ed.jwk}}))}
	keys := must(token.ParseJWKS(sets[0], ""))
	addVectors(f, func(v vector) { f.Add(v.Token, v.Now) })
	f.Fuzz(func(t *testing.T, text string, now int64) {
		c, err := token.Verify(text, keys, time.Unix(now, 0))
		if err != nil {
			var cause token.Cause
			require.ErrorAs(t, err, &cause)
			require.Contains(t, allCauses, cause)
			require.Zero(t, c)
			return
		}
		header, payload, signature := parts(text)
		k := es
		if header != b64.EncodeToString([]byte(es.header())) {
			k = ed
		}
		require.Equal(t, b64.EncodeToString([]byte(k.header())), header)
		require.Equal(t, b64.EncodeToString([]byte(c.Text())), payload)
		require.Equal(t, b64.EncodeToString(must(base64.RawURLEncoding.DecodeString(signature))), signature)
		require.True(t, acceptedByGoJose(text, libraryKeys(sets)))
	})
}

// The code accepts the same shape of a token as the expression of FORMAT.md and canonical
// encoding.
func FuzzShape(f *testing.F) {
	shape := regexp.MustCompile(shapeExpression)
	canonical := func(part string) bool {
		decoded, err := base64.RawURLEncoding.DecodeString(part)
		return err == nil && base64.RawURLEncoding.EncodeToString(decoded) == part
	}
	addVectors(f, func(v vector) { f.Add(v.Token) })
	f.Fuzz(func(t *testing.T, text string) {
		input, header, payload, signature, ok := token.SplitJWS(text)
		want := shape.MatchString(text)
		if want {
			h, p, s := parts(text)
			want = canonical(h) && canonical(p) && canonical(s)
		}
		require.Equal(t, want, ok)
		if ok {
			encode := func(part string) string { return base64.RawURLEncoding.EncodeToString([]byte(part)) }
			require.Equal(t, text, encode(header)+"."+encode(payload)+"."+encode(string(signature)))
			require.Equal(t, text, input+"."+encode(string(signature)))
		}
	})
}

// The code accepts the same claims as the expression and the bounds in FORMAT.md. They are
// written back byte for byte, and a JSON library reads the same values.
func FuzzClaims(f *testing.F) {
	claims := regexp.MustCompile(claimsExpression)
	addVectors(f, func(v vector) {
		if _, payload, ok := strings.Cut(v.Token, "."); ok {
			payload, _, _ = strings.Cut(payload, ".")
			decoded, _ := base64.RawURLEncoding.DecodeString(payload)
			f.Add(string(decoded))
		}
	})
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := token.ParseClaims(text)
		var read vectorClaims
		want := claims.MatchString(text)
		if want {
			err := json.Unmarshal([]byte(text), &read)
			want = err == nil && isIssuer(read.Iss) && read.Exp > read.Iat && read.Exp < 100_000_000_000 &&
				text == claimsText(read.Iss, read.Sub, read.Iat, read.Exp, read.Cfc)
		}
		require.Equal(t, want, ok)
		if !ok {
			require.Zero(t, c)
			return
		}
		require.Equal(t, text, c.Text())
		require.Equal(t, read, vectorClaims{c.IssuerName, c.Subject, c.IssuedAt.Unix(), c.Expires.Unix(),
			c.Commitment})
	})
}

var issuer = regexp.MustCompile(issuerExpression)

// isIssuer is the rule as in FORMAT.md.
func isIssuer(name string) bool {
	authority, _, _ := strings.Cut(strings.TrimPrefix(name, "https://"), "/")
	return issuer.MatchString(name) && len(name) <= 128 && !strings.HasSuffix(authority, ":443")
}

func FuzzIssuerName(f *testing.F) {
	for _, name := range []string{issuerName, otherIssuer, "https://a:443/b", "https://a:4430",
		"https://a/b:443", "http://a",
		"https://a..b", "https://a//b", "https://a/", "https://a:0", "https://a:1:2", "https://-",
		"https://a\n", "https://",
		"https://" + strings.Repeat("a", 120), "https://" + strings.Repeat("a", 121), "https://a/_~-Z",
		"https://A"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		require.Equal(t, isIssuer(name), token.IsIssuerName(name))
	})
}

// Every issued token is verified and recognised, and contains what was requested.
func FuzzRoundTrip(f *testing.F) {
	f.Add(person, int64(issuedAt), int64(5), false)
	f.Add(omocode, int64(1), int64(1), true)
	f.Add(provisional, int64(99_900_000_000), int64(3), true)
	f.Add(somebody, int64(0), int64(-1), false)
	signers := map[bool]crypto.Signer{false: esPrivate(), true: edPrivate()}
	f.Fuzz(func(t *testing.T, typed string, now, years int64, eddsa bool) {
		cf, err := codicefiscale.Parse(typed)
		if err != nil {
			cf, err = codicefiscale.ParseProvisional(typed)
		}
		if err != nil || years < -100 || years > 200 || now < -1<<40 || now > 1<<40 {
			return
		}
		issuer := newIssuer(t, signers[eddsa])
		issuer.Now, issuer.Years, issuer.Zone = at(now), int(years), time.UTC
		text, issued, err := issuer.Issue(t.Context(), cf)
		if err != nil {
			require.True(t, now < 1 || years < 0 || now+(years+5)*366*86400 > 99_999_999_999, "%v", err)
			return
		}
		got, err := token.Verify(text, publicKeys(issuer), time.Unix(now, 0))
		require.NoError(t, err)
		require.Equal(t, issued, got)
		require.Equal(t, now, got.IssuedAt.Unix())
		first, last := time.Unix(now, 0).UTC(), got.Expires.UTC().AddDate(0, 0, -1)
		require.Zero(t, got.Expires.Unix()%86400, "no midnight")
		require.Equal(t, first.Year()+int(cmp.Or(years, 5)), last.Year())
		require.Equal(t, first.Month(), last.Month())
		leapDay := first.Month() == time.February && first.Day() == 29
		require.True(t, last.Day() == first.Day() || leapDay && last.Day() == 28, "%v, then %v", first, last)
		require.NoError(t, issuer.Match(got, cf))
		stranger := code(t, somebody)
		require.Equal(t, cf == stranger, issuer.Match(got, stranger) == nil)
		_, err = token.Verify(text, publicKeys(issuer), got.Expires)
		require.Equal(t, token.ErrExpired, err)
	})
}

// A key set gives usable keys or an error, and its keys can be published again.
func FuzzParseJWKS(f *testing.F) {
	f.Add([]byte(`{"issuer":"https://a","keys":[{"kty":"EC","crv":"P-256","x":"","y":""}]}`), "")
	f.Add(
		[]byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`),
		"https://a")
	addVectors(f, func(v vector) {
		for _, set := range v.JWKS {
			f.Add([]byte(set), "")
		}
	})
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		keys, err := token.ParseJWKS(data, name)
		if err != nil {
			require.Nil(t, keys)
			return
		}
		require.NotEmpty(t, keys)
		again, err := token.ParseJWKS(must(token.MarshalJWKS(keys)), keys[0].IssuerName())
		require.NoError(t, err)
		require.Equal(t, keys, again)
		require.True(t, name == "" || name == keys[0].IssuerName())
	})
}

// A target without its committed seeds tests less than it seems to.
func TestFuzzSeeds(t *testing.T) {
	for _, target := range []string{"FuzzVerify", "FuzzShape", "FuzzClaims", "FuzzIssuerName",
		"FuzzRoundTrip", "FuzzParseJWKS"} {
		files, err := filepath.Glob(filepath.Join("testdata/fuzz", target, "*"))
		require.NoError(t, err)
		assert.GreaterOrEqual(t, len(files), 3, target)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.True(t, bytes.HasPrefix(data, []byte("go test fuzz v1\n")), file)
		}
	}
}
