package token_test

import (
	"bytes"
	"crypto/elliptic"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
)

// keyVectors have keys that must not be used, beside one that may. The token's own key is then
// unknown.
func (w *workshop) keyVectors() []vector {
	published := func(id, comment string, change func(*jwk)) vector {
		k := w.es.jwk
		change(&k)
		v := bad("unknown_key", id, w.good, comment)
		v.JWKS = sets(keySet{issuerName, []jwk{k, w.ed.jwk}})
		return v
	}
	identity := testKey{jwk: jwk{Kty: "OKP", Crv: "Ed25519", Alg: "EdDSA", Use: "sig",
		X: b64.EncodeToString(identityPoint())}}
	identity.Kid = identity.id()
	input := b64.EncodeToString([]byte(identity.header())) + "." + b64.EncodeToString([]byte(w.payload))
	small := bad("unknown_key", "small-order",
		input+"."+b64.EncodeToString(append(identityPoint(), make([]byte, 32)...)),
		"an Ed25519 key of order 1, for which this signature is right under every text")
	small.JWKS = sets(keySet{issuerName, []jwk{identity.jwk, w.es.jwk}})
	withdrawn := bad("unknown_key", "withdrawn", w.good, "the key is not published any more")
	withdrawn.JWKS = sets(keySet{issuerName, []jwk{w.ed.jwk}})
	unused := w.es.Kid[:10] + next(w.es.Kid[10])
	return append([]vector{
		withdrawn,
		bad("unknown_key", "stranger", w.stranger.token(w.stranger.header(), w.payload),
			"signed with a key that nobody published"),
		bad("unknown_key", "kid-changed",
			w.es.token(w.replaced(w.header, w.es.Kid, "AAAAAAAAAAA"), w.payload),
			"signed with the right key under another identifier"),
		bad("unknown_key", "kid-unused-bits", w.es.token(w.replaced(w.header, w.es.Kid, unused), w.payload),
			"an unused bit of the identifier set: it is the identifier of no key"),
		published("use-enc", "published for encryption", func(k *jwk) { k.Use = "enc" }),
		published("use-receipt", "published for receipts", func(k *jwk) { k.Use = "attesta-receipt" }),
		published("key-ops-encrypt", "published for another operation",
			func(k *jwk) { k.KeyOps = []string{"encrypt"} }),
		published("alg-es384", "published for another algorithm", func(k *jwk) { k.Alg = "ES384" }),
		published("private", "published with its private half: everybody can sign with it", func(k *jwk) {
			k.D = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
		}),
		published("crv-p384", "a P-256 point said to be on P-384",
			func(k *jwk) { k.Crv, k.Alg = "P-384", "" }),
		published("kty-rsa", "a P-256 point said to be an RSA key",
			func(k *jwk) { k.Kty, k.Alg = "RSA", "" }),
		published("off-curve", "a point that is not on the curve", func(k *jwk) { k.Y = k.Y[:40] + "AAA" }),
		published("x-short", "a coordinate of 31 bytes", func(k *jwk) {
			k.X = b64.EncodeToString(must(b64.DecodeString(k.X))[1:])
		}),
		small,
		w.shortCoordinate(),
	}, append(w.strictKeyVectors(), w.receiptKeyVectors()...)...)
}

// shortCoordinate has a key whose x begins with a zero byte and is published without it, under the
// identifier that follows from this form.
func (w *workshop) shortCoordinate() vector {
	for i := 0; ; i++ {
		k := newTestKey(esPrivateOf(fmt.Sprintf("attesta test key: short %d", i)))
		x := must(b64.DecodeString(k.X))
		if x[0] != 0 {
			continue
		}
		k.X = b64.EncodeToString(x[1:])
		k.Kid = k.id()
		v := bad("unknown_key", "x-short-own-kid", k.token(k.header(), w.payload),
			"a coordinate of 31 bytes, under the identifier that follows from it")
		v.JWKS = sets(keySet{issuerName, []jwk{k.jwk, w.es.jwk}})
		return v
	}
}

