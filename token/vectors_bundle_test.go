package token_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// bundleVector is one case of the group bundle, which is for desks without a network (BUNDLE.md).
// testdata/vectors/README.md explains its members.
type bundleVector struct {
	ID       string          `json:"id"`
	Comment  string          `json:"comment"`
	Bundle   string          `json:"bundle"`
	Pad      int             `json:"pad,omitempty"`
	Trusted  json.RawMessage `json:"trusted"`
	Now      int64           `json:"now"`
	Expected string          `json:"expected"`
	Content  *bundleContent  `json:"content,omitempty"`
}

type bundleContent struct {
	MadeAt  int64          `json:"iat"`
	Old     bool           `json:"old"`
	Issuers []bundleIssuer `json:"issuers"`
}

type bundleIssuer struct {
	Name    string   `json:"name"`
	Address string   `json:"address,omitempty"`
	AsOf    int64    `json:"keys_as_of,omitempty"`
	Keys    []string `json:"keys"`
}

const (
	madeAt    = issuedAt
	bundleMax = 1 << 20 // bytes
)

// bundleKey writes a key as it stands in a bundle: all members, in this order.
func bundleKey(k jwk) string {
	y := ""
	if k.Y != "" {
		y = `,"y":"` + k.Y + `"`
	}
	return fmt.Sprintf(`{"use":"%s","kty":"%s","kid":"%s","crv":"%s","alg":"%s","x":"%s"%s}`,
		k.Use, k.Kty, k.Kid, k.Crv, k.Alg, k.X, y)
}

func bundleSet(issuer string, keys ...jwk) string {
	var list []string
	for _, k := range keys {
		list = append(list, bundleKey(k))
	}
	return `{"issuer":"` + issuer + `","keys":[` + strings.Join(list, ",") + `]}`
}

// bundleText writes the payload of entries such as {"jwks":{…}}.
func bundleText(iat int64, entries ...string) string {
	return fmt.Sprintf(`{"iat":%d,"issuers":[%s]}`, iat, strings.Join(entries, ","))
}

func bundleHeader(k testKey) string {
	return strings.Replace(k.header(), "attesta+jwt", "attesta-bundle+jwt", 1)
}

