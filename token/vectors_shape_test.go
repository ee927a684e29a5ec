package token_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	_ "crypto/sha512" // for crypto.SHA512
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"

	"github.com/stretchr/testify/require"
)

func (w *workshop) sizeVectors() []vector {
	// A token of 1,024 bytes cannot be valid: its issuer's name would be longer than 128.
	filled := func(length int) string {
		for n := 1; ; n++ {
			text := w.es.token(w.header, w.replaced(w.payload, issuerName, "https://"+strings.Repeat("a", n)))
			if len(text) >= length {
				require.Len(w.t, text, length)
				return text
			}
		}
	}
	deep := strings.Repeat("[", 2000) + strings.Repeat("]", 2000)
	return []vector{
		bad("size", "1025", filled(1025), "one byte too long, otherwise as the next"),
		bad("claims", "1024", filled(1024),
			"the longest text that is looked into: shape, header and signature are right, iss is too long"),
		bad("size", "1025-not-a-token", strings.Repeat("x", 1025), "the size comes before the shape"),
		bad("size", "bytes-not-characters", strings.Repeat("é", 600),
			"1,200 bytes, but 600 characters: bytes count"),
		bad("size", "nested-payload", w.es.token(w.header, deep), "a payload nested 2,000 deep"),
	}
}

func (w *workshop) shapeVectors() []vector {
	h, p, s := parts(w.good)
	input := h + "." + p
	raw := must(b64.DecodeString(s))
	signed := func(header, payload string) string { return w.es.tokenOf(header, payload) }
	withSignature := func(signature string) string { return input + "." + signature }
	none := b64.EncodeToString([]byte(`{"alg":"none","kid":"` + w.es.Kid + `","typ":"attesta+jwt"}`))
	hs256 := b64.EncodeToString([]byte(`{"alg":"HS256","kid":"` + w.es.Kid + `","typ":"attesta+jwt"}`))
	der := must(x509.MarshalPKIXPublicKey(w.es.signer.Public()))
	pemKey := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	bits := func(part string) string { return part[:len(part)-1] + next(part[len(part)-1]) }

	vectors := []vector{
		bad("shape", "empty", "", "nothing"),
		bad("shape", "two-dots", "..", "three empty parts"),
		bad("shape", "one-part", h, "a header alone"),
		bad("shape", "two-parts", input, "no signature and no second dot"),
		bad("shape", "signature-empty", input+".", "a second dot and no signature"),
		bad("shape", "alg-none", none+"."+p+".", "alg none with an empty signature"),
		bad("shape", "header-empty", signed("", p), "an empty header, so signed"),
		bad("shape", "payload-empty", signed(h, ""), "an empty payload, so signed"),
		bad("shape", "four-parts", w.good+"."+s, "a fourth part"),
		bad("shape", "five-parts", w.good+"."+s+"."+s, "as many parts as an encrypted token has"),
		bad("shape", "dot-before", "."+w.good, "a leading dot"),
		bad("shape", "dot-after", w.good+".", "a trailing dot"),
		bad("shape", "twice", w.good+w.good, "the token twice"),
		bad("shape", "hs256-pem", hs256+"."+p+"."+hmacOf(crypto.SHA256, pemKey, hs256+"."+p),
			"HS256 keyed with the public key as PEM"),
		bad("shape", "hs256-der", hs256+"."+p+"."+hmacOf(crypto.SHA256, der, hs256+"."+p),
			"HS256 keyed with the public key as DER"),
		bad("shape", "json-flattened", `{"payload":"`+p+`","protected":"`+h+`","signature":"`+s+`"}`,
			"JSON serialisation, flattened"),
		bad("shape", "json-general",
			`{"payload":"`+p+`","signatures":[{"protected":"`+h+`","signature":"`+s+`"}]}`,
			"JSON serialisation, general"),
		bad("shape", "qr-text", "https://qr.example.it/q#"+w.good,
			"the whole text of the QR instead of the token in it"),
		bad("shape", "fragment", "#"+w.good, "with the sign before the fragment"),
		bad("shape", "space-before", " "+w.good, "a space before"),
		bad("shape", "space-after", w.good+" ", "a space after"),
		bad("shape", "tab-after", w.good+"\t", "a tab after"),
		bad("shape", "lf-after", w.good+"\n", "a line feed after: in many languages $ matches before it"),
		bad("shape", "crlf-after", w.good+"\r\n", "CR LF at the end"),
		bad("shape", "nul-after", w.good+"\x00", "a NUL at the end"),
		bad("shape", "lf-before", "\n"+w.good, "a line feed before"),
		bad("shape", "lf-in-signature", withSignature(s[:40]+"\n"+s[40:]),
			"a line feed inside the signature"),
		bad("shape", "lf-for-a-character", withSignature(s[:40]+"\n"+s[41:]),
			"a line feed instead of a character"),
		bad("shape", "crlf-for-two-characters", withSignature(s[:40]+"\r\n"+s[42:]),
			"CR LF instead of two: what is left decodes to 63 bytes"),
		bad("shape", "lf-for-four-characters", withSignature(s[:40]+"\n\n\n\n"+s[44:]),
			"four line feeds instead of four"),
		bad("shape", "lf-in-header", signed(h[:20]+"\n"+h[20:], p),
			"a line feed inside the header, so signed"),
		bad("shape", "cr-in-payload", signed(h, p[:20]+"\r"+p[20:]),
			"a carriage return inside the payload, so signed"),
		bad("shape", "not-ascii", signed(h, p[:20]+"é"+p[22:]),
			"a letter outside ASCII in the payload, so signed"),
		bad("shape", "full-width", signed(h, p[:20]+"Ａ"+p[21:]),
			"a full-width letter, which some decoders fold, so signed"),
		bad("shape", "signature-padded", w.good+"==", "padding after the signature"),
		bad("shape", "header-padded", signed(h+"==", p), "padding after the header, so signed"),
		bad("shape", "payload-padded", signed(h, p+"="), "padding after the payload, so signed"),
		bad("shape", "signature-other-alphabet", withSignature(base64.RawStdEncoding.EncodeToString(raw)),
			"the signature in the alphabet with + and /"),
		bad("shape", "payload-other-alphabet", signed(h, p[:20]+"+"+p[21:]), "a + in the payload, so signed"),
		bad("shape", "signature-85", withSignature(s[:85]), "a character too few"),
		bad("shape", "signature-87", withSignature(s+"A"), "a character too many"),
		bad("shape", "signature-63-bytes", withSignature(b64.EncodeToString(raw[:63])), "63 bytes"),
		bad("shape", "signature-65-bytes", withSignature(b64.EncodeToString(append(raw, 0))), "65 bytes"),
		bad("shape", "signature-der", withSignature(b64.EncodeToString(derSignature(raw))),
			"the signature as ASN.1, as an HSM gives it"),
		bad("shape", "signature-unused-bits", withSignature(bits(s)), "unused bits of the signature set"),
		bad("shape", "header-unused-bits", signed(bits(h), p), "unused bits of the header set, so signed"),
		bad("shape", "payload-unused-bits", signed(h, bits(p)), "unused bits of the payload set, so signed"),
		bad("shape", "header-length", signed(h+"AAA", p),
			"a header of a length that no base64url has, so signed"),
		bad("shape", "payload-length", signed(h, p+"AA"),
			"a payload of a length that no base64url has, so signed"),
	}
	// Without this the other cases might be refused for another reason than the one named.
	require.Zero(w.t, (len(h)+3-1)%4)
	require.Zero(w.t, (len(p)+2-1)%4)
	require.True(w.t, strings.ContainsAny(s, "-_"), "this signature has the same form in both alphabets")
	return vectors
}

