package wallet

import (
	"math"
	"strings"
	"time"
)

func reveals(*mint) []made {
	more := func(texts ...string) func(*draft) { return func(d *draft) { d.more = texts } }
	// signed adds the disclosure, and its digest to what the issuer signs
	signed := func(text string) func(*draft) {
		return func(d *draft) { d.more, d.digests = []string{text}, []any{digest(text)} }
	}
	// within adds an array with the element, and discloses
	within := func(element any, texts ...string) func(*draft) {
		return func(d *draft) { d.payload["list"], d.more = []any{element}, texts }
	}
	hidden := func(text string) object { return object{"...": digest(text)} }
	inner := disclosure("salt", "given_name", "Ada")
	parent := object{"_sd": []any{digest(inner)}}
	four, unnamed := disclosure("salt", "x", "", ""), disclosure("salt", "", "x")
	element := disclosure("salt", parent)
	var never []made
	for _, name := range neverDisclosed {
		never = append(never, made{"disclosure_" + name, name + " in a disclosure", ErrDisclosure,
			signed(disclosure("salt", name, "x"))})
	}
	return append(never, []made{
		{"disclosure_json", "a disclosure is not JSON", ErrDisclosure,
			more(b64.EncodeToString([]byte("salt")))},
		{"disclosure_object", "a disclosure is an object", ErrDisclosure,
			more(b64.EncodeToString([]byte(`{"picture":""}`)))},
		{"disclosure_one", "a disclosure has a salt only", ErrDisclosure, signed(disclosure("salt"))},
		{"disclosure_four", "a disclosure has four elements", ErrDisclosure,
			signed(disclosure("salt", "picture", "", ""))},
		{"disclosure_salt", "the salt is a number", ErrDisclosure, signed(disclosure(1, "picture", ""))},
		{"disclosure_name", "the name is a number", ErrDisclosure, signed(disclosure("salt", 1, ""))},
		{"disclosure_element", "an element of an array in the place of a member", ErrDisclosure,
			signed(disclosure("salt", true))},
		{"disclosure_member", "a member in the place of an element of an array", ErrDisclosure,
			within(hidden(inner), inner)},
		{"disclosure_four_element", "an element with four", ErrDisclosure, within(hidden(four), four)},
		{"disclosure_unnamed", "an element with an empty name", ErrDisclosure,
			within(hidden(unnamed), unnamed)},
		{"digest_number", "a digest in _sd is a number", ErrClaims,
			func(d *draft) { d.digests = []any{1} }},
		{"element_number", "the digest of an element is a number", ErrClaims, within(object{"...": 1})},
		{"element_more", "an element has a member beside its digest", ErrClaims,
			within(object{"...": digest("decoy"), "x": 1})},
		{"two_faults", "_sd is a text, and behind that a digest is there twice", ErrClaims, func(d *draft) {
			d.payload["a"], d.digests = object{"_sd": ""}, []any{digest("decoy"), digest("decoy")}
		}},
		{"not_asked_inside", "a claim in a disclosed one was not asked for", ErrNotAsked, func(d *draft) {
			d.hidden["picture"], d.more = parent, []string{inner}
		}},
		{"not_asked_element", "nor was an element, nor a claim in it", ErrNotAsked,
			within(hidden(element), element, inner)},
		{"not_asked_list", "nor was a claim in an open element", ErrNotAsked, within(parent, inner)},
		{"disclosure_twice", "one disclosure twice", ErrDuplicate,
			more(disclosure("s", "picture", pixel), disclosure("s", "picture", pixel))},
		{"digest_twice", "a digest twice in _sd", ErrDuplicate, func(d *draft) {
			d.digests = []any{digest("decoy"), digest("decoy")}
		}},
		{"name_twice", "two disclosures of one name", ErrDuplicate,
			signed(disclosure("salt", allowance, false))},
		{"name_of_claim", "a disclosure with the name of an open claim", ErrDuplicate,
			signed(disclosure("salt", "issuing_country", "FR"))},
		{"unreferenced", "a disclosure whose digest the issuer did not sign", ErrUnreferenced,
			func(d *draft) {
				delete(d.hidden, allowance)
				d.shown = []string{"picture"}
				d.more = []string{disclosure("salt", allowance, true)}
			}},
		{"value_changed", "the value of a disclosure was changed", ErrUnreferenced, func(d *draft) {
			d.hidden[allowance] = false
			d.shown = []string{"picture"}
			d.more = []string{disclosure("salt", allowance, true)}
		}},
		{"without_parent", "a disclosure of a claim that is behind another one", ErrUnreferenced,
			func(d *draft) {
				inner := disclosure("salt", "portrait", pixel)
				d.hidden["verification"] = object{"_sd": []any{digest(inner)}}
				d.more = []string{inner}
			}},
		{"no_sd", "no digests at all", ErrUnreferenced, func(d *draft) { d.payload["_sd"] = []any{} }},
		{"not_asked", "the name was not asked for", ErrNotAsked,
			func(d *draft) { d.shown = append(d.shown, "family_name") }},
		{"not_asked_birth", "the day of birth was not asked for", ErrNotAsked,
			func(d *draft) { d.shown = append(d.shown, "birthdate") }},
	}...)
}

