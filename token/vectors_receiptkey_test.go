package token_test

import (
	"encoding/json"
	"strings"
)

// forReceipts is the key as it is published for receipts only.
func (k jwk) forReceipts() jwk {
	k.Use = "attesta-receipt"
	return k
}

// receiptKeyVectors are documents under a key that signs receipts only.
func (w *workshop) receiptKeyVectors() []vector {
	alone := bad("unknown_key", "use-receipt-alone", w.good, "nothing but a key for receipts is published")
	alone.JWKS = sets(keySet{issuerName, []jwk{w.es.forReceipts()}})
	eddsa := bad("unknown_key", "use-receipt-eddsa", w.ed.token(w.ed.header(), w.payload),
		"signed with an Ed25519 key that is published for receipts")
	eddsa.JWKS = sets(keySet{issuerName, []jwk{w.es.jwk, w.ed.forReceipts()}})
	typ := w.es.jwk
	typ.Use = "attesta"
	named := bad("unknown_key", "use-typ", w.good, "a use that begins like the typ of a token")
	named.JWKS = sets(keySet{issuerName, []jwk{typ, w.ed.jwk}})
	return []vector{alone, eddsa, named}
}

// receiptKeyOfAnother is a document under a key that its issuer publishes for receipts, and another issuer
// for documents.
func (w *workshop) receiptKeyOfAnother() vector {
	v := bad("issuer", "receipt-key-copied", w.good,
		"the issuer publishes the key for receipts, another one publishes it for documents")
	v.JWKS = sets(keySet{issuerName, []jwk{w.es.forReceipts(), w.ed.jwk}},
		keySet{otherIssuer, []jwk{w.es.jwk}})
	return v
}

// receiptsOfKeys are receipts and answers under keys that sign receipts only.
func (w *workshop) receiptsOfKeys(add addReceipt, plain string, asked askedVector, answer, payload string) {
	own := keySet{issuerName, []jwk{w.es.jwk, w.ed.forReceipts()}}
	ed := func(payload string) string { return w.ed.token(receiptHeader(w.ed), payload) }
	es := func(payload string) string { return w.es.token(receiptHeader(w.es), payload) }
	put := func(expected, id, comment, receipt string, sets ...json.RawMessage) {
		v := add(expected, id, comment)
		v.Receipt, v.JWKS = receipt, sets
		if expected == "" {
			v.Claims = json.RawMessage(plain)
		}
	}
	put("", "own-key", "signed with a key for receipts", ed(plain), sets(own, w.otherSet)...)
	put("", "own-key-not-used", "signed with the key of documents, beside a key for receipts", es(plain),
		sets(own, w.otherSet)...)
	put("", "own-key-alone", "nothing but a key for receipts is published", es(plain),
		sets(keySet{issuerName, []jwk{w.es.forReceipts()}})...)
	put("issuer", "own-key-of-another", "signed with the key for receipts of another issuer", ed(plain),
		sets(keySet{issuerName, []jwk{w.es.jwk}}, keySet{otherIssuer, []jwk{w.ed.forReceipts()}})...)
	for _, use := range []string{"enc", "attesta-receipts", "ATTESTA-RECEIPT"} {
		other := w.ed.jwk
		other.Use = use
		put("unknown_key", "own-key-"+use, "signed with a key of another use", ed(plain),
			sets(keySet{issuerName, []jwk{w.es.jwk, other}})...)
	}
	v := add("", "answer-own-key", "a yes under a key for receipts")
	v.JWKS = sets(own, w.otherSet)
	v.Asked, v.Claims = &asked, json.RawMessage(payload)
	v.Answer = strings.Replace(answer, "%s", ed(payload), 1)
}

// bundlesOfReceiptKeys are bundles with keys that sign receipts only.
func (w *workshop) bundlesOfReceiptKeys(add func(expected, id, comment, text string) *bundleVector) {
	signed := func(issuers ...string) string {
		return w.stranger.token(bundleHeader(w.stranger), bundleText(madeAt, issuers...))
	}
	entry := func(issuer string, keys ...jwk) string { return `{"jwks":` + bundleSet(issuer, keys...) + `}` }
	accepted := func(id, comment, text string, issuers ...bundleIssuer) {
		add("", id, comment, text).Content = &bundleContent{madeAt, false, issuers}
	}
	one := bundleIssuer{Name: issuerName, Keys: []string{w.es.Kid, w.ed.Kid}}
	accepted("receipt-key", "a key for receipts beside one for documents",
		signed(entry(issuerName, w.es.jwk, w.ed.forReceipts())), one)
	accepted("receipt-key-first", "a key for receipts before one for documents",
		signed(entry(issuerName, w.es.forReceipts(), w.ed.jwk)), one)
	accepted("receipt-key-alone", "an issuer with nothing but a key for receipts",
		signed(entry(issuerName, w.es.forReceipts()), entry(otherIssuer, w.other.jwk)),
		bundleIssuer{Name: issuerName, Keys: []string{w.es.Kid}},
		bundleIssuer{Name: otherIssuer, Keys: []string{w.other.Kid}})

	claims := func(id, comment, text string) { add("claims", id, comment, text) }
	claims("use-both", "one key for documents and for receipts",
		signed(entry(issuerName, w.es.jwk, w.es.forReceipts())))
	claims("use-both-of-two", "a key for documents that another issuer has for receipts",
		signed(entry(issuerName, w.es.jwk), entry(otherIssuer, w.other.jwk, w.es.forReceipts())))
	other := func(use string) jwk {
		k := w.ed.jwk
		k.Use = use
		return k
	}
	claims("use-longer", "a use that is neither of the two",
		signed(entry(issuerName, w.es.jwk, other("attesta-receipts"))))
	claims("use-upper-case", "a use in upper case",
		signed(entry(issuerName, w.es.jwk, other("ATTESTA-RECEIPT"))))
	claims("use-empty", "an empty use", signed(entry(issuerName, w.es.jwk, other(""))))
	claims("use-missing", "a key without a use", signed(
		strings.Replace(entry(issuerName, w.es.jwk), `"use":"sig",`, "", 1)))
	small := testKey{jwk: jwk{Kty: "OKP", Crv: "Ed25519", Alg: "EdDSA", Use: "attesta-receipt",
		X: b64.EncodeToString(identityPoint())}}
	small.Kid = small.id()
	claims("receipt-key-small-order", "a key for receipts of order 1",
		signed(entry(issuerName, w.es.jwk, small.jwk)))

	add("unknown_key", "maker-for-receipts", "the maker's key is one for receipts",
		signed(entry(issuerName, w.es.jwk))).Trusted = must(json.Marshal(w.stranger.forReceipts()))
}
