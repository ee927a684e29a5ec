package token

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// This file is the strict codec: a header and claims have exactly one byte string, and nothing
// else is accepted.

// Lengths, in characters of base64url.
const (
	kidLength        = 11 // 8 bytes
	subjectLength    = 24 // 2 bytes of key identifier, 16 of HMAC
	commitmentLength = 22 // 16 bytes
	signatureLength  = 86 // 64 bytes
)

const (
	tokenType       = "attesta+jwt"
	maxIssuerLength = 128
	// timeLimit refuses milliseconds in place of seconds: 10^11 s is in the year 5138.
	timeLimit = 100_000_000_000
)

var b64 = base64.RawURLEncoding.Strict()

// jws is a token in parts: shape and encoding are right, but nothing is verified.
type jws struct {
	signingInput    string
	header, payload string
	signature       [64]byte
}

// splitJWS applies the shape rules of FORMAT.md. It checks the alphabet on the raw text, because
// Go's decoder skips CR and LF even in strict mode. Strict mode refuses unused bits that are not
// zero.
func splitJWS(text string) (jws, bool) {
	dot1 := strings.IndexByte(text, '.')
	dot2 := len(text) - signatureLength - 1
	if dot1 < 1 || dot2 < dot1+2 || text[dot2] != '.' ||
		!isBase64URL(text[:dot1]) || !isBase64URL(text[dot1+1:dot2]) || !isBase64URL(text[dot2+1:]) {
		return jws{}, false
	}
	header, err := b64.DecodeString(text[:dot1])
	if err != nil {
		return jws{}, false
	}
	payload, err := b64.DecodeString(text[dot1+1 : dot2])
	if err != nil {
		return jws{}, false
	}
	j := jws{signingInput: text[:dot2], header: string(header), payload: string(payload)}
	var src [signatureLength]byte
	copy(src[:], text[dot2+1:])
	if _, err := b64.Decode(j.signature[:], src[:]); err != nil {
		return jws{}, false
	}
	return j, true
}