func holders(m *mint) []made {
	head := func(name string, v any) func(*draft) { return func(d *draft) { d.holderHeader[name] = v } }
	set := func(name string, v any) func(*draft) { return func(d *draft) { d.bound[name] = v } }
	whole := func(f func(string) string) func(*draft) { return func(d *draft) { d.whole = f } }
	other := newKey()
	return []made{
		{"kb_typ", "the holder's typ is JWT", ErrHolderHeader, head("typ", "JWT")},
		{"kb_alg", "the holder's alg is ES384", ErrHolderHeader, head("alg", "ES384")},
		{"kb_none", "the holder's alg is none", ErrHolderHeader, head("alg", "none")},
		{"kb_crit", "a critical member of the holder's header", ErrHolderHeader, head("crit", []string{"x"})},
		{"kb_other_key", "another key signed: a card that was copied", ErrHolderSignature,
			func(d *draft) { d.holderKey = other }},
		{"kb_own_key", "the holder's header brings a key of its own", ErrHolderSignature, func(d *draft) {
			d.holderKey, d.holderHeader["jwk"] = other, jwk(&other.PublicKey)
		}},
		{"kb_issuer_key", "the issuer's key signed", ErrHolderSignature,
			func(d *draft) { d.holderKey = m.leaf.key }},
		{"kb_empty_signature", "the holder's signature is empty", ErrHolderSignature,
			whole(func(s string) string { return s[:strings.LastIndex(s, ".")+1] })},
		{"kb_twice", "nonce twice", ErrHolderClaims,
			func(d *draft) { d.onBound = replaced(`{`, `{"nonce":"other",`) }},
		{"kb_no_iat", "no iat", ErrHolderClaims, func(d *draft) { delete(d.bound, "iat") }},
		{"kb_no_nonce", "no nonce", ErrHolderClaims, func(d *draft) { delete(d.bound, "nonce") }},
		{"kb_aud_array", "aud is an array", ErrHolderClaims, set("aud", []string{audience})},
		{"kb_no_sd_hash", "no sd_hash", ErrHolderClaims, set("sd_hash", "")},
		{"aud", "for another relying party", ErrAudience, set("aud", "x509_hash:AAAA")},
		{"aud_prefix", "the audience without its prefix", ErrAudience,
			set("aud", strings.TrimPrefix(audience, "x509_hash:"))},
		{"nonce", "an answer to another question, kept and sent again", ErrNonce, set("nonce", "other")},
		{"nonce_case", "the nonce in other letters", ErrNonce, set("nonce", strings.ToLower(nonce))},
		{"sd_hash", "about another presentation", ErrDigest, set("sd_hash", digest("other"))},
		{"reordered", "the disclosures in another order than the holder signed", ErrDigest, whole(reordered)},
		{"dropped", "a disclosure was left out after the holder signed", ErrDigest, whole(dropped)},
		{"kb_old", "made before the question", ErrHolderTime, set("iat", clock.Add(-7*time.Minute).Unix())},
		{"kb_future", "made six minutes ahead", ErrHolderTime, set("iat", clock.Add(6*time.Minute).Unix())},
	}
}

