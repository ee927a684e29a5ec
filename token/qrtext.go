package token

import (
	"errors"
	"math/big"
	"net/url"
	"regexp"
	"strings"
)

// This file is the QR text (FORMAT.md, "QR text"): an address and, behind "#", the token packed to
// bytes and written as one decimal number, which a QR holds in half the room of the token's letters.

// The form byte, with which a packed token begins.
const (
	formBase    = 0x40
	formEdDSA   = 0x01 // added for EdDSA
	formOffline = 0x02 // added with a commitment
	formNewer   = 0x44 // from here on: a later version
)

const (
	kidBytes        = 8
	subjectBytes    = 18
	timeBytes       = 5
	commitmentBytes = 16
	signatureBytes  = 64

	issuerPrefix = "https://"
	maxDigits    = 700
	// leastNewer is the least length of a packed token of a later version, in bytes: that of a
	// signature. It tells a token from a small number, as in a shop's address.
	leastNewer = 64
)

// surrounding are the code points that scanners and pasting add at both ends of a text: CR, LF, TAB,
// space, GS, NBSP, U+200B and the byte order mark.
const surrounding = "\r\n\t \x1d\u00a0\u200b\ufeff"

var errPage = errors.New("page of the QR is not an http or https URL of printable ASCII without fragment")

// QRText returns the text of the QR: the address of the page that a phone's camera opens, and behind
// "#" the token as digits, where no server and no Referer header ever sees it. The page is an http or
// https URL of printable ASCII without a fragment, for instance https://qr.example.it/q. A short
// address makes a smaller QR: see FORMAT.md, "Sizes". It is an error if the token is not one of this
// version; the signature is not checked.
func QRText(page, token string) (string, error) {
	u, err := url.Parse(page)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil ||
		strings.Contains(page, "#") ||
		strings.ContainsFunc(page, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errPage
	}
	packed, ok := pack(token)
	if !ok {
		return "", errors.New("not a token of this version")
	}
	return page + "#" + new(big.Int).SetBytes(packed).String(), nil
}

// FromQRText returns the token in a scanned text, which contains it as digits or as a JWS. The
// token is the part after the first "#", or the whole text if there is no "#". White space that
// scanners add at both ends is dropped. So is the address, which is not signed: never open it. The
// error is [ErrNotOurs] if there is no token in the text, or [ErrNewerVersion]. Pass the token to
// [Verify], which judges it.
func FromQRText(text string) (string, error) {
	text = strings.Trim(text, surrounding)
	if _, fragment, ok := strings.Cut(text, "#"); ok {
		text = fragment
	}
	if strings.HasPrefix(text, "eyJ") { // base64url of `{"`, with which the header of every JWS begins
		if isNewer(text) {
			return "", ErrNewerVersion
		}
		return text, nil
	}
	if text == "" || len(text) > maxDigits || text[0] == '0' || !isWord(text, isDigit) {
		return "", ErrNotOurs
	}
	number, _ := new(big.Int).SetString(text, 10) // digits only: it cannot fail
	return unpack(number.Bytes())
}

// pack returns the bytes of a token. It accepts a token only if unpack makes the same one of them.
func pack(token string) ([]byte, bool) {
	j, ok := splitJWS(token)
	if !ok || len(token) > MaxSize {
		return nil, false
	}
	h, ok := parseHeader(j.header, tokenType)
	if !ok {
		return nil, false
	}
	c, ok := parseClaims(j.payload)
	if !ok {
		return nil, false
	}
	form := byte(formBase)
	if h.alg == algEdDSA {
		form |= formEdDSA
	}
	if c.Commitment != "" {
		form |= formOffline
	}
	name := strings.TrimPrefix(c.IssuerName, issuerPrefix)
	b := append(make([]byte, 0, 256), form)
	b = appendBase64(b, h.kid)
	b = append(b, byte(len(name)))
	b = append(b, name...)
	b = appendBase64(b, c.Subject)
	b = appendTime(b, c.IssuedAt.Unix())
	b = appendTime(b, c.Expires.Unix())
	b = appendBase64(b, c.Commitment)
	b = append(b, j.signature[:]...)
	same, err := unpack(b)
	return b, err == nil && same == token
}

// unpack writes the one token that the bytes stand for. It judges no value.
func unpack(b []byte) (string, error) {
	switch {
	case len(b) >= leastNewer && b[0] >= formNewer:
		return "", ErrNewerVersion
	case len(b) <= 1+kidBytes || b[0] < formBase || b[0] >= formNewer:
		return "", ErrNotOurs
	}
	form, name := b[0], int(b[1+kidBytes])
	size := 1 + kidBytes + 1 + name + subjectBytes + 2*timeBytes + signatureBytes
	if form&formOffline != 0 {
		size += commitmentBytes
	}
	if len(b) != size || name < 1 || name > maxIssuerLength-len(issuerPrefix) {
		return "", ErrNotOurs
	}
	take := func(n int) []byte {
		part := b[:n]
		b = b[n:]
		return part
	}
	take(1)
	h := header{alg: algES256, kid: b64.EncodeToString(take(kidBytes))}
	if form&formEdDSA != 0 {
		h.alg = algEdDSA
	}
	take(1)
	c := Claims{IssuerName: issuerPrefix + string(take(name)),
		Subject: b64.EncodeToString(take(subjectBytes))}
	c.IssuedAt, c.Expires = readTime(take(timeBytes)), readTime(take(timeBytes))
	if form&formOffline != 0 {
		c.Commitment = b64.EncodeToString(take(commitmentBytes))
	}
	text := b64.AppendEncode(make([]byte, 0, 512), h.appendTo(nil, tokenType))
	text = append(text, '.')
	text = b64.AppendEncode(text, c.appendTo(nil))
	text = append(text, '.')
	return string(b64.AppendEncode(text, take(signatureBytes))), nil
}

// isNewer reports whether the header of a JWS names a later version of this format.
func isNewer(text string) bool {
	part, _, _ := strings.Cut(text, ".")
	if len(part) > MaxSize || !isBase64URL(part) {
		return false
	}
	header, err := b64.DecodeString(part)
	if err != nil {
		return false
	}
	// Compiled here, since a package has no state and the header of a good token never comes so far.
	if _, ok := parseHeader(string(header), tokenType); ok {
		return false
	}
	found := regexp.MustCompile(`"typ":"(attesta[a-z0-9+]*\+jwt)"`).FindSubmatch(header)
	return found != nil && string(found[1]) != tokenType
}
