package token_test

import (
	"encoding/hex"
	"strings"
)

func (w *workshop) goodVectors() []vector {
	online := w.claims()
	offline := w.offline(person)
	vectors := []vector{
		accepted("es256-online", "FORMAT.md, worked bytes", w.es, online),
		accepted("eddsa-online", "the same claims under an Ed25519 key", w.ed, online),
		matched(accepted("es256-offline", "FORMAT.md, worked bytes: with the commitment", w.es, offline),
			person),
		matched(accepted("eddsa-offline", "with the commitment, under an Ed25519 key", w.ed, offline),
			person),
		matched(accepted("cf-typed-in-lower-case",
			"what is typed is folded to upper case before it is compared", w.es, offline),
			" "+strings.ToLower(person)+" "),
		matched(accepted("cf-omocode", "a code changed by omocodia is a code like any other", w.es,
			w.offline(omocode)), omocode),
		matched(accepted("cf-provisional", "a provisional code of 11 digits", w.es, w.offline(provisional)),
			provisional),
		accepted("short-r", "r has a leading zero byte", w.es,
			w.search(func(signature []byte) bool { return signature[0] == 0 })),
		accepted("short-s", "s has a leading zero byte", w.es,
			w.search(func(signature []byte) bool { return signature[32] == 0 })),
	}

	add := func(v vector, now int64, s ...keySet) {
		v.Now, v.JWKS = now, sets(s...)
		vectors = append(vectors, v)
	}
	claims := online
	claims.Iss = otherIssuer
	add(accepted("other-issuer", "two key sets; a name with a port and a path", w.other, claims), verifiedAt,
		w.set, w.otherSet)

	copied := keySet{otherIssuer, []jwk{w.es.jwk}}
	add(accepted("key-copied-first",
		"another issuer publishes the same key: the token is still that of the issuer it names", w.es,
		online), verifiedAt, copied, w.set)
	add(accepted("key-copied-last", "the same with the sets in the other order", w.es, online), verifiedAt,
		w.set, copied)

	add(accepted("iat-at-leeway", "issued exactly 5 minutes ahead of the verifier's clock", w.es, online),
		issuedAt-300, w.set)
	add(accepted("exp-in-a-second", "the last second", w.es, online), expires-1, w.set)
	add(accepted("smallest", "the smallest values", w.es, vectorClaims{"https://a", online.Sub, 1, 2, ""}), 1,
		keySet{"https://a", w.set.Keys})
	add(accepted("latest", "the latest times that the format can hold", w.es,
		vectorClaims{issuerName, online.Sub, 99999999998, 99999999999, ""}), 99999999998, w.set)
	longest := "https://" + strings.Repeat("a", 120)
	add(accepted("iss-128-bytes", "the longest name of an issuer", w.es,
		vectorClaims{longest, online.Sub, issuedAt, expires, ""}), verifiedAt, keySet{longest, w.set.Keys})
	odd := "https://xn--carr-fpa.example-0.it:65535/A_z~0-/b"
	add(accepted("iss-every-character", "punycode, hyphen, port, and every character that a path may have",
		w.es, vectorClaims{odd, online.Sub, issuedAt, expires, ""}), verifiedAt, keySet{odd, w.set.Keys})

	misnamed := keySet{issuerName, []jwk{w.es.jwk, w.ed.jwk}}
	misnamed.Keys[0].Kid, misnamed.Keys[1].Kid = "key-1", ""
	add(accepted("jwk-kid-ignored", "the identifier follows from the key, whatever its JWK says", w.es,
		online), verifiedAt, misnamed)
	bare := w.es.jwk
	bare.Alg, bare.Use, bare.KeyOps = "", "", []string{"verify"}
	foreign := newTestKey(p384Private()).jwk
	foreign.Kid, foreign.Alg = "p-384", "ES384"
	add(accepted("jwk-bare", "alg and use are optional, key_ops has verify, and a key of another type in "+
		"the set does no harm", w.es, online), verifiedAt, keySet{issuerName, []jwk{foreign, bare}})
	return vectors
}

