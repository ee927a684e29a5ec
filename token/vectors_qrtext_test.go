package token_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
)

// packedToken is a token's parts, put together here without any code of the package.
type packedToken struct {
	form      byte
	kid, name string
	sub       []byte
	iat, exp  uint64
	cfc       []byte
	signature []byte
}

func (p packedToken) bytes() []byte {
	b := append([]byte{p.form}, must(b64.DecodeString(p.kid))...)
	b = append(b, byte(len(p.name)))
	b = append(b, p.name...)
	b = append(b, p.sub...)
	for _, t := range []uint64{p.iat, p.exp} {
		b = append(b, binary.BigEndian.AppendUint64(nil, t)[3:]...)
	}
	b = append(b, p.cfc...)
	return append(b, p.signature...)
}

func digits(b []byte) string { return new(big.Int).SetBytes(b).String() }

// packed returns the parts of a token under the key with the claims.
func packed(k testKey, c vectorClaims) packedToken {
	_, _, signature := parts(k.token(k.header(), claimsText(c.Iss, c.Sub, c.Iat, c.Exp, c.Cfc)))
	p := packedToken{form: 0x40, kid: k.Kid, name: strings.TrimPrefix(c.Iss, "https://"),
		sub: must(b64.DecodeString(c.Sub)), iat: uint64(c.Iat), exp: uint64(c.Exp),
		cfc: must(b64.DecodeString(c.Cfc)), signature: must(b64.DecodeString(signature))}
	if k.Alg == "EdDSA" {
		p.form |= 1
	}
	if c.Cfc != "" {
		p.form |= 2
	}
	return p
}