func statuses(m *mint) []made {
	list := func(by *authority, edit func(header, payload object)) func(*draft) {
		return func(d *draft) { d.lists[listURL] = m.list(by, edit) }
	}
	set := func(name string, v any) func(*draft) {
		return list(nil, func(_, payload object) { payload[name] = v })
	}
	entries := func(bits int, b ...byte) func(*draft) {
		return set("status_list", object{"bits": bits, "lst": deflate(b)})
	}
	other := newMint()
	server := certify(m.middle, "A server", newKey(), nil)
	torn := deflate(make([]byte, 16))
	return []made{
		{"no_status", "no status, valid for a year", ErrNoStatus,
			func(d *draft) { delete(d.payload, "status") }},
		{"no_status_no_nbf", "no status and no nbf", ErrNoStatus,
			func(d *draft) { delete(d.payload, "status"); delete(d.payload, "nbf") }},
		{"no_status_day", "no status, valid for a second more than a day", ErrNoStatus, func(d *draft) {
			delete(d.payload, "status")
			d.payload["nbf"], d.payload["exp"] = clock.Unix(), clock.Add(shortLived).Unix()+1
		}},
		{"status_other", "status by another method", ErrNoStatus, func(d *draft) {
			d.payload["status"] = object{"status_assertion": object{"credential_hash_alg": "sha-256"}}
		}},
		{"list_unreachable", "the list does not come", ErrStatusUnavailable,
			func(d *draft) { clear(d.lists) }},
		{"list_http", "the list's address is not https", ErrStatusList, func(d *draft) {
			d.payload["status"] = object{"status_list": object{"idx": 5, "uri": "http://issuer.example/1"}}
		}},
		{"list_huge", "a list of more than 2 MiB", ErrStatusSize, func(d *draft) { d.listPad = MaxList }},
		{"list_bomb", "a short list that inflates to more than 4 MiB", ErrStatusSize,
			entries(1, make([]byte, MaxStatuses+1)...)},
		{"list_html", "a page in the place of the list", ErrStatusList,
			func(d *draft) { d.lists[listURL] = "<!doctype html>" }},
		{"list_typ", "the list's typ is JWT", ErrStatusList,
			list(nil, func(header, _ object) { header["typ"] = "JWT" })},
		{"list_alg", "the list's alg is none", ErrStatusList,
			list(nil, func(header, _ object) { header["alg"] = "none" })},
		{"list_sub", "the list of another address", ErrStatusList, set("sub", listURL+"0")},
		{"list_no_iat", "the list has no iat", ErrStatusList,
			list(nil, func(_, payload object) { delete(payload, "iat") })},
		{"list_null_iat", "the list's iat is null", ErrStatusList, set("iat", nil)},
		{"list_crit", "a critical member of the list's header", ErrStatusList,
			list(nil, func(header, _ object) { header["crit"] = []string{"exp"} })},
		{"list_fragment", "the list's address has a fragment, and so has its sub", ErrStatusList,
			func(d *draft) {
				d.payload["status"] = object{"status_list": object{"idx": 5, "uri": listURL + "#1"}}
				d.lists = map[string]string{listURL + "#1": m.list(nil,
					func(_, payload object) { payload["sub"] = listURL + "#1" })}
			}},
		{"list_bits", "entries of three bits", ErrStatusList, entries(3, 0, 0, 0, 0)},
		{"list_torn", "the list's checksum is missing", ErrStatusList,
			set("status_list", object{"bits": 1, "lst": torn[:len(torn)/4*4-4]})},
		{"list_deflate", "the list is not in the zlib format", ErrStatusList,
			set("status_list", object{"bits": 1, "lst": "AAAA"})},
		{"list_short", "the list ends before the card's index", ErrStatusList,
			func(d *draft) {
				d.payload["status"] = object{"status_list": object{"idx": 128, "uri": listURL}}
			}},
		{"list_index", "an index beyond all bounds", ErrStatusList, func(d *draft) {
			d.payload["status"] = object{"status_list": object{"idx": math.MaxInt64, "uri": listURL}}
		}},
		{"list_stranger", "an authority that nobody trusts signed the list", ErrStatusIssuer,
			func(d *draft) { d.lists[listURL] = other.list(nil, nil) }},
		{"list_server", "a server of the same authority signed the list", ErrStatusIssuer, list(server, nil)},
		{"list_changed", "the list was changed after the signature", ErrStatusIssuer, func(d *draft) {
			part := strings.Split(d.lists[listURL], ".")
			d.lists[listURL] = part[0] + "." + strings.Split(m.list(nil,
				func(_, payload object) { payload["ttl"] = 601 }), ".")[1] + "." + part[2]
		}},
		{"list_expired", "the list has expired", ErrStatusExpired, set("exp", clock.Unix())},
		{"list_future", "the list is not yet valid", ErrStatusExpired,
			set("iat", clock.Add(6*time.Minute).Unix())},
		{"revoked", "revoked", ErrRevoked, entries(1, 0b0010_0000)},
		{"revoked_2", "revoked, with two bits", ErrRevoked, entries(2, 0, 0b0000_0100)},
		{"revoked_short_lived", "revoked, though the card is valid for a day only", ErrRevoked,
			func(d *draft) {
				d.payload["nbf"], d.payload["exp"] = clock.Unix(), clock.Add(shortLived).Unix()
				entries(1, 0b0010_0000)(d)
			}},
		{"suspended", "suspended", ErrSuspended, entries(2, 0, 0b0000_1000)},
		{"status_unknown", "a status of the issuer's own", ErrSuspended, entries(8, 0, 0, 0, 0, 0, 0x0b)},
	}
}