// strictKeyVectors hold keys that careless readers use.
func (w *workshop) strictKeyVectors() []vector {
	var vectors []vector
	add := func(id, comment, text string, keys ...string) {
		v := bad("unknown_key", id, text, comment)
		v.JWKS = []json.RawMessage{
			json.RawMessage(`{"issuer":"` + issuerName + `","keys":[` + strings.Join(keys, ",") + `]}`),
		}
		vectors = append(vectors, v)
	}
	es, ed := string(must(json.Marshal(w.es.jwk))), string(must(json.Marshal(w.ed.jwk)))
	add("k", "published with a member k", w.good, w.replaced(es, `"use":"sig"`, `"use":"sig","k":"AAAA"`), ed)
	add("use-empty", "use is present and empty", w.good, w.replaced(es, `"use":"sig"`, `"use":""`), ed)
	add("alg-empty", "alg is present and empty", w.good, w.replaced(es, `"alg":"ES256"`, `"alg":""`), ed)

	point := func(id, comment string, y []byte) {
		k := testKey{jwk: jwk{Kty: "OKP", Crv: "Ed25519", Alg: "EdDSA", Use: "sig", X: b64.EncodeToString(y)}}
		k.Kid = k.id()
		text := b64.EncodeToString([]byte(k.header())) + "." + b64.EncodeToString([]byte(w.payload)) + "." +
			b64.EncodeToString(append(identityPoint(), make([]byte, 32)...))
		add(id, comment, text, string(must(json.Marshal(k.jwk))), es)
	}
	for i, y := range smallOrderPoints {
		for _, sign := range []byte{0, 0x80} {
			b := unhex(y)
			b[31] |= sign
			point(fmt.Sprintf("small-order-%d-%d", i, sign>>7), "an Ed25519 key of small order", b)
		}
	}
	for _, y := range []byte{3, 4, 18} { // points of the curve once they are reduced
		b := bytes.Repeat([]byte{0xff}, 32)
		b[0], b[31] = 0xed+y, 0x7f
		point(fmt.Sprintf("y-p-plus-%d", y), "an Ed25519 key whose y is not less than p", b)
	}
	return vectors
}

// smallOrderPoints are the encodings of the points of order 1, 2, 4 and 8 without the sign of x.
// FORMAT.md has the list.
var smallOrderPoints = []string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}

// identityPoint encodes the neutral element of edwards25519: x 0, y 1.
func identityPoint() []byte { return append([]byte{1}, make([]byte, 31)...) }

func (w *workshop) signatureVectors() []vector {
	h, p, s := parts(w.good)
	input := h + "." + p
	raw := must(b64.DecodeString(s))
	n := elliptic.P256().Params().N.Bytes()
	with := func(id string, r, s []byte, comment string) vector {
		return bad("signature", id, input+"."+b64.EncodeToString(slices.Concat(r, s)), comment)
	}
	number := func(v byte) []byte { return append(make([]byte, 31), v) }
	flip := func(signature []byte, i int) []byte {
		signature = slices.Clone(signature)
		signature[i] ^= 1
		return signature
	}
	later := b64.EncodeToString([]byte(claimsText(issuerName, w.sub, issuedAt, expires+1, "")))
	expired := bad("signature", "forged-and-expired", h+"."+p+"."+b64.EncodeToString(flip(raw, 63)),
		"a forged token is not called expired")
	expired.Now = expires
	oversize := w.replaced(w.payload, `"exp"`, `"EXP"`)

	edToken := w.ed.token(w.ed.header(), w.payload)
	edInput, edRaw := edToken[:len(edToken)-87], must(b64.DecodeString(edToken[len(edToken)-86:]))
	return []vector{
		bad("signature", "stranger-under-our-kid", w.stranger.token(w.header, w.payload),
			"signed by a stranger under a known identifier"),
		bad("signature", "alg-of-the-other-type",
			w.es.token(w.replaced(w.header, "ES256", "EdDSA"), w.payload),
			"the header says EdDSA, the key with that identifier is P-256: "+
				"the algorithm follows from the key"),
		bad("signature", "alg-of-the-other-type-eddsa",
			w.ed.token(w.replaced(w.ed.header(), "EdDSA", "ES256"), w.payload),
			"the header says ES256, the key with that identifier is Ed25519"),
		bad("signature", "payload-changed", h+"."+later+"."+s, "a day more than was signed"),
		bad("signature", "of-another-token", input+"."+b64.EncodeToString(w.es.sign(h+"."+later)),
			"the signature of another token"),
		bad("signature", "payload-only", input+"."+b64.EncodeToString(w.es.sign(p)),
			"made over the payload alone"),
		with("high-s", raw[:32], highS(raw)[32:],
			"s replaced by n - s: the second byte string that ECDSA allows"),
		with("r-changed", flip(raw, 31)[:32], raw[32:], "a bit of r changed"),
		with("s-changed", raw[:32], flip(raw, 63)[32:], "a bit of s changed"),
		with("swapped", raw[32:], raw[:32], "s ‖ r"),
		with("zero", number(0), number(0), "r and s zero"),
		with("r-zero", number(0), raw[32:], "r zero"),
		with("s-zero", raw[:32], number(0), "s zero"),
		with("one", number(1), number(1), "r and s one"),
		with("r-n", n, raw[32:], "r the order of the group"),
		with("s-n", raw[:32], n, "s the order of the group"),
		with("ones", slices.Repeat([]byte{255}, 32), slices.Repeat([]byte{255}, 32), "all bits set"),
		bad("signature", "eddsa-changed", edInput+"."+b64.EncodeToString(flip(edRaw, 0)),
			"Ed25519: a bit of R changed"),
		bad("signature", "eddsa-s-plus-order", edInput+"."+b64.EncodeToString(plusOrder(edRaw)),
			"Ed25519: S replaced by S + L, which a loose verifier takes"),
		bad("signature", "eddsa-zero", edInput+"."+b64.EncodeToString(make([]byte, 64)), "Ed25519: all zero"),
		bad("signature", "forged-and-bad-claims", h+"."+b64.EncodeToString([]byte(oversize))+"."+s,
			"the signature comes before the claims"),
		expired,
	}
}