// qrtextVectors are scanned texts: what a reader makes of them, and what the token in them is then worth.
func (w *workshop) qrtextVectors() []vector {
	const page = issuerName + "/q#"
	online, offline := w.claims(), w.offline(person)
	var vectors []vector
	// ours adds a text with a token in it; the token is verified after it was read.
	ours := func(expected, id, text, token, comment string, c *vectorClaims) *vector {
		vectors = append(
			vectors,
			vector{ID: id, Comment: comment, Text: text, Token: token, Expected: expected,
				Claims: c},
		)
		return &vectors[len(vectors)-1]
	}
	signed := func(k testKey, c vectorClaims) string {
		return k.token(k.header(), claimsText(c.Iss, c.Sub, c.Iat, c.Exp, c.Cfc))
	}
	good := func(id, comment string, k testKey, c vectorClaims) *vector {
		return ours("", id, page+digits(packed(k, c).bytes()), signed(k, c), comment, &c)
	}
	none := func(expected, id, text, comment string) { ours(expected, id, text, "", comment, nil) }
	other := func(id, comment string, b []byte) { none("not_ours", id, page+digits(b), comment) }

	// Tokens as digits.
	good("es256-online", "FORMAT.md, worked bytes", w.es, online)
	good("eddsa-online", "an Ed25519 key", w.ed, online)
	good("es256-offline", "with the commitment", w.es, offline)
	good("eddsa-offline", "with the commitment, an Ed25519 key", w.ed, offline)
	for _, length := range []int{1, 120} {
		c := online
		c.Iss = "https://" + strings.Repeat("a", length)
		v := good(fmt.Sprintf("host-%d", length), "the shortest and the longest name after https://", w.es, c)
		v.JWKS = sets(keySet{c.Iss, w.set.Keys})
	}
	number, jws := digits(packed(w.es, online).bytes()), w.good
	same := func(id, text, comment string) { ours("", id, text, jws, comment, &online) }
	same("no-address", number, "digits alone")
	same("fragment-only", "#"+number, "nothing before the #")
	same("other-address", "javascript:alert(1)#"+number, "the address is dropped and never opened")
	same("upper-case-address", "HTTPS://EXAMPLE.ORG/Q#"+number, "an address in upper case")
	same("jws", page+jws, "the token itself instead of the digits")
	same("jws-alone", jws, "the token without an address")
	for _, s := range []struct{ id, around string }{{"cr-lf", "\r\n"}, {"tab", "\t"}, {"space", "  "},
		{"gs", "\x1d"}, {"nbsp", "\u00a0"}, {"u200b", "\u200b"}, {"bom", "\ufeff"},
		{"mixed", "\ufeff \u00a0\t\u200b\r\n\x1d"}} {
		same("around-"+s.id, s.around+page+number+s.around, "dropped at both ends: "+s.id)
		same("around-jws-"+s.id, s.around+page+jws+s.around, "dropped at both ends of a token: "+s.id)
	}

	// Texts that hold no token.
	none("not_ours", "address", issuerName+"/q", "an address without a fragment")
	none("not_ours", "fragment-empty", page, "an empty fragment")
	none("not_ours", "shop", "https://shop.example/orders#12345", "a number in the address of a shop")
	none(
		"not_ours",
		"shop-form",
		"https://shop.example/orders#17500",
		"a small number that begins with the byte 0x44",
	)
	none("not_ours", "eu-certificate", "HC1:6BF+70790T9WJWG.FKY*4GO0", "another system")
	none("not_ours", "leading-zero", page+"0"+number, "a leading zero")
	none("not_ours", "zero", page+"0", "zero")
	none("not_ours", "plus", page+"+"+number, "a plus sign")
	none("not_ours", "minus", page+"-"+number, "a minus sign")
	none("not_ours", "space-inside", page+number[:100]+" "+number[100:], "a space among the digits")
	none("not_ours", "space-after-hash", page+" "+number, "a space after the #")
	none("not_ours", "lf-inside", page+number[:100]+"\n"+number[100:], "a line feed among the digits")
	none("not_ours", "underscore", page+number[:100]+"_"+number[100:], "an underscore among the digits")
	none("not_ours", "full-width", page+strings.Map(func(r rune) rune { return r - '0' + '\uff10' }, number),
		"full-width digits")
	none("not_ours", "arabic-digit", page+number[:100]+"\u0661"+number[101:], "an Arabic digit")
	none("not_ours", "final-dot", page+number+".", "a dot after the digits, as at the end of a sentence")
	none("not_ours", "line-separator", page+number+"\u2028", "U+2028 is not among what is dropped")
	none("not_ours", "vertical-tab", "\v"+page+number+"\v", "nor is the vertical tab")
	none("not_ours", "hash-escaped", issuerName+"/q%23"+number, "the # escaped")
	none("not_ours", "second-hash", page+number+"#", "a second #")
	none("not_ours", "token-after-second-hash", page+"a#"+number, "the first # counts")
	none("not_ours", "hex", page+hex.EncodeToString(packed(w.es, online).bytes()), "hexadecimal digits")
	none("not_ours", "701-digits", page+strings.Repeat("9", 701), "more digits than any version has")
	none("not_ours", "701-digits-form-80", page+digits(append([]byte{0x80}, make([]byte, 290)...)),
		"more digits than any version has, and the form of a later one")
	none("not_ours", "700-digits-form", page+"1"+strings.Repeat("0", 699), "700 digits of an unknown form")

	p := packed(w.es, online)
	other("byte-missing", "the last byte is missing", p.bytes()[:len(p.bytes())-1])
	other("byte-more", "a byte more", append(p.bytes(), 0))
	changed := func(id, comment string, change func(p *packedToken)) {
		p := packed(w.es, online)
		change(&p)
		other(id, comment, p.bytes())
	}
	changed(
		"cfc-not-said",
		"a commitment that the form does not say",
		func(p *packedToken) { p.cfc = make([]byte, 16) },
	)
	changed(
		"cfc-missing",
		"the form says a commitment that is not there",
		func(p *packedToken) { p.form = 0x42 },
	)
	changed("name-empty", "a name of no character", func(p *packedToken) { p.name = "" })
	changed(
		"name-121",
		"a name of 121 characters",
		func(p *packedToken) { p.name = strings.Repeat("a", 121) },
	)
	changed("form-01", "form 0x01: the version bit is missing", func(p *packedToken) { p.form = 0x01 })
	changed("form-3f", "form 0x3f", func(p *packedToken) { p.form = 0x3f })
	for _, form := range []byte{0x44, 0x45, 0x48, 0x60, 0x7f, 0x80, 0xc0, 0xff} {
		p := packed(w.es, online)
		p.form = form
		none(
			"newer_version",
			"form-"+hex.EncodeToString([]byte{form}),
			page+digits(p.bytes()),
			"the form of a later version",
		)
	}
	none("newer_version", "form-44-64-bytes", page+digits(append([]byte{0x44}, make([]byte, 63)...)),
		"the shortest that can hold a signature")
	other("form-44-63-bytes", "too short for a signature", append([]byte{0x44}, make([]byte, 62)...))
	for _, typ := range []string{"attesta2+jwt", "attesta+v2+jwt"} {
		none(
			"newer_version",
			"typ-"+strings.ReplaceAll(typ, "+", "-"),
			page+w.es.token(w.replaced(w.header, "attesta+jwt", typ), w.payload),
			"a token of a later version",
		)
	}
	receipt := w.es.token(w.replaced(w.header, "attesta+jwt", "attesta-receipt+jwt"), w.payload)
	ours("header", "typ-receipt", page+receipt, receipt, "a receipt is no token", nil)

	// Digits that hold a token which is refused: unpacking judges no value.
	refused := func(expected, id, comment string, k testKey, c vectorClaims) *vector {
		return ours(expected, id, page+digits(packed(k, c).bytes()), signed(k, c), comment, nil)
	}
	zero, early := online, online
	zero.Iat = 0
	early.Exp = early.Iat
	refused("claims", "iat-0", "iat 0", w.es, zero)
	refused("claims", "exp-is-iat", "exp equal to iat", w.es, early)
	badName := online
	badName.Iss = "https://QR.example.it"
	refused("claims", "iss-upper-case", "a name that is none", w.es, badName)
	late := online
	late.Exp = 1 << 39
	refused("claims", "exp-10-to-11", "exp beyond 10^11", w.es, late)
	refused("unknown_key", "kid-unknown", "a key that nobody published", w.stranger, online)
	refused("expired", "expired", "expired", w.es, online).Now = expires
	last := p.bytes()
	last[len(last)-1] ^= 1
	damaged := jws[:strings.LastIndexByte(jws, '.')+1] + b64.EncodeToString(last[len(last)-64:])
	ours(
		"signature",
		"digit-changed",
		page+digits(last),
		damaged,
		"one digit changed: the signature differs in a bit",
		nil,
	)
	spare := offline
	spare.Cfc = offline.Cfc[:21] + next(offline.Cfc[21])
	ours("claims", "cfc-spare-bits", page+signed(w.es, spare), signed(w.es, spare),
		"unused bits of cfc, which digits cannot say", nil)
	ours("shape", "jws-final-dot", page+jws+".", jws+".", "a dot after a token", nil)
	ours(
		"shape",
		"jws-space-inside",
		page+jws[:100]+" "+jws[100:],
		jws[:100]+" "+jws[100:],
		"a space in a token",
		nil,
	)
	return vectors
}