// next returns the next character of the alphabet: in a last character it sets an unused bit.
func next(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return alphabet[strings.IndexByte(alphabet, c)+1:][:1]
}

func hmacOf(hash crypto.Hash, key []byte, input string) string {
	mac := hmac.New(hash.New, key)
	mac.Write([]byte(input))
	return b64.EncodeToString(mac.Sum(nil))
}

func derSignature(raw []byte) []byte {
	return must(asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:32]),
		new(big.Int).SetBytes(raw[32:])}))
}

func (w *workshop) headerVectors() []vector {
	var vectors []vector
	signed := func(id, header, comment string) {
		vectors = append(vectors, bad("header", id, w.es.token(header, w.payload), comment))
	}
	// with inserts something into the right header; more appends a member.
	with := func(id, old, new, comment string) { signed(id, w.replaced(w.header, old, new), comment) }
	more := func(id, member, comment string) { with(id, `+jwt"}`, `+jwt",`+member+`}`, comment) }

	with("alg-none", `ES256`, `None`, "alg None, the true signature kept")
	with("alg-lower-case", `ES256`, `es256`, "the algorithm in lower case")
	with("alg-es384", `ES256`, `ES384`, "an algorithm that is not of this version")
	with("alg-missing", `"alg":"ES256",`, ``, "no alg")
	with("alg-twice-none-first", `"alg"`, `"alg":"none","alg"`, "alg twice: none, ES256")
	with("alg-twice-none-last", `"ES256"`, `"ES256","alg":"HS256"`, "alg twice: ES256, HS256")
	with("alg-case-variant", `"ES256"`, `"ES256","ALG":"none"`, "ALG after alg")
	with("alg-case-variant-only", `"alg"`, `"ALG"`, "ALG only")
	with("alg-escaped", `ES256`, `\u0045S256`, "a letter of the algorithm escaped")
	with("alg-null", `"ES256"`, `null`, "alg null")
	with("kid-missing", `"kid":"`+w.es.Kid+`",`, ``, "no kid")
	with("kid-twice", `"kid"`, `"kid":"AAAAAAAAAAA","kid"`, "kid twice")
	with("kid-path", w.es.Kid, `../`+w.es.Kid, "kid with ../")
	with("kid-path-of-eleven", w.es.Kid, `../../../ab`, "kid with ../ in eleven characters")
	with("kid-10", w.es.Kid, w.es.Kid[:10], "kid too short")
	with("kid-12", w.es.Kid, w.es.Kid+"A", "kid too long")
	with("kid-thumbprint", w.es.Kid, fullThumbprint(w.es.jwk),
		"the whole thumbprint as kid, as other formats have it")
	with("kid-padded", w.es.Kid, w.es.Kid+"=", "kid padded")
	with("kid-other-alphabet", w.es.Kid, "oKIy+vGUpTU", "kid in the alphabet with + and /")
	with("kid-empty", w.es.Kid, "", "kid empty")
	with("kid-number", `"`+w.es.Kid+`"`, "12345678901", "kid a number")
	with("typ-missing", `,"typ":"attesta+jwt"`, ``, "no typ")
	with("typ-jwt", `attesta+jwt`, `JWT`, "typ of any token")
	with("typ-receipt", `attesta+jwt`, `attesta-receipt+jwt`, "typ of another kind of token")
	with("typ-upper-case", `attesta+jwt`, `ATTESTA+JWT`, "typ in upper case")
	with("typ-media-type", `attesta+jwt`, `application/attesta+jwt`,
		"typ with the prefix that RFC 7515 says to leave out")
	with("typ-number", `"attesta+jwt"`, `1`, "typ a number")
	with("typ-escaped", `attesta+jwt`, `attesta\u002bjwt`, "typ with an escape")
	more("crit-unknown", `"crit":["x"],"x":1`, "crit with an unknown name")
	more("crit-empty", `"crit":[]`, "crit empty")
	more("crit-alg", `"crit":["alg"]`, "crit names alg")
	more("b64-critical", `"b64":false,"crit":["b64"]`, "b64 false, named in crit")
	more("b64-false", `"b64":false`, "b64 false, not in crit")
	more("jku", `"jku":"https://example.org/jwks.json","x5u":"https://example.org/x.pem"`, "jku and x5u")
	more("x5c", `"x5c":["MIIB"]`, "x5c")
	more("zip", `"zip":"DEF"`, "zip")
	more("cty", `"cty":"JWT"`, "cty")
	more("jwk-secret", `"jwk":{"kty":"oct","k":"c2VjcmV0"}`, "a secret jwk")
	more("unknown", `"x":1`, "an unknown member")
	signed("order", `{"kid":"`+w.es.Kid+`","alg":"ES256","typ":"attesta+jwt"}`, "members in another order")
	with("space", `","kid"`, `", "kid"`, "a space after a comma")
	signed("lf-after", w.header+"\n", "a line feed after the object")
	signed("bom", "\ufeff"+w.header, "a byte order mark")
	signed("second-object", w.header+`{}`, "a second object after the header")
	signed("null", `null`, "null")
	signed("array", `[`+w.header+`]`, "an array")
	signed("not-json", "attesta+jwt ES256", "no JSON")
	signed("nul", "\x00", "one byte")

	forged := w.replaced(w.header, `+jwt"}`,
		`+jwt","jwk":{"kty":"EC","crv":"P-256","x":"`+w.stranger.X+`","y":"`+w.stranger.Y+`"}}`)
	hs512 := b64.EncodeToString([]byte(w.replaced(w.header, "ES256", "HS512"))) + "." +
		b64.EncodeToString([]byte(w.payload))
	point := must(w.es.signer.Public().(interface{ Bytes() ([]byte, error) }).Bytes())
	return append(vectors,
		bad("header", "jwk-of-a-stranger", w.stranger.token(forged, w.payload),
			"a stranger's key embedded, signed with it"),
		bad("header", "alg-ed25519", w.ed.token(w.replaced(w.ed.header(), "EdDSA", "Ed25519"), w.payload),
			"RFC 9864's name, which this version does not use"),
		bad("header", "hs512-public-key", hs512+"."+hmacOf(crypto.SHA512, point, hs512),
			"HS512, whose signature is as long as ours, keyed with the public key's bytes"),
	)
}

func fullThumbprint(k jwk) string {
	sum := sha256.Sum256([]byte(k.thumbprintInput()))
	return b64.EncodeToString(sum[:])
}
