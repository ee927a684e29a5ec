package token_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"
)

// The vectors are made without using the package: the text is composed here and signed with
// testKey.

const verifiedAt = issuedAt + 86400

// workshop holds the inputs of the tables.
type workshop struct {
	t                          *testing.T
	es, ed, other, stranger    testKey
	set, otherSet              keySet
	commitments                map[string]string
	sub, header, payload, good string
}

func newWorkshop(t *testing.T) *workshop {
	w := &workshop{
		t:           t,
		es:          newTestKey(esPrivate()),
		ed:          newTestKey(edPrivate()),
		other:       newTestKey(esPrivateOf("attesta test key: other issuer")),
		stranger:    newTestKey(esPrivateOf("attesta test key: stranger")),
		commitments: map[string]string{},
	}
	w.set = keySet{issuerName, []jwk{w.es.jwk, w.ed.jwk}}
	w.otherSet = keySet{otherIssuer, []jwk{w.other.jwk}}
	w.sub = subject(1, referenceSecret(), issuerName, issuedAt, person)
	w.header = w.es.header()
	w.payload = claimsText(issuerName, w.sub, issuedAt, expires, "")
	w.good = w.es.token(w.header, w.payload)
	return w
}

func makeVectors(t *testing.T) map[string][]vector {
	w := newWorkshop(t)
	groups := map[string][]vector{
		"good":      w.goodVectors(),
		"size":      w.sizeVectors(),
		"shape":     w.shapeVectors(),
		"header":    w.headerVectors(),
		"key":       w.keyVectors(),
		"signature": w.signatureVectors(),
		"claims":    w.claimsVectors(),
		"issuer":    w.issuerVectors(),
		"times":     w.timesVectors(),
		"offline":   w.offlineVectors(),
		"reference": w.referenceVectors(),
		"qrtext":    w.qrtextVectors(),
	}
	for name, vectors := range groups {
		for i := range vectors {
			v := &vectors[i]
			v.ID = name + "-" + v.ID
			if len(v.JWKS) == 0 {
				v.JWKS = sets(w.set)
			}
			if v.Now == 0 {
				v.Now = verifiedAt
			}
			if v.Expected != "" {
				v.Claims = nil
				v.AlsoAcceptedBy = acceptedBy(t, *v)
			} else {
				require.NotNil(t, v.Claims, v.ID)
			}
		}
	}
	return groups
}

// bad is a vector with the usual key set, time and no codice fiscale.
func bad(expected, id, token, comment string) vector {
	return vector{ID: id, Comment: comment, Token: token, Expected: expected}
}

func sets(s ...keySet) []json.RawMessage {
	var raw []json.RawMessage
	for _, set := range s {
		raw = append(raw, must(json.Marshal(set)))
	}
	return raw
}

// claimsText is the canonical JSON.
func claimsText(iss, sub string, iat, exp int64, cfc string) string {
	if cfc != "" {
		cfc = `,"cfc":"` + cfc + `"`
	}
	return fmt.Sprintf(`{"iss":"%s","sub":"%s","iat":%d,"exp":%d%s}`, iss, sub, iat, exp, cfc)
}

// accepted makes a good vector of claims.
func accepted(id, comment string, key testKey, c vectorClaims) vector {
	return vector{
		ID:      id,
		Comment: comment,
		Token:   key.token(key.header(), claimsText(c.Iss, c.Sub, c.Iat, c.Exp, c.Cfc)),
		Claims:  &c,
	}
}

func (w *workshop) claims() vectorClaims {
	return vectorClaims{Iss: issuerName, Sub: w.sub, Iat: issuedAt, Exp: expires}
}

// offline returns the claims of the offline profile for a person.
func (w *workshop) offline(cf string) vectorClaims {
	c := w.claims()
	c.Sub = subject(1, referenceSecret(), c.Iss, c.Iat, cf)
	c.Cfc = w.commitment(c, cf)
	return c
}

func (w *workshop) commitment(c vectorClaims, cf string) string {
	salt := commitmentSalt(c.Iss, c.Sub, c.Iat)
	memo := cf + string(salt)
	if w.commitments[memo] == "" {
		w.commitments[memo] = b64.EncodeToString(argon2.IDKey([]byte(cf), salt, 3, 65536, 1, 16))
	}
	return w.commitments[memo]
}

func commitmentSalt(iss, sub string, iat int64) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "attesta/cfc/1\x00%s\x00%s\x00%d", iss, sub, iat))
	return sum[:16]
}

func subject(id uint16, secret []byte, iss string, iat int64, cf string) string {
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "attesta/sub/1\x00%s\x00%d\x00%s", iss, iat, cf)
	return b64.EncodeToString(append([]byte{byte(id >> 8), byte(id)}, mac.Sum(nil)[:16]...))
}

// replaced changes one place of a text and fails if the text lacks it.
func (w *workshop) replaced(text, old, new string) string {
	w.t.Helper()
	require.Equal(w.t, 1, strings.Count(text, old), "%q in %q", old, text)
	return strings.Replace(text, old, new, 1)
}

// parts splits a token.
func parts(token string) (header, payload, signature string) {
	p := strings.Split(token, ".")
	return p[0], p[1], p[2]
}
