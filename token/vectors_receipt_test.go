package token_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// receiptVector is one case of the group receipt (RECEIPT.md): a receipt by itself, or an answer with what
// was asked. testdata/vectors/README.md explains its members.
type receiptVector struct {
	ID       string            `json:"id"`
	Comment  string            `json:"comment"`
	Receipt  string            `json:"receipt,omitempty"`
	Answer   string            `json:"answer,omitempty"`
	Asked    *askedVector      `json:"asked,omitempty"`
	JWKS     []json.RawMessage `json:"jwks"`
	Now      int64             `json:"now"`
	Expected string            `json:"expected"`
	Claims   json.RawMessage   `json:"claims,omitempty"`
}

type askedVector struct {
	Issuer   string         `json:"issuer"`
	Level    int            `json:"level"`
	CheckID  string         `json:"check_id"`
	Token    string         `json:"token"`
	CF       string         `json:"codice_fiscale"`
	About    string         `json:"about"`
	Evidence evidenceVector `json:"evidence,omitempty"`
	Case     string         `json:"case_number,omitempty"`
}

// evidenceVector is an object whose members stay in this order, which is not that of the digest.
type evidenceVector [][2]string

func (e evidenceVector) MarshalJSON() ([]byte, error) {
	var members []string
	for _, pair := range e {
		members = append(members, fmt.Sprintf("%q:%q", pair[0], pair[1]))
	}
	return []byte("{" + strings.Join(members, ",") + "}"), nil
}

// chk is written out here, without the package's code.
func (a askedVector) chk() string {
	var evidence []string
	for _, pair := range a.Evidence {
		evidence = append(evidence, pair[0]+"="+pair[1])
	}
	slices.Sort(evidence)
	sum := sha256.Sum256([]byte("attesta/check/1\x00" + a.CheckID + "\x00" + a.Token + "\x00" + a.CF +
		"\x00" +
		a.About + "\x00" + strings.Join(evidence, ";")))
	return b64.EncodeToString(sum[:16])
}

// ans takes the form of the answer, which is written out in each case.
func (a askedVector) ans(form string) string {
	sum := sha256.Sum256([]byte("attesta/answer/1\x00" + a.CheckID + "\x00" + form))
	return b64.EncodeToString(sum[:16])
}

const (
	receiptID  = "AAECAwQFBgcICQoLDA0ODw"
	receiptMax = 2048
)

// receiptText is a payload; each optional member comes with its comma or is empty.
func receiptText(ans, benefit, number, chk, code string, iat int64, iss string, level int, organisation,
	outcome string) string {
	const form = `{"ans":"%s",%s%s"chk":"%s",%s"iat":%d,"iss":"%s","jti":"%s","level":%d,%s"outcome":"%s"}`
	return fmt.Sprintf(form, ans, benefit, number, chk, code, iat, iss, receiptID, level, organisation,
		outcome)
}

func receiptHeader(k testKey) string {
	return strings.Replace(k.header(), "attesta+jwt", "attesta-receipt+jwt", 1)
}

func (w *workshop) receiptVectors() []receiptVector {
	var vectors []receiptVector
	add := func(expected, id, comment string) *receiptVector {
		vectors = append(vectors, receiptVector{ID: "receipt-" + id, Comment: comment,
			JWKS: sets(w.set, w.otherSet), Now: verifiedAt, Expected: expected})
		return &vectors[len(vectors)-1]
	}
	sign := func(payload string) string { return w.es.token(receiptHeader(w.es), payload) }
	w.storedReceipts(add, sign)
	w.answers(add, sign)
	return slices.Clip(vectors)
}

type (
	addReceipt  func(expected, id, comment string) *receiptVector
	signReceipt func(payload string) string
)

