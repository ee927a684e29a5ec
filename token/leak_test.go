package token_test

import (
	"bytes"
	"crypto"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

// Printing, logging or encoding a key by accident never shows its secret half, even inside other
// values.

// shows reports whether any usual spelling of the bytes is in a text.
func shows(text string, secret []byte) bool {
	spaced := strings.Trim(fmt.Sprint(secret), "[]")
	var goSyntax []string
	for _, b := range secret {
		goSyntax = append(goSyntax, fmt.Sprintf("%#x", b))
	}
	for _, spelling := range []string{
		string(secret), hex.EncodeToString(secret), b64.EncodeToString(secret), spaced,
		strings.ReplaceAll(spaced, " ", ","), strings.Join(goSyntax, ", "), fmt.Sprintf("%q", secret),
		strings.ToUpper(hex.EncodeToString(secret)), fmt.Sprintf("% x", secret),
	} {
		if strings.Contains(text, strings.Trim(spelling, `"`)) {
			return true
		}
	}
	return false
}

// printed collects the results of the usual ways to print a value.
func printed(t *testing.T, value any) string {
	t.Helper()
	var b bytes.Buffer
	for _, verb := range []string{"v", "+v", "#v", "s", "q", "x", "X", "d", "t", "p", "T"} {
		fmt.Fprintf(&b, "%"+verb+"\n", value)
	}
	fmt.Fprint(&b, value)
	log.New(&b, "", 0).Println(value)
	slog.New(slog.NewTextHandler(&b, nil)).Info("a", "b", value)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("a", "b", value)
	fmt.Fprint(&b, fmt.Errorf("failed: %v", value))
	for _, encode := range []func(any) error{json.NewEncoder(&b).Encode, xml.NewEncoder(&b).Encode,
		gob.NewEncoder(&b).Encode} {
		if err := encode(value); err != nil {
			fmt.Fprint(&b, err)
		}
	}
	return b.String()
}

func TestShows(t *testing.T) {
	assert.True(t, shows(printed(t, referenceSecret()), referenceSecret()))
	assert.True(t, shows(printed(t, struct{ k []byte }{referenceSecret()}), referenceSecret()))
	assert.False(t, shows(printed(t, "nothing"), referenceSecret()))
}

func TestReferenceKeyDoesNotLeak(t *testing.T) {
	k := must(token.NewReferenceKey(0xbeef, referenceSecret()))
	assert.Equal(t, "reference key beef", fmt.Sprintf("%+v", k))
	for _, value := range []any{
		k, &k, []token.ReferenceKey{k}, map[string]token.ReferenceKey{"a": k},
		struct{ K token.ReferenceKey }{k}, struct{ k token.ReferenceKey }{k},
		struct{ k *token.ReferenceKey }{&k}, token.Signer{References: []token.ReferenceKey{k}},
		&token.Signer{References: []token.ReferenceKey{k}},
	} {
		assert.False(t, shows(printed(t, value), referenceSecret()), "%T", value)
	}
	for _, marshal := range []func(any) ([]byte, error){json.Marshal, xml.Marshal} {
		_, err := marshal(k)
		assert.ErrorContains(t, err, "must not be marshalled")
	}
}

func TestSigningKeyDoesNotLeak(t *testing.T) {
	for secret, signer := range map[string]crypto.Signer{
		string(must(esPrivate().Bytes())): esPrivate(),
		string(edPrivate().Seed()):        edPrivate(),
	} {
		k := signingKey(t, signer)
		assert.Equal(t, "signing key "+k.Public().ID(), fmt.Sprintf("%+v", k))
		assert.Equal(t, "signing key "+k.Public().ID(), fmt.Sprintf("%#v", *k))
		for _, value := range []any{
			k, *k, []*token.SigningKey{k}, map[string]token.SigningKey{"a": *k},
			struct{ K token.SigningKey }{*k}, struct{ k token.SigningKey }{*k},
			struct{ k *token.SigningKey }{k}, token.Signer{Keys: []*token.SigningKey{k}},
		} {
			assert.False(t, shows(printed(t, value), []byte(secret)), "%T", value)
		}
	}
	assert.Equal(t, "<nil>", fmt.Sprint((*token.SigningKey)(nil)))
}

// An error of this package does not contain its arguments.
func TestErrorsDoNotLeak(t *testing.T) {
	w := newWorkshop(t)
	issuer := newIssuer(t, esPrivate())
	_, c, err := issuer.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	issuer.References = nil
	_, keys := token.Verify(w.good, nil, issuer.Now())
	_, expired := token.Verify(w.good, publicKeys(issuer), at(expires)())
	_, _, issue := issuer.Issue(t.Context(), code(t, person))
	_, page := token.QRText("https://qr.example.it/"+person+" ", w.good)
	for _, err := range []error{keys, expired, issue, page, issuer.Match(c, code(t, person)),
		new(token.Commitments).Match(t.Context(), c, code(t, person))} {
		require.Error(t, err)
		for _, secret := range []string{person, w.good, w.sub, issuerName} {
			assert.NotContains(t, err.Error(), secret)
		}
	}
}
