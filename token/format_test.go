package token_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The expressions of FORMAT.md. The fuzz targets compare the code with them.
const (
	shapeExpression  = `^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$`
	headerExpression = `^\{"alg":"(ES256|EdDSA)","kid":"[A-Za-z0-9_-]{11}","typ":"attesta\+jwt"\}$`
	claimsExpression = `^\{"iss":"[^"]+","sub":"[A-Za-z0-9_-]{24}","iat":[1-9][0-9]{0,10},"exp":[1-9][0-9]` +
		`{0,10}(,"cfc":"[A-Za-z0-9_-]{21}[AQgw]")?\}$`
	issuerExpression = `^https://[a-z0-9-]+(\.[a-z0-9-]+)*(:[1-9][0-9]{0,4})?(/[A-Za-z0-9_~-]+)*$`
)

func format(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("FORMAT.md")
	require.NoError(t, err)
	return string(text)
}

func TestFormatExpressions(t *testing.T) {
	text := format(t)
	for _, expression := range []string{shapeExpression, headerExpression, claimsExpression,
		issuerExpression} {
		assert.Contains(t, text, "\n"+expression+"\n")
	}
}

func TestFormatCodes(t *testing.T) {
	text := format(t)
	for i, cause := range allCauses {
		assert.Contains(t, text, fmt.Sprintf("\n| %d | `%s` | ", i+1, string(cause)),
			"the order of the checks")
	}
}

// The test computes every value of the example without the package's code and looks for it in the
// text.
func TestFormatWorkedBytes(t *testing.T) {
	text := format(t)
	_, text, ok := strings.Cut(text, "\n## Worked bytes\n")
	require.True(t, ok)
	line := func(label string, value any) {
		t.Helper()
		want := fmt.Sprintf("\n%-10s %s\n", label, value)
		assert.True(t, strings.Contains(text, want), "FORMAT.md has no line%s", want)
	}
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return hex.EncodeToString(sum[:])
	}
	hexOf := func(base64 string) string { return hex.EncodeToString(must(b64.DecodeString(base64))) }
	w := newWorkshop(t)

	line("d", b64.EncodeToString(must(esPrivate().Bytes())))
	for _, k := range []testKey{w.es, w.ed} {
		line("thumbprint", k.thumbprintInput())
		line("  SHA-256", hash(k.thumbprintInput()))
		line("kid", k.id())
	}

	line("id", "0001")
	line("K", hex.EncodeToString(referenceSecret()))
	line("input", hex.EncodeToString(fmt.Appendf(nil, "attesta/sub/1\x00%s\x00%d\x00%s", issuerName, issuedAt,
		person)))
	line("id ‖ HMAC", hexOf(w.sub))
	line("sub", w.sub)

	line("header", w.header)
	line("payload", w.payload)
	header, payload, signature := parts(w.good)
	line("signing input, SHA-256\n"+strings.Repeat(" ", 10), hash(header+"."+payload))
	line("r", hexOf(signature)[:64])
	line("s", hexOf(signature)[64:])
	line("token", w.good)
	p := packed(w.es, w.claims())
	line("form", hex.EncodeToString([]byte{p.form}))
	line("packed", hex.EncodeToString(p.bytes()))
	line("QR text", issuerName+"/q#"+digits(p.bytes()))

	c := w.offline(person)
	offline := claimsText(c.Iss, c.Sub, c.Iat, c.Exp, c.Cfc)
	line("salt input", hex.EncodeToString(fmt.Appendf(nil, "attesta/cfc/1\x00%s\x00%s\x00%d", c.Iss, c.Sub,
		c.Iat)))
	line("salt", hex.EncodeToString(commitmentSalt(c.Iss, c.Sub, c.Iat)))
	line("Argon2id", hexOf(c.Cfc))
	line("cfc", c.Cfc)
	line("payload", offline)
	line("token", w.es.token(w.header, offline))
}

// The example is also one of the vectors.
func TestFormatExampleIsAVector(t *testing.T) {
	text := format(t)
	found := 0
	for _, v := range readVectors(t) {
		if v.ID == "good-es256-online" || v.ID == "good-es256-offline" {
			found++
			assert.Contains(t, text, "\ntoken      "+v.Token+"\n")
		}
	}
	assert.Equal(t, 2, found)
}

func TestFormatSizes(t *testing.T) {
	text := format(t)
	w := newWorkshop(t)
	sizes := func(iss, cfc string) string {
		length := len(w.es.token(w.header, claimsText(iss, w.sub, issuedAt, expires, cfc)))
		page, number := len(
			iss+"/q#",
		), len(
			digits(packed(w.es, vectorClaims{iss, w.sub, issuedAt, expires, cfc}).bytes()),
		)
		return fmt.Sprintf("%d / %d | V%d |", length, page+number, symbolVersion(page, number))
	}
	for _, length := range []int{21, 26, 27, 32, 40, 128} {
		iss := "https://" + strings.Repeat("a", length-len("https://"))
		row := fmt.Sprintf("\n| %d | %s %s\n", length, sizes(iss, ""), sizes(iss, strings.Repeat("A", 22)))
		assert.True(t, strings.Contains(text, row), "FORMAT.md has no row%s", row)
	}
}

// symbolVersion knows the data codewords of the symbols V7 to V18 at level M: ISO/IEC 18004, table 7.
func symbolVersion(bytes, digits int) int {
	for i, codewords := range []int{124, 154, 182, 216, 254, 290, 334, 365, 415, 453, 507, 563} {
		version, counts := 7+i, 8+10
		if version > 9 {
			counts = 16 + 12
		}
		if 4+4+counts+8*bytes+digits/3*10+[]int{0, 4, 7}[digits%3] <= 8*codewords {
			return version
		}
	}
	return 0
}