// plusOrder adds the group's order L to the half S of an Ed25519 signature.
func plusOrder(signature []byte) []byte {
	s := slices.Clone(signature[32:])
	slices.Reverse(s) // little endian
	order, _ := new(big.Int).SetString("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed", 16)
	sum := order.Add(order, new(big.Int).SetBytes(s)).FillBytes(make([]byte, 32))
	slices.Reverse(sum)
	return append(signature[:32:32], sum...)
}

func (w *workshop) issuerVectors() []vector {
	named := func(id, iss, comment string) vector {
		return bad("issuer", id, w.es.token(w.header, w.replaced(w.payload, issuerName, iss)), comment)
	}
	ours := named("other-known", otherIssuer,
		"names another issuer that the verifier knows, whose key did not sign")
	ours.JWKS = sets(w.set, w.otherSet)
	theirs := bad("issuer", "key-of-another", w.other.token(w.other.header(), w.payload),
		"signed with the key of another known issuer")
	theirs.JWKS = sets(w.set, w.otherSet)
	copied := named("key-copied-third", "https://third.example.it",
		"two issuers publish the key, the token names a third")
	copied.JWKS = sets(w.set, keySet{otherIssuer, []jwk{w.es.jwk}})
	expired := named("and-expired", "https://third.example.it", "the issuer comes before the time")
	expired.Now = expires
	return []vector{
		ours,
		theirs,
		copied,
		expired,
		named("unknown", "https://third.example.it", "names an issuer that the verifier does not know"),
		named("port", issuerName+":8443", "differs by its port"),
		named("path", issuerName+"/q", "differs by its path"),
		named("longer", issuerName+"a", "the name is the beginning of this one"),
		named("shorter", strings.TrimSuffix(issuerName, "t"), "this one is the beginning of the name"),
		named("subdomain", strings.Replace(issuerName, "//", "//www.", 1), "differs by its host"),
		w.receiptKeyOfAnother(),
	}
}

func (w *workshop) timesVectors() []vector {
	when := func(expected, id string, now int64, comment string) vector {
		v := bad(expected, id, w.good, comment)
		v.Now = now
		return v
	}
	require.Less(w.t, int64(issuedAt), int64(expires))
	far := bad("not_yet_valid", "iat-far-ahead",
		w.es.token(w.header, claimsText(issuerName, w.sub, 4102444800, 4102444801, "")),
		"issued in the year 2100")
	return []vector{
		when("not_yet_valid", "iat-ahead-301", issuedAt-301,
			"issued 5 minutes and a second ahead of the verifier's clock"),
		when("not_yet_valid", "clock-at-zero", 0+1, "a clock that was never set"),
		far,
		when("expired", "exp-now", expires, "the end is exclusive"),
		when("expired", "exp-a-second-ago", expires+1, "a second too late: there is no leeway"),
		when("expired", "exp-a-minute-ago", expires+60, "a minute too late"),
		when("expired", "exp-long-ago", expires+5*365*86400, "five years too late"),
	}
}