// storedReceipts are receipts without the question.
func (w *workshop) storedReceipts(add addReceipt, sign signReceipt) {
	digest := b64.EncodeToString(make([]byte, 16))
	plain := receiptText(digest, "", "", digest, "", verifiedAt, issuerName, 1, "", "confirmed")
	full := receiptText(digest, `"benefit":"ticket_c03",`, `"case":"2026/17 b",`, digest,
		`"code":"not_entitled","declared":true,`, verifiedAt, issuerName, 2,
		`"organisation":"COMUNE DI FORLÌ",`,
		"not_confirmed")
	accepted := func(id, comment, payload string) *receiptVector {
		v := add("", id, comment)
		v.Receipt, v.Claims = sign(payload), json.RawMessage(payload)
		return v
	}
	accepted("plain", "only the claims that are always there", plain)
	accepted("full", "all claims", full)
	accepted("cannot-tell", "neither yes nor no", receiptText(digest, "", "", digest,
		`"code":"no_status_here",`,
		verifiedAt, issuerName, 1, "", "cannot_tell"))
	accepted("code-of-later", "a code that this version does not know", receiptText(digest, "", "", digest,
		`"code":"something_new",`, verifiedAt, issuerName, 1, "", "cannot_tell"))
	accepted("old", "a receipt does not expire", plain).Now = verifiedAt + 10*366*86400
	v := accepted("eddsa", "signed with an Ed25519 key", plain)
	v.Receipt = w.ed.token(receiptHeader(w.ed), plain)
	v = accepted("second-issuer", "of the other issuer", strings.Replace(plain, issuerName, otherIssuer, 1))
	v.Receipt = w.other.token(receiptHeader(w.other), string(v.Claims))

	refused := func(expected, id, comment, receipt string) { add(expected, id, comment).Receipt = receipt }
	refused("shape", "shape-spaces", "a line feed behind it", sign(plain)+"\n")
	refused("shape", "longest", "as long as allowed: the next check says why",
		strings.Repeat("A", receiptMax))
	refused("size", "size", "a byte longer than allowed", strings.Repeat("A", receiptMax+1))
	refused("header", "a-token", "a document instead", w.good)
	refused("header", "a-bundle", "a bundle instead", w.es.token(bundleHeader(w.es), plain))
	refused("unknown_key", "unknown-key", "of no issuer", w.stranger.token(receiptHeader(w.stranger), plain))
	ours, other := strings.Split(sign(full), "."), strings.Split(sign(plain), ".")
	refused("signature", "signature", "of another payload", ours[0]+"."+other[1]+"."+ours[2])
	refused("issuer", "issuer", "each issuer signs its own receipts only",
		sign(strings.Replace(plain, issuerName, otherIssuer, 1)))
	changed := func(id, comment, payload, old, new string) {
		refused("claims", id, comment, sign(w.replaced(payload, old, new)))
	}
	changed("claims-order", "two members exchanged", plain, `"level":1,"outcome":"confirmed"`,
		`"outcome":"confirmed","level":1`)
	changed("claims-space", "white space", plain, `"level":1`, `"level": 1`)
	changed("claims-unknown", "an unknown member", plain, `"outcome"`, `"new":"x","outcome"`)
	changed("claims-twice", "a member twice", plain, `"level":1`, `"level":1,"level":1`)
	changed("claims-escape", "an escape", full, "FORLÌ", `FORL\u00cc`)
	changed("claims-name", "a name in upper case", plain, `"level"`, `"Level"`)
	changed("claims-empty", "an empty value instead of none", full, `"2026/17 b"`, `""`)
	changed("claims-no-ans", "no digest of the answer", plain, `"ans":"`+digest+`",`, "")
	changed("claims-no-chk", "no digest of the question", plain, `"chk":"`+digest+`",`, "")
	changed("claims-digest", "a digest whose last bits are not zero", plain, `"chk":"`+digest,
		`"chk":"`+digest[:21]+"B")
	changed("claims-jti", "an identifier that is too short", plain, receiptID, receiptID[:21])
	changed("claims-level", "a level that is none", plain, `"level":1`, `"level":3`)
	changed("claims-level-text", "a level as text", plain, `"level":1`, `"level":"1"`)
	changed("claims-time", "a time with a fraction", plain, fmt.Sprint(verifiedAt),
		fmt.Sprint(verifiedAt)+".0")
	changed("claims-time-zero", "the time zero", plain, fmt.Sprint(verifiedAt), "0")
	changed("claims-time-long", "a time of twelve digits", plain, fmt.Sprint(verifiedAt), "100000000000")
	changed("claims-outcome", "an outcome that is none", plain, `"confirmed"`, `"yes"`)
	changed("claims-no-without-code", "a no without a code", plain, `"confirmed"`, `"not_confirmed"`)
	changed("claims-yes-with-code", "a yes with a code", full, `"not_confirmed"`, `"confirmed"`)
	changed("claims-code", "a code in upper case", full, "not_entitled", "NOT_ENTITLED")
	changed("claims-organisation", "an organisation at the first level", full, `"level":2`, `"level":1`)
	changed("claims-organisation-long", "an organisation of 201 bytes", full, "COMUNE DI FORLÌ",
		"Ì"+strings.Repeat("A", 199))
	changed("claims-organisation-bytes", "an organisation that is not UTF-8", full, "FORLÌ", "FORL\xcc")
	changed("claims-benefit", "a benefit with a space", full, "ticket_c03", "ticket c03")
	changed("claims-declared", "evidence that did not decide", full, `"declared":true`, `"declared":false`)
	changed("claims-declared-alone", "declared evidence without a benefit", full, `"benefit":"ticket_c03",`,
		"")
	changed("claims-case", "a case number with a quotation mark", full, "2026/17 b", `2026\"`)
	changed("claims-case-long", "a case number of 41 characters", full, "2026/17 b", strings.Repeat("1", 41))
}

