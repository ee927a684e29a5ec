package token_test

import "strings"

// claimsVectors are signed with the true key: they are refused although the issuer signed them.
func (w *workshop) claimsVectors() []vector {
	offline := claimsText(issuerName, w.sub, issuedAt, expires, "AAECAwQFBgcICQoLDA0ODw")
	var vectors []vector
	signed := func(id, payload, comment string) {
		vectors = append(vectors, bad("claims", id, w.es.token(w.header, payload), comment))
	}
	with := func(id, old, new, comment string) { signed(id, w.replaced(w.payload, old, new), comment) }
	offlineWith := func(id, old, new, comment string) { signed(id, w.replaced(offline, old, new), comment) }
	iss := func(id, name, comment string) { with("iss-"+id, issuerName, name, comment) }
	sub := func(id, value, comment string) { with("sub-"+id, w.sub, value, comment) }

	// Members and JSON.
	with("sub-twice", `"sub"`, `"sub":"AAAAAAAAAAAAAAAAAAAAAAAA","sub"`, "sub twice")
	with("sub-case-variant", `,"iat"`, `,"SUB":"AAAAAAAAAAAAAAAAAAAAAAAA","iat"`, "SUB after sub")
	with("exp-twice", `,"exp"`, `,"exp":1,"exp"`, "exp twice")
	with("exp-case-variant", `"exp"`, `"EXP"`, "EXP instead of exp")
	with("exp-missing", `,"exp":1953154800`, ``, "no exp")
	with("iat-missing", `,"iat":1795305600`, ``, "no iat")
	with("sub-missing", `,"sub":"`+w.sub+`"`, ``, "no sub")
	with("iss-missing", `"iss":"`+issuerName+`",`, ``, "no iss")
	with("unknown-claim", `800}`, `800,"x":1}`, "an unknown claim")
	with("aud", `800}`, `800,"aud":"https://desk.example.org"}`, "an audience")
	with("nbf", `800}`, `800,"nbf":1795305600}`, "nbf, which this version does not have")
	with("jti", `800}`, `800,"jti":"1"}`, "jti, which this version does not have")
	with("order", `"iat":1795305600,"exp":1953154800`, `"exp":1953154800,"iat":1795305600`,
		"members in another order")
	with("space", `,"sub"`, `, "sub"`, "a space after a comma")
	with("space-before-colon", `"exp":`, `"exp" :`, "a space before a colon")
	signed("lf-after", w.payload+"\n", "a line feed after the object")
	signed("pretty", strings.NewReplacer(`{`, "{\n  ", `,`, ",\n  ", `}`, "\n}").Replace(w.payload),
		"printed for reading")
	with("escape", `"https://`, `"\u0068ttps://`, "a letter escaped")
	with("escaped-solidus", `https://`, `https:\/\/`, "a solidus escaped, as some encoders do")
	with("escaped-name", `"sub"`, `"s\u0075b"`, "a member's name with an escape")
	with("not-utf-8", issuerName, issuerName+"/\xff", "a byte that is not UTF-8 in iss")
	with("lone-surrogate", issuerName, issuerName+`/\ud800`, "a lone surrogate in iss")
	with("sub-not-utf-8", w.sub, w.sub[:23]+"\xff", "a byte that is not UTF-8 in sub")
	signed("bom", "\ufeff"+w.payload, "a byte order mark")
	signed("second-object", w.payload+w.payload, "a second object after the payload")
	signed("empty-object-after", w.payload+`{}`, "{} after the payload")
	signed("text-after", w.payload+`x`, "text after the payload")
	signed("brace-missing", strings.TrimSuffix(w.payload, "}"), "not closed")
	signed("null", `null`, "null")
	signed("array", `[]`, "an array")
	signed("object-empty", `{}`, "an empty object")
	signed("string", `"`+w.sub+`"`, "a string")
	signed("not-json", "disabled", "no JSON")

	// Numbers.
	with("exp-string", `1953154800`, `"1953154800"`, "exp as a string")
	with("exp-1e300", `1953154800`, `1e300`, "exp 1e300")
	with("exp-exponent", `1953154800`, `1.9531548e9`, "exp with an exponent")
	with("exp-fraction", `1953154800`, `1953154800.0`, "exp with a fraction")
	with("exp-negative-fraction", `1953154800`, `-1.5`, "exp negative, with a fraction")
	with("exp-plus", `1953154800`, `+1953154800`, "exp with a plus sign")
	with("exp-leading-zero", `1953154800`, `01953154800`, "exp with a leading zero")
	with("exp-hex", `1953154800`, `0x746ac6f0`, "exp in hexadecimal digits")
	with("exp-null", `1953154800`, `null`, "exp null")
	with("exp-is-iat", `"exp":1953154800`, `"exp":1795305600`, "exp equal to iat")
	with("exp-before-iat", `"exp":1953154800`, `"exp":1795305599`, "exp before iat")
	with("exp-nine-digits", `"exp":1953154800`, `"exp":999999999`, "exp before iat, with fewer digits")
	with("exp-10-to-11", `1953154800`, `100000000000`, "exp 10^11: twelve digits")
	with("exp-milliseconds", `1953154800`, `1953154800000`, "exp in milliseconds")
	with("exp-beyond-int64", `1953154800`, `19531548000000000000`, "exp that overflows 64 bits")
	with("times-10-to-11", `"iat":1795305600,"exp":1953154800`, `"iat":100000000000,"exp":100000000001`,
		"iat 10^11")
	with("iat-0", `1795305600`, `0`, "iat 0")
	with("iat-minus-0", `1795305600`, `-0`, "iat -0")
	with("iat-negative", `1795305600`, `-1`, "iat negative")
	with("iat-string", `1795305600`, `"1795305600"`, "iat as a string")
	with("iat-fraction", `1795305600`, `1795305600.5`, "iat with a fraction")
	with("iat-leading-zero", `1795305600`, `01795305600`, "iat with a leading zero")
	with("iat-empty", `1795305600`, ``, "iat without a value")

	// iss.
	iss("empty", "", "an empty name")
	iss("http", "http://qr.example.it", "http")
	iss("scheme-upper-case", "HTTPS://qr.example.it", "the scheme in upper case")
	iss("upper-case", "https://QR.example.it", "the host in upper case")
	iss("no-host", "https://", "no host")
	iss("no-scheme", "qr.example.it", "no scheme")
	iss("trailing-slash", issuerName+"/", "a trailing slash")
	iss("double-slash", issuerName+"/a//b", "an empty segment")
	iss("port-443", issuerName+":443", "the port that https has anyway")
	iss("port-0", issuerName+":0", "port 0")
	iss("port-leading-zero", issuerName+":08443", "a port with a leading zero")
	iss("port-six-digits", issuerName+":123456", "a port of six digits")
	iss("port-empty", issuerName+":", "a colon without a port")
	iss("port-letters", issuerName+":https", "a port in letters")
	iss("userinfo", "https://qr@example.it", "a user")
	iss("query", issuerName+"?a", "a query")
	iss("fragment", issuerName+"#a", "a fragment")
	iss("space", issuerName+"/a b", "a space")
	iss("dot-in-path", issuerName+"/../a", "a dot in the path")
	iss("percent", issuerName+"/%41", "a percent escape")
	iss("label-empty", "https://qr..it", "an empty label")
	iss("dot-after-host", "https://qr.example.it.", "a dot after the host")
	iss("underscore", "https://qr_1.example.it", "an underscore in the host")
	iss("ipv6", "https://[::1]", "an IPv6 address")
	iss("idn", "https://città.example.it", "an IDN that is not in punycode")
	iss("129-bytes", "https://"+strings.Repeat("a", 121), "129 bytes")
	with("iss-null", `"`+issuerName+`"`, `null`, "iss null")
	with("iss-array", `"`+issuerName+`"`, `["`+issuerName+`"]`, "iss a list")

	// sub and cfc.
	sub("empty", "", "sub empty")
	sub("23", w.sub[:23], "sub of 23 characters")
	sub("25", w.sub+"A", "sub of 25 characters")
	sub("padded", w.sub[:23]+"=", "sub with padding")
	sub("other-alphabet", w.sub[:23]+"+", "sub in the alphabet with + and /")
	sub("codice-fiscale", person, "a codice fiscale in clear")
	with("sub-null", `"`+w.sub+`"`, `null`, "sub null")
	offlineWith("cfc-empty", "AAECAwQFBgcICQoLDA0ODw", "", "cfc empty")
	offlineWith("cfc-21", "AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoLDA0OD", "cfc of 21 characters")
	offlineWith("cfc-23", "AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoLDA0ODwA", "cfc of 23 characters")
	offlineWith("cfc-unused-bits", "AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoLDA0ODx",
		"unused bits of cfc set")
	offlineWith("cfc-other-alphabet", "AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoL/A0ODw",
		"cfc in the alphabet with + and /")
	offlineWith("cfc-null", `"AAECAwQFBgcICQoLDA0ODw"`, "null", "cfc null")
	offlineWith("cfc-twice", `"cfc"`, `"cfc":"AAECAwQFBgcICQoLDA0ODw","cfc"`, "cfc twice")
	offlineWith("cfc-and-more", `Dw"}`, `Dw","x":1}`, "an unknown claim after cfc")
	offlineWith("cfc-parameters", `"AAECAwQFBgcICQoLDA0ODw"`, `"AAECAwQFBgcICQoLDA0ODw","m":1}`,
		"Argon2 parameters, which are never read")
	with("cfc-before-exp", `,"exp"`, `,"cfc":"AAECAwQFBgcICQoLDA0ODw","exp"`, "cfc before exp")

	expired := bad("claims", "and-issuer-and-expired",
		w.es.token(w.header, `{"iss":"https://third.example.it"}`),
		"the claims come before the issuer and the time")
	expired.Now = expires
	return append(vectors, expired)
}
