package api

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// This file ties an answer to its question (token/RECEIPT.md, "Digests"). The caller makes a check ID for
// each request. The issuer signs two digests, of the question and of the answer, and the caller computes both
// again. So an answer that somebody kept, replayed or changed decides nothing.

// NewCheckID returns the check ID of a new request: 16 random bytes in base64url, 22 characters. A retry of
// the same request keeps it. Forget it after the answer: with it, the codice fiscale could be found from a
// receipt. So it must not be in a report, a log, a form or a print.
func NewCheckID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// CheckIDAllowed reports whether s can be a check ID: the 22 characters of canonical base64url of 16 bytes.
// The ID and the digests of a receipt have the same form.
func CheckIDAllowed(s string) bool {
	_, err := checkIDs.DecodeString(s)
	return err == nil && len(s) == 22 && !strings.ContainsAny(s, "\r\n") // which the decoder skips
}

var checkIDs = base64.RawURLEncoding.Strict()

// A Question is what a receipt is about, for [Receipt.Check]. It contains personal data that is not
// encrypted.
type Question struct {
	CheckID string
	// Token is the token as a JWS. It is empty if there is none in the text of the request.
	Token string
	// CodiceFiscale is in upper case, without spaces.
	CodiceFiscale string
	// About is the benefit of a check at the first level, or the scope of a challenge. In the answer to a
	// code it is the scope that the person approved. It is empty in a problem that answers a code, because
	// the issuer refuses before it looks for the scope.
	About string
	// Evidence is that of the request; after a code, that of the request which the person approved. It may
	// be nil.
	Evidence Evidence
}

// Digest returns the claim chk.
func (q Question) Digest() string {
	return digest("attesta/check/1", q.CheckID, q.Token, q.CodiceFiscale, q.About, q.Evidence.String())
}

// AnswerDigest returns the claim ans for an answer, a JSON text as it is sent. The member receipt does not
// count. The text is an error if it is not a JSON object, has two members of one name, half a character or a
// number other than an integer of at most 15 digits.
func AnswerDigest(checkID string, answer []byte) (string, error) {
	form, err := canonical(answer, "receipt")
	if err != nil || form[0] != '{' {
		return "", errNoForm
	}
	return digest("attesta/answer/1", checkID, string(form)), nil
}

// digest returns the first 16 bytes of the SHA-256 of the parts, which a zero byte separates, in base64url.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