func verdicts(m *mint) []made {
	hide := func(name string, v any) func(*draft) { return func(d *draft) { d.hidden[name] = v } }
	return []made{
		{"possession", "a valid card that discloses nothing but the picture", ErrNoClaim,
			func(d *draft) { d.shown = []string{"picture"} }},
		{"no_claim", "a card without the claim", ErrNoClaim,
			func(d *draft) { delete(d.hidden, allowance); d.shown = []string{"picture"} }},
		{"claim_false", "the claim is false", ErrClaimFalse, hide(allowance, false)},
		{"claim_text", "the claim is the text true", ErrClaimFalse, hide(allowance, "true")},
		{"claim_one", "the claim is 1", ErrClaimFalse, hide(allowance, 1)},
		{"no_picture", "the claim without the picture", ErrNoTie,
			func(d *draft) { d.shown = []string{allowance} }},
		{"picture_address", "the picture is an address elsewhere", ErrNoTie,
			hide("picture", "https://elsewhere.example/p.jpg")},
		{"picture_svg", "the picture is a drawing with a script", ErrNoTie,
			hide("picture", "data:image/svg+xml;base64,PHN2Zz4=")},
		{"picture_html", "a page under the type of a picture", ErrNoTie,
			hide("picture", "data:image/jpeg;base64,PGh0bWw+")},

		{"good", "the card of today", ErrNotCompared, func(*draft) {}},
		{"good_earlier", "the card of Italy's earlier issuer", ErrNotCompared, func(d *draft) {
			d.payload["vct"], d.hidden["portrait"] = Types()[1], pixel
			d.shown = []string{allowance, "portrait"}
			delete(d.payload, "date_of_expiry")
			d.payload["expiry_date"] = "2027-10-31"
		}},
		{"good_pilot", "the card of the APTITUDE pilot", ErrNotCompared,
			func(d *draft) { d.payload["vct"] = Types()[2] }},
		{"good_edc", "the card of the test wallets", ErrNotCompared,
			func(d *draft) { d.payload["vct"] = Types()[3] }},
		{"good_decoys", "with decoys, and without _sd_alg", ErrNotCompared, func(d *draft) {
			d.digests = []any{digest("a"), digest("b")}
			delete(d.payload, "_sd_alg")
		}},
		{"good_open", "the claims are not behind digests", ErrNotCompared, func(d *draft) {
			d.payload[allowance], d.payload["picture"], d.hidden, d.shown = true, pixel, nil, nil
		}},
		{"good_no_iss", "without iss: the leaf says who issued it", ErrNotCompared,
			func(d *draft) { delete(d.payload, "iss") }},
		{"iss_path", "iss has a path that the anchor does not vouch for", ErrUnknownAnchor,
			func(d *draft) { d.payload["iss"] = issuerName + "/1-0" }},
		{"good_day", "the day date_of_expiry is today", ErrNotCompared,
			func(d *draft) { d.payload["date_of_expiry"] = "2026-11-30" }},
		{"good_short_lived", "valid for 24 hours, without status", ErrNotCompared, func(d *draft) {
			d.payload["nbf"], d.payload["exp"] = clock.Add(-time.Hour).Unix(), clock.Add(23*time.Hour).Unix()
			d.payload["status"] = nil
		}},
		{"good_leeway", "clocks at the bounds", ErrNotCompared, func(d *draft) {
			d.payload["nbf"], d.bound["iat"] = clock.Add(Leeway).Unix(), clock.Add(Leeway).Unix()
		}},
		{"good_neighbour", "the entries beside the card's are revoked", ErrNotCompared, func(d *draft) {
			d.lists[listURL] = m.list(nil, func(_, payload object) {
				payload["status_list"] = object{"bits": 1, "lst": deflate([]byte{0b1101_1111})}
			})
		}},
	}
}