func isBase64URL(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

type header struct{ alg, kid string }

func (h header) appendTo(b []byte, typ string) []byte {
	b = append(b, `{"alg":"`...)
	b = append(b, h.alg...)
	b = append(b, `","kid":"`...)
	b = append(b, h.kid...)
	b = append(b, `","typ":"`...)
	b = append(b, typ...)
	return append(b, `"}`...)
}

func parseHeader(text, typ string) (header, bool) {
	var h header
	s := cursor{rest: text}
	s.skip(`{"alg":"`)
	h.alg = s.until('"')
	s.skip(`,"kid":"`)
	h.kid = s.until('"')
	s.skip(`,"typ":"`)
	s.skip(typ)
	s.skip(`"}`)
	ok := s.done() && (h.alg == algES256 || h.alg == algEdDSA) && len(h.kid) == kidLength &&
		isBase64URL(h.kid)
	return h, ok
}

func (c Claims) appendTo(b []byte) []byte {
	b = append(b, `{"iss":"`...)
	b = append(b, c.IssuerName...)
	b = append(b, `","sub":"`...)
	b = append(b, c.Subject...)
	b = append(b, `","iat":`...)
	b = appendSeconds(b, c.IssuedAt)
	b = append(b, `,"exp":`...)
	b = appendSeconds(b, c.Expires)
	if c.Commitment != "" {
		b = append(b, `,"cfc":"`...)
		b = append(b, c.Commitment...)
		b = append(b, '"')
	}
	return append(b, '}')
}

func appendSeconds(b []byte, t time.Time) []byte { return strconv.AppendInt(b, t.Unix(), 10) }

// parseClaims reads only the canonical form: if it accepts a text, appendTo writes the same
// bytes. No claim can contain a character that JSON would escape, so scanning for the closing
// quote is exact.
func parseClaims(text string) (Claims, bool) {
	var c Claims
	s := cursor{rest: text}
	s.skip(`{"iss":"`)
	c.IssuerName = s.until('"')
	s.skip(`,"sub":"`)
	c.Subject = s.until('"')
	s.skip(`,"iat":`)
	iat := s.integer()
	s.skip(`,"exp":`)
	exp := s.integer()
	offline := s.rest != "}"
	if offline {
		s.skip(`,"cfc":"`)
		c.Commitment = s.until('"')
	}
	s.skip("}")
	if !s.done() || !isIssuerName(c.IssuerName) || !isCanonical(c.Subject, subjectLength) ||
		offline && !isCanonical(c.Commitment, commitmentLength) ||
		iat < 1 || exp <= iat || exp >= timeLimit {
		return Claims{}, false
	}
	c.IssuedAt, c.Expires = time.Unix(iat, 0), time.Unix(exp, 0)
	return c, true
}

// isCanonical reports whether s is n characters of base64url in the canonical encoding of its
// bytes.
func isCanonical(s string, n int) bool {
	if len(s) != n || !isBase64URL(s) {
		return false
	}
	_, err := b64.DecodeString(s)
	return err == nil
}

// isIssuerName is the expression of FORMAT.md as a loop, about fifty times faster than the
// compiled expression.
func isIssuerName(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok || len(s) > maxIssuerLength {
		return false
	}
	authority, path, hasPath := strings.Cut(rest, "/")
	host, port, hasPort := strings.Cut(authority, ":")
	for label := range strings.SplitSeq(host, ".") {
		if !isWord(label, isHostByte) {
			return false
		}
	}
	if hasPort && (port == "443" || len(port) > 5 || port == "" || port[0] == '0' || !isWord(port, isDigit)) {
		return false
	}
	if !hasPath {
		return true
	}
	for segment := range strings.SplitSeq(path, "/") {
		if !isWord(segment, isPathByte) {
			return false
		}
	}
	return true
}

func isWord(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return s != ""
}

func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isHostByte(c byte) bool { return 'a' <= c && c <= 'z' || isDigit(c) || c == '-' }
func isPathByte(c byte) bool {
	return isHostByte(c) || 'A' <= c && c <= 'Z' || c == '_' || c == '~'
}

// cursor reads a text of fixed form from the front. After the first mismatch every read is empty
// and done is false.
type cursor struct {
	rest   string
	failed bool
}

func (s *cursor) skip(literal string) {
	rest, ok := strings.CutPrefix(s.rest, literal)
	s.advance(rest, ok)
}

// until returns the text before the next end, and skips the end.
func (s *cursor) until(end byte) string {
	i := strings.IndexByte(s.rest, end)
	if i < 0 {
		s.advance("", false)
		return ""
	}
	value := s.rest[:i]
	s.advance(s.rest[i+1:], true)
	return value
}

// integer reads a decimal number of 1 to 11 digits without sign or leading zero.
func (s *cursor) integer() int64 {
	n := 0
	for n < len(s.rest) && isDigit(s.rest[n]) {
		n++
	}
	if n == 0 || n > 11 || s.rest[0] == '0' {
		s.advance("", false)
		return 0
	}
	value, _ := strconv.ParseInt(s.rest[:n], 10, 64) // eleven digits fit
	s.advance(s.rest[n:], true)
	return value
}

func (s *cursor) advance(rest string, ok bool) {
	s.rest = rest
	s.failed = s.failed || !ok
}

func (s *cursor) done() bool { return !s.failed && s.rest == "" }

// appendBase64 appends the bytes of a text that is known to be canonical base64url.
func appendBase64(b []byte, text string) []byte {
	b, _ = b64.AppendDecode(b, []byte(text))
	return b
}

// appendTime appends seconds as five bytes, big endian.
func appendTime(b []byte, seconds int64) []byte {
	return append(b, byte(seconds>>32), byte(seconds>>24), byte(seconds>>16), byte(seconds>>8), byte(seconds))
}

// readTime reads what appendTime wrote.
func readTime(b []byte) time.Time {
	var seconds int64
	for _, c := range b {
		seconds = seconds<<8 | int64(c)
	}
	return time.Unix(seconds, 0)
}
