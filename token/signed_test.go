package token_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

const noteType = "attesta-note+jwt"

func TestSignJWS(t *testing.T) {
	issuer := newIssuer(t, esPrivate())
	keys := publicKeys(issuer)
	for _, payload := range []string{"", "{}", `{"a":1}`, strings.Repeat("x", 5000), "\x00\xff"} {
		text, err := issuer.SignJWS(t.Context(), noteType, []byte(payload))
		require.NoError(t, err)
		got, err := token.VerifyJWS(noteType, text, keys, 8192)
		if payload == "" {
			assert.ErrorIs(t, err, token.ErrShape, "an empty part has no shape")
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, payload, string(got))
	}
}

func TestSignJWSTypes(t *testing.T) {
	key := newIssuer(t, edPrivate()).Keys[0]
	for _, typ := range []string{"", "attesta+jwt", "JWT", "a b", "a\"b", "a/b", strings.Repeat("a", 65)} {
		_, err := key.SignJWS(t.Context(), typ, []byte("{}"))
		assert.Error(t, err, typ)
	}
	_, err := new(token.SigningKey).SignJWS(t.Context(), noteType, []byte("{}"))
	assert.Error(t, err, "the zero key")
	_, err = new(token.Signer).SignJWS(t.Context(), noteType, []byte("{}"))
	assert.ErrorIs(t, err, token.ErrNoSigningKey)
}

func TestVerifyJWSCauses(t *testing.T) {
	issuer := newIssuer(t, esPrivate())
	keys, stranger := publicKeys(issuer), publicKeys(newIssuer(t, edPrivate()))
	good := must(issuer.SignJWS(t.Context(), noteType, []byte(`{"a":1}`)))
	jws, _, err := issuer.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	header, rest, _ := strings.Cut(good, ".")
	otherHeader := base64.RawURLEncoding.EncodeToString(
		[]byte(strings.Replace(string(must(base64.RawURLEncoding.DecodeString(header))), noteType,
			"attesta-other+jwt", 1)))
	tests := []struct {
		name, typ, text string
		keys            []token.PublicKey
		want            error
	}{
		{"no keys", noteType, good, nil, token.ErrNoKeys},
		{"too long", noteType, good + strings.Repeat("A", 2000), keys, token.ErrSize},
		{"line break", noteType, good[:40] + "\n" + good[40:], keys, token.ErrShape},
		{"another typ asked for", "attesta-other+jwt", good, keys, token.ErrHeader},
		{"another typ put in", "attesta-other+jwt", otherHeader + "." + rest, keys, token.ErrSignature},
		{"a token is no note", noteType, jws, keys, token.ErrHeader},
		{"a token is never read here", "attesta+jwt", jws, keys, token.ErrHeader},
		{"a stranger's keys", noteType, good, stranger, token.ErrUnknownKey},
		{"payload changed", noteType, header + ".eyJhIjoyfQ." + good[strings.LastIndexByte(good, '.')+1:],
			keys, token.ErrSignature},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			payload, err := token.VerifyJWS(tt.typ, tt.text, tt.keys, 1024)
			assert.Equal(t, tt.want, err)
			assert.Nil(t, payload)
		})
	}
	_, err = token.Verify(good, keys, issuer.Now())
	assert.Equal(t, token.ErrHeader, err, "a note is no token")
}

// Any changed character in any place is refused.
func TestVerifyJWSMangled(t *testing.T) {
	issuer := newIssuer(t, edPrivate())
	good := must(issuer.SignJWS(t.Context(), noteType, []byte(`{"a":1}`)))
	for n := range good {
		for _, c := range []byte("A-_.b\n") {
			if good[n] == c {
				continue
			}
			_, err := token.VerifyJWS(noteType, good[:n]+string(c)+good[n+1:], publicKeys(issuer), 1024)
			assert.Error(t, err, n)
		}
	}
}