// answers are answers with the question.
func (w *workshop) answers(add addReceipt, sign signReceipt) {
	const checkID, time = "gIGCg4SFhoeIiYqLjI2Ojw", "2026-11-02T09:00:00Z"
	asked := askedVector{Issuer: issuerName, Level: 1, CheckID: checkID, Token: w.good, CF: person,
		Case: "A/7"}
	// forms are answers in the form of RFC 8785, texts the same as an issuer may send them, with %s for the
	// receipt.
	form := `{"categories":["civil_invalid"],"checked_at":"` + time +
		`","complete":true,"outcome":"confirmed"}`
	text := `{"outcome":"confirmed","checked_at":"` + time +
		`","categories":["civil_invalid"],"complete":true,"receipt":"%s"}`
	yes := func(a askedVector) string {
		return receiptText(a.ans(form), "", `"case":"A/7",`, a.chk(), "", verifiedAt, a.Issuer, 1, "",
			"confirmed")
	}
	put := func(v *receiptVector, a askedVector, text, payload string) *receiptVector {
		v.Asked, v.Answer = &a, fmt.Sprintf(text, sign(payload))
		if v.Expected == "" {
			v.Claims = json.RawMessage(payload)
		}
		return v
	}
	accepted := func(id, comment string, a askedVector, text, payload string) *receiptVector {
		return put(add("", id, comment), a, text, payload)
	}
	refused := func(id, comment string, a askedVector, text, payload string) *receiptVector {
		return put(add("unavailable", id, comment), a, text, payload)
	}
	accepted("answer", "a yes", asked, text, yes(asked))
	accepted("answer-layout", "other white space, order and escapes", asked, `{ "receipt": "%s",
		"categories" : [ "c\u0069vil_invalid" ], "complete":true, "outcome":"confirmed", "checked_at":"`+
		time+`" }`,
		yes(asked))
	accepted("answer-clock-300-behind", "300 seconds before the receipt", asked, text, yes(asked)).Now -= 300
	accepted("answer-clock-300-ahead", "300 seconds after the receipt", asked, text, yes(asked)).Now += 300

	benefit := asked
	benefit.About, benefit.Case = "museums", ""
	benefit.Evidence = evidenceVector{{"prescription", "no"}, {"annotation:parking", "yes"},
		{"citizenship", "yes"}}
	no := `{"benefit":"museums","checked_at":"` + time + `","code":"not_entitled","outcome":"not_confirmed"}`
	noText := strings.TrimSuffix(no, "}") + `,"receipt":"%s"}`
	noReceipt := func(a askedVector) string {
		return receiptText(a.ans(no), `"benefit":"museums",`, "", a.chk(), `"code":"not_entitled",`,
			verifiedAt,
			a.Issuer, 1, "", "not_confirmed")
	}
	accepted("answer-evidence", "a no for a benefit, with evidence", benefit, noText, noReceipt(benefit))

	declared := w.replaced(noReceipt(benefit), `"iat"`, `"declared":true,"iat"`)
	accepted("answer-declared", "a no that rests on the evidence", benefit, noText, declared)
	nothing := benefit
	nothing.Evidence = nil
	refused("signed-declared", "the receipt says declared, and nothing was declared", nothing, noText,
		w.replaced(noReceipt(nothing), `"iat"`, `"declared":true,"iat"`))

	detail := askedVector{Issuer: issuerName, Level: 2, CheckID: checkID, Token: w.good, CF: person,
		About: "detail"}
	detailForm := `{"checked_at":"` + time + `","details":[{"body":"Tribunale di Forlì \"1\" 😀",` +
		`"domain":"law_104","number":"7\\8` + "\u2028\u007f" + `\n","percent":74,"state":"valid"}],` +
		`"outcome":"confirmed","scope":"detail"}`
	detailText := `{"outcome":"confirmed","scope":"detail","details":[` +
		`{"domain":"law_104","state":"valid","percent":74,` +
		`"number":"7\u005c8\u2028\u007F\u000a","body":"Tribunale di Forl\u00ec \"1\" \ud83d\ude00"}],` +
		`"checked_at":"` + time + `","receipt":"%s"}`
	accepted("answer-detail", "judgements, with characters that are escaped in one of the two texts", detail,
		detailText, receiptText(detail.ans(detailForm), "", "", detail.chk(), "", verifiedAt, issuerName, 2,
			`"organisation":"MUSEO CIVICO",`, "confirmed"))
	newer := `{"checked_at":"` + time + `","new":{"\r":[null,-1,0],"é":false,"😀":1,"` + "\ufb33" +
		`":2},"outcome":"confirmed"}`
	accepted("answer-new-member", "members of a later version count, sorted by UTF-16", asked,
		`{"outcome":"confirmed","new":{"\ufb33":2,"\ud83d\ude00":1,"\u00e9":false,"\r":[null,-1,0]},`+
			`"checked_at":"`+time+`","receipt":"%s"}`,
		receiptText(asked.ans(newer), "", `"case":"A/7",`, asked.chk(), "", verifiedAt, issuerName, 1, "",
			"confirmed"))

	problem := detail
	problem.About = ""
	problemForm := `{"code":"no_match","instance":"urn:attesta:answer:` + receiptID + `","status":422,` +
		`"title":"paper and codice fiscale do not match","type":"urn:attesta:problem:no_match"}`
	problemText := strings.TrimSuffix(problemForm, "}") + `,"receipt":"%s"}`
	problemReceipt := receiptText(problem.ans(problemForm), "", "", problem.chk(), `"code":"cf_mismatch",`,
		verifiedAt, issuerName, 2, "", "not_confirmed")
	accepted("answer-problem", "a problem that is a no, in the answer to a code", problem, problemText,
		problemReceipt)

	// Each of the parts is another one than was asked, or than was signed.
	changes := map[string]func(*askedVector){
		"check-id": func(a *askedVector) { a.CheckID = receiptID },
		"token":    func(a *askedVector) { a.Token = w.es.token(w.header, w.replaced(w.payload, "}", "} ")) },
		"person":   func(a *askedVector) { a.CF = somebody },
		"about":    func(a *askedVector) { a.About = "ticket_c03" },
		"evidence": func(a *askedVector) { a.Evidence = evidenceVector{{"prescription", "no"}} },
		"value": func(a *askedVector) {
			a.Evidence = evidenceVector{{"prescription", "yes"}, {"annotation:parking", "yes"},
				{"citizenship", "yes"}}
		},
		"no-evidence": func(a *askedVector) { a.Evidence = nil },
		"case":        func(a *askedVector) { a.Case = "A/8" },
		"level":       func(a *askedVector) { a.Level = 2 },
		"issuer":      func(a *askedVector) { a.Issuer = otherIssuer },
	}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		other := benefit
		changes[name](&other)
		refused("other-"+name, "the answer to another question: "+name, other, noText, noReceipt(benefit))
	}
	edits := map[string][2]string{
		"outcome": {`"outcome":"confirmed"`, `"outcome":"not_confirmed"`},
		"member":  {`"complete":true,`, ""}, "more": {`"complete":true,`, `"complete":true,"new":1,`},
		"value": {"civil_invalid", "blind"}, "case": {`"complete"`, `"Complete"`},
		"time": {"09:00:00Z", "09:00:01Z"},
	}
	for _, name := range slices.Sorted(maps.Keys(edits)) {
		edited := w.replaced(text, edits[name][0], edits[name][1])
		refused("changed-"+name, "changed on the way: "+name, asked, edited, yes(asked))
	}
	signed := receiptText(asked.ans(form), "", `"case":"A/7",`, asked.chk(), `"code":"void",`, verifiedAt,
		issuerName, 1, "", "not_confirmed")
	refused("signed-outcome", "the receipt has another outcome", asked, text, signed)
	open := `{"checked_at":"` + time + `","code":"no_status_here","outcome":"cannot_tell"}`
	refused("signed-no", "the receipt says no where the answer cannot tell", asked,
		strings.TrimSuffix(open, "}")+`,"receipt":"%s"}`,
		receiptText(asked.ans(open), "", `"case":"A/7",`, asked.chk(), `"code":"no_status_here",`,
			verifiedAt, issuerName, 1, "", "not_confirmed"))
	refused("signed-benefit", "the receipt has a benefit", asked, text,
		w.replaced(yes(asked), `"case"`, `"benefit":"museums","case"`))
	refused("signed-problem", "the receipt has another code than the problem", problem, problemText,
		w.replaced(problemReceipt, "cf_mismatch", "void"))
	refused("clock-301-behind", "301 seconds before the receipt", asked, text, yes(asked)).Now -= 301
	refused("clock-301-ahead", "301 seconds after the receipt", asked, text, yes(asked)).Now += 301
	refused("no-receipt", "an unsigned no", benefit, strings.Replace(noText, `,"receipt":"%s"`, "%.0s", 1),
		"{}")
	refused("bad-receipt", "a receipt that does not verify", asked, text,
		w.replaced(yes(asked), `"level":1`, `"level":3`))
	refused("not-json", "a gateway's page", asked, "<html>%.0s", "{}")
	refused("not-object", "no object", asked, `["%s"]`, yes(asked))

	plain := receiptText(receiptID, "", "", receiptID, "", verifiedAt, issuerName, 1, "", "confirmed")
	w.receiptsOfKeys(add, plain, asked, text, yes(asked))
}