// bundleVectors are made without using the package, like those of tokens. The maker's key belongs to
// none of the issuers.
func (w *workshop) bundleVectors() []bundleVector {
	maker, makerEd := w.stranger, w.ed
	entry := `{"jwks":` + bundleSet(issuerName, w.es.jwk) + `}`
	full := `{"address":"https://api.example.it/attesta","keys_as_of":1795305000,"jwks":` +
		bundleSet(issuerName, w.es.jwk, w.ed.jwk) + `}`
	second := `{"address":"http://127.0.0.1:8080","jwks":` + bundleSet(otherIssuer, w.other.jwk) + `}`
	payload := bundleText(madeAt, entry)
	good := maker.token(bundleHeader(maker), payload)
	one := bundleIssuer{Name: issuerName, Keys: []string{w.es.Kid}}
	many := []bundleIssuer{
		{issuerName, "https://api.example.it/attesta", 1795305000, []string{w.es.Kid, w.ed.Kid}},
		{otherIssuer, "http://127.0.0.1:8080", 0, []string{w.other.Kid}},
	}

	var vectors []bundleVector
	add := func(expected, id, comment, text string) *bundleVector {
		vectors = append(vectors, bundleVector{ID: "bundle-" + id, Comment: comment, Bundle: text,
			Trusted: must(json.Marshal(maker.jwk)), Now: madeAt, Expected: expected})
		return &vectors[len(vectors)-1]
	}
	accepted := func(id, comment, text string, old bool, issuers ...bundleIssuer) *bundleVector {
		v := add("", id, comment, text)
		v.Content = &bundleContent{madeAt, old, issuers}
		return v
	}
	signed := func(payload string) string { return maker.token(bundleHeader(maker), payload) }
	claims := func(id, comment, payload string) { add("claims", id, comment, signed(payload)) }
	changed := func(id, comment, old, new string) {
		claims(id, comment, w.replaced(payload, old, new))
	}

	accepted("one-issuer", "one issuer with one key", good, false, one)
	accepted("two-issuers", "key sets of two issuers, with addresses and the time of the keys",
		signed(bundleText(madeAt, full, second)), false, many...)
	accepted("eddsa", "signed with an Ed25519 key", makerEd.token(bundleHeader(makerEd), payload), false,
		one).Trusted = must(json.Marshal(makerEd.jwk))
	for _, address := range []string{"https://192.0.2.1:8443/a", "http://localhost", "http://[::1]:80/",
		"https://EXAMPLE.it/a%20b/"} {
		named := one
		named.Address = address
		accepted(fmt.Sprintf("address-%d", len(vectors)), "an address of another form",
			signed(bundleText(madeAt, `{"address":"`+address+`",`+entry[1:])), false, named)
	}
	accepted("clock-300-behind", "dated 300 seconds after the clock", good, false, one).Now = madeAt - 300
	accepted("just-not-old", "a second below 24 hours", good, false, one).Now = madeAt + 86400 - 1
	accepted("old", "24 hours: usable, with a warning", good, true, one).Now = madeAt + 86400
	accepted("just-not-too-old", "a second below 7 days", good, true, one).Now = madeAt + 7*86400 - 1

	add("too_old", "too-old", "7 days", good).Now = madeAt + 7*86400
	add("too_old", "years-old", "5 years", good).Now = madeAt + 5*365*86400
	add("from_the_future", "clock-301-behind", "dated 301 seconds after the clock", good).Now = madeAt - 301
	add("claims", "claims-and-too-old", "the content is judged before the age",
		signed(bundleText(madeAt))).Now = madeAt + 7*86400

	big := add("size", "size", "a byte longer than allowed", "")
	big.Pad = bundleMax + 1
	longest := add("shape", "size-longest", "as long as allowed: the next check says why", "")
	longest.Pad = bundleMax
	longer := add("shape", "longer-than-a-token", "longer than a token may be", "")
	longer.Pad = 1025

	add("shape", "empty", "no text", "")
	add("shape", "final-line-feed", "a line feed after the bundle", good+"\n")
	add("shape", "two-parts", "the signature is missing", good[:strings.LastIndexByte(good, '.')])
	h, p, s := parts(good)
	add("shape", "padded", "padded base64", h+"."+p+"=."+s)

	header := func(id, comment, header string) { add("header", id, comment, maker.token(header, payload)) }
	own := bundleHeader(maker)
	header("typ-token", "the typ of a token", maker.header())
	header("typ-receipt", "the typ of a receipt", w.replaced(own, "attesta-bundle", "attesta-receipt"))
	header("typ-newer", "the typ of another version", w.replaced(own, "attesta-bundle", "attesta-bundle2"))
	header("typ-missing", "no typ", w.replaced(own, `,"typ":"attesta-bundle+jwt"`, ""))
	header("alg-es384", "another algorithm", w.replaced(own, "ES256", "ES384"))
	header("alg-none", "no algorithm", w.replaced(own, "ES256", "none"))
	header("jwk", "a key in the header", w.replaced(own, `"typ"`, `"jwk":`+bundleKey(maker.jwk)+`,"typ"`))
	header("white-space", "white space in the header", w.replaced(own, `,"typ"`, `, "typ"`))
	header("duplicate", "typ twice", w.replaced(own, `"typ"`, `"typ":"attesta-bundle+jwt","typ"`))

	add("unknown_key", "another-key", "signed by somebody else",
		w.other.token(bundleHeader(w.other), payload))
	add("unknown_key", "key-inside",
		"signed with the key of an issuer inside it, which is not the trusted one",
		w.es.token(bundleHeader(w.es), payload))
	add("signature", "another-key-our-kid", "signed by somebody else under the trusted key's identifier",
		w.other.token(own, payload))
	add("signature", "alg-of-the-other-type", "the header says EdDSA, the trusted key is P-256",
		maker.token(w.replaced(own, "ES256", "EdDSA"), payload))
	raw := must(b64.DecodeString(s))
	add("signature", "high-s", "s replaced by n - s", h+"."+p+"."+b64.EncodeToString(highS(raw)))
	add("signature", "changed", "another date than was signed",
		h+"."+b64.EncodeToString([]byte(bundleText(madeAt+1, entry)))+"."+s)
	add("signature", "swapped", "the signature of another bundle",
		h+"."+p+signed(bundleText(madeAt+1, entry))[len(h)+len(p)+1:])

	claims("not-json", "no JSON", "x")
	claims("no-issuer", "no issuer", bundleText(madeAt))
	claims("iat-0", "iat 0", bundleText(0, entry))
	claims("iat-twelve-digits", "iat beyond 10^11", bundleText(100000000000, entry))
	changed("iat-missing", "no iat", fmt.Sprintf(`"iat":%d,`, madeAt), "")
	changed("iat-fraction", "iat with a fraction", fmt.Sprintf(`%d`, madeAt), fmt.Sprintf(`%d.0`, madeAt))
	changed("iat-text", "iat as a text", fmt.Sprintf(`%d`, madeAt), fmt.Sprintf(`"%d"`, madeAt))
	changed("iat-twice", "a duplicate member iat", `"issuers"`, `"iat":1,"issuers"`)
	changed("issuers-twice", "a duplicate member issuers", `"issuers"`, `"issuers":[],"issuers"`)
	changed("jwks-twice", "a duplicate member jwks", `"jwks"`, `"jwks":{},"jwks"`)
	changed("issuer-twice", "a duplicate member issuer", `"issuer":`, `"issuer":"https://a.it","issuer":`)
	changed("x-twice", "a duplicate member x", `"x":`, `"x":"`+w.other.X+`","x":`)
	changed("iat-other-case", "a member in upper case", `"iat"`, `"IAT"`)
	changed("unknown-member", "an unknown member", `"issuers"`, `"exp":1,"issuers"`)
	changed("unknown-member-of-issuer", "an unknown member of an issuer", `"jwks"`, `"name":"x","jwks"`)
	changed("unknown-member-of-set", "an unknown member of a key set", `"keys"`, `"name":"x","keys"`)
	changed("unknown-member-of-key", "an unknown member of a key", `"use"`, `"x5c":[],"use"`)
	changed("order", "members in another order", `"use":"sig","kty":"EC"`, `"kty":"EC","use":"sig"`)
	set := `"jwks":` + bundleSet(issuerName, w.es.jwk)
	changed("order-of-issuer", "members of an issuer in another order", set, set+`,"address":"https://a.it"`)
	changed("escape", "an escape", issuerName, strings.Replace(issuerName, "qr", `\u0071r`, 1))
	changed("escape-address", "an escape in an address", `"jwks"`, `"address":"https:\/\/a.it","jwks"`)
	changed("address-not-utf-8", "an address that is no UTF-8", `"jwks"`,
		`"address":"https://a.it/`+"\xff"+`","jwks"`)
	claims("white-space-in-payload", "white space", strings.Replace(payload, ":", ": ", 1))
	claims("final-line-feed-in-payload", "a line feed after the object", payload+"\n")
	claims("text-after", "a second object", payload+"{}")
	changed("private", "a key with its private half: everybody can sign with it", `"x":`,
		`"d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI","x":`)
	changed("private-k", "a key with a member k", `"x":`, `"k":"AAAA","x":`)
	changed("kid-of-another", "a kid that is not the key's", `"kid":"`+w.es.Kid, `"kid":"`+w.ed.Kid)
	changed("use-enc", "a key for encryption", `"use":"sig"`, `"use":"enc"`)
	changed("alg-of-the-other-key", "an alg that does not fit the key", `"alg":"ES256"`, `"alg":"EdDSA"`)
	changed("off-curve", "a point that is not on the curve", w.es.Y, w.es.Y[:40]+"AAA")
	changed("no-key", "no key", bundleKey(w.es.jwk), "")
	changed("iss-upper-case", "an issuer's name that is none", issuerName, "https://QR.example.it")
	changed("iss-missing", "an issuer without a name", `"issuer":"`+issuerName+`",`, "")
	identity := testKey{jwk: jwk{Kty: "OKP", Crv: "Ed25519", Alg: "EdDSA", Use: "sig",
		X: b64.EncodeToString(identityPoint())}}
	identity.Kid = identity.id()
	claims("small-order", "an Ed25519 key of order 1", bundleText(madeAt, `{"jwks":`+
		bundleSet(issuerName, identity.jwk)+`}`))
	claims("small-order-beside", "a key that must not be used beside one that may", bundleText(madeAt,
		`{"jwks":`+bundleSet(issuerName, w.es.jwk, identity.jwk)+`}`))
	claims("issuer-twice-in-list", "two key sets of one issuer", bundleText(madeAt, entry, `{"jwks":`+
		bundleSet(issuerName, w.ed.jwk)+`}`))
	claims("one-key-of-two-issuers", "two issuers that publish one key", bundleText(madeAt, entry,
		`{"jwks":`+bundleSet(otherIssuer, w.other.jwk, w.es.jwk)+`}`))
	claims("key-twice", "a key that one issuer publishes twice", bundleText(madeAt,
		`{"jwks":`+bundleSet(issuerName, w.es.jwk, w.es.jwk)+`}`))
	changed("keys-as-of-0", "keys_as_of 0", `"jwks"`, `"keys_as_of":0,"jwks"`)
	changed("keys-as-of-text", "keys_as_of as a text", `"jwks"`, `"keys_as_of":"1","jwks"`)
	for i, address := range []string{"", "http://api.example.it", "https://user@api.example.it",
		"https://api.example.it/?a", "https://api.example.it/#a", "ftp://api.example.it", "https://",
		"api.example.it", "https://api.example.it/a b", "https://api.example.it:0",
		"https://api.example.it/%zz", "http://localhost.example.it", "https://[2001:db8::1]/",
		"http://127.0.0.2",
		"https://api.example.it/à"} {
		changed(fmt.Sprintf("bad-address-%d", i), "an address that must not be used", `"jwks"`,
			`"address":"`+address+`","jwks"`)
	}
	w.bundlesOfReceiptKeys(add)
	return slices.Clip(vectors)
}