// search moves the time of issue until the signature has a property.
func (w *workshop) search(found func(signature []byte) bool) vectorClaims {
	c := w.claims()
	for {
		_, _, signature := parts(w.es.token(w.header, claimsText(c.Iss, c.Sub, c.Iat, c.Exp, "")))
		if found(must(b64.DecodeString(signature))) {
			return c
		}
		c.Iat++
	}
}

func matched(v vector, typed string) vector {
	v.CodiceFiscale = typed
	return v
}

// offlineVectors are compared by the commitment.
func (w *workshop) offlineVectors() []vector {
	forPerson, forOmocode := w.offline(person), w.offline(omocode)
	mismatch := func(id, comment string, c vectorClaims, typed string) vector {
		v := matched(accepted(id, comment, w.es, c), typed)
		v.Expected = "cf_mismatch"
		return v
	}
	swapped, older := forPerson, forPerson
	swapped.Cfc = forOmocode.Cfc
	older.Iat++
	expired := mismatch("expired-and-mismatch", "the time comes before the comparison", forPerson, somebody)
	expired.Now, expired.Expected = expires, "expired"
	return []vector{
		mismatch("cf-of-another", "another person's code", forPerson, somebody),
		mismatch("cf-omocode-typed", "a code that differs by omocodia only is another person's", forPerson,
			omocode),
		mismatch("cf-plain-typed", "and so is the code that an omocode was made of", forOmocode, person),
		mismatch("cf-provisional-typed", "a provisional code", forPerson, provisional),
		mismatch("cfc-of-another-person",
			"the commitment of another person's token: its salt holds the subject", swapped, omocode),
		mismatch("cfc-of-another-time",
			"the commitment of a token issued a second earlier: its salt holds the time", older, person),
		expired,
	}
}

// referenceVectors are compared as the issuer does.
func (w *workshop) referenceVectors() []vector {
	secret := hex.EncodeToString(referenceSecret())
	newer := vectorReference{ID: 2, Key: strings.Repeat("a5", 32)}
	with := func(v vector, expected, typed string, keys ...vectorReference) vector {
		v.Expected, v.CodiceFiscale, v.ReferenceKeys = expected, typed, keys
		return v
	}
	online := w.claims()
	abroad := online
	abroad.Sub = subject(1, referenceSecret(), otherIssuer, issuedAt, person)
	second := online
	second.Iat++
	last := online
	last.Sub = subject(0xffff, referenceSecret(), issuerName, issuedAt, person)
	expired := with(accepted("expired-and-mismatch", "the time comes before the comparison", w.es, online),
		"expired", somebody, vectorReference{1, secret})
	expired.Now = expires
	return []vector{
		with(accepted("match", "the issuer recognises the person", w.es, online), "", person,
			vectorReference{1, secret}),
		with(accepted("match-after-rotation", "paper made under the older key", w.es, online), "",
			strings.ToLower(person), newer, vectorReference{1, secret}),
		with(accepted("match-id-ffff", "the identifier is two bytes, the high one first", w.es, last), "",
			person, vectorReference{0xffff, secret}),
		with(accepted("match-offline",
			"a token of the offline profile: the issuer does not need the commitment", w.es,
			w.offline(person)), "", person, vectorReference{1, secret}),
		with(accepted("cf-of-another", "another person's code", w.es, online), "cf_mismatch", somebody,
			vectorReference{1, secret}),
		with(accepted("cf-omocode-typed", "a code that differs by omocodia only", w.es, online),
			"cf_mismatch", omocode, vectorReference{1, secret}),
		with(accepted("other-secret", "the key with that identifier is another one", w.es, online),
			"cf_mismatch", person, vectorReference{1, newer.Key}),
		with(accepted("iss-of-another", "the reference was made under another issuer's name", w.es, abroad),
			"cf_mismatch", person, vectorReference{1, secret}),
		with(accepted("iat-of-another", "the reference was made for a document issued a second earlier", w.es,
			second), "cf_mismatch", person, vectorReference{1, secret}),
		expired,
	}
}
