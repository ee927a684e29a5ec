package api_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/api"
)

func TestCheckID(t *testing.T) {
	a, b := api.NewCheckID(), api.NewCheckID()
	assert.NotEqual(t, a, b)
	assert.True(t, api.CheckIDAllowed(a))
	for s, want := range map[string]bool{
		"AAAAAAAAAAAAAAAAAAAAAA":   true,
		"_-_-_-_-_-_-_-_-_-_-_w":   true,
		"":                         false,
		"AAAAAAAAAAAAAAAAAAAAA":    false,
		"AAAAAAAAAAAAAAAAAAAAAAA":  false,
		"AAAAAAAAAAAAAAAAAAAAAB":   false, // the last bits are not zero
		"AAAAAAAAAAAAAAAAAAAAAA==": false,
		"AAAAAAAAAAAAAAAAAAAAA/":   false,
		"AAAAAAAAAAAAAAAAAAAAAA\n": false,
		"AAAAAAAAAAA AAAAAAAAAA":   false,
	} {
		assert.Equal(t, want, api.CheckIDAllowed(s), "%q", s)
	}
}

// Each part of a question counts, and no part can take the place of another one.
func TestQuestion(t *testing.T) {
	q := api.Question{CheckID: "AAAAAAAAAAAAAAAAAAAAAA", Token: "e.e.e", CodiceFiscale: "RSSMRA80A01H501U"}
	seen := map[string]bool{}
	for _, change := range []func(*api.Question){
		func(*api.Question) {},
		func(q *api.Question) { q.CheckID = "AAAAAAAAAAAAAAAAAAAAAQ" },
		func(q *api.Question) { q.Token = "" },
		func(q *api.Question) { q.CodiceFiscale = "BNCNNA08S42H501X" },
		func(q *api.Question) { q.About = "museums" },
		func(q *api.Question) { q.Evidence = map[string]string{"b": "no"} },
		func(q *api.Question) { q.Evidence = map[string]string{"b": "no", "a": "yes"} },
		func(q *api.Question) { q.About = "a=yes;b=no" },
	} {
		changed := q
		change(&changed)
		seen[changed.Digest()] = true
		assert.True(t, api.CheckIDAllowed(changed.Digest()), "it has the form of an ID")
	}
	assert.Len(t, seen, 8)
	assert.Equal(t, "oBaNr8sD9g_sYWXGMO1Uxw", q.Digest())
	q.About, q.Evidence = "museums", map[string]string{"citizenship": "yes", "annotation:x": "no"}
	assert.Equal(t, "gSQHsrHiOPGicZV_2cHSNw", q.Digest())
}

// The digest of an answer depends on its content, not on its text, and not on the receipt.
func TestAnswerDigest(t *testing.T) {
	const id = "AAAAAAAAAAAAAAAAAAAAAA"
	digest := func(id, text string) string {
		d, err := api.AnswerDigest(id, []byte(text))
		require.NoError(t, err)
		return d
	}
	want := digest(id, `{"outcome":"confirmed","categories":["blind"]}`)
	assert.Equal(t, want,
		digest(id, ` { "categories": ["bl\u0069nd"], "receipt":"x",`+"\n"+`"outcome":"confirmed"}`))
	for _, text := range []string{
		`{"outcome":"not_confirmed","categories":["blind"]}`, `{"outcome":"confirmed","categories":[]}`,
		`{"outcome":"confirmed"}`, `{"outcome":"confirmed","categories":["blind"],"complete":true}`,
		`{"outcome":"confirmed","categories":["blind"],"Receipt":"x"}`,
	} {
		assert.NotEqual(t, want, digest(id, text), text)
	}
	assert.NotEqual(t, want, digest("AAAAAAAAAAAAAAAAAAAAAQ",
		`{"outcome":"confirmed","categories":["blind"]}`))
	for _, text := range []string{
		"", "[]", "null", `"x"`, "1", `{"a":1,"a":1}`, `{"a":0.5}`, `{"receipt":1,"receipt":2}`, `{} x`,
	} {
		_, err := api.AnswerDigest(id, []byte(text))
		assert.Error(t, err, text)
	}
}

func TestReceipt(t *testing.T) {
	const digest = "AAAAAAAAAAAAAAAAAAAAAA"
	r := api.Receipt{IssuerName: "https://qr.example.it", IssuedAt: 1, ID: digest, Level: 2,
		Outcome: api.NotConfirmed, Code: api.CodeVoid, Benefit: "museums", Organisation: "È <A&B> \u2028",
		Case: "A/7", Check: digest, Answer: digest}
	payload, err := r.Payload()
	require.NoError(t, err)
	assert.Equal(t, `{"ans":"`+digest+`","benefit":"museums","case":"A/7","chk":"`+digest+`","code":"void",`+
		`"iat":1,"iss":"https://qr.example.it","jti":"`+digest+`","level":2,`+
		`"organisation":"È <A&B> `+"\u2028"+`",`+
		`"outcome":"not_confirmed"}`, string(payload))
	again, err := api.ParseReceipt(payload)
	require.NoError(t, err)
	assert.Equal(t, r, again)

	for name, change := range map[string]func(*api.Receipt){
		"no time":                     func(r *api.Receipt) { r.IssuedAt = 0 },
		"a time out of bounds":        func(r *api.Receipt) { r.IssuedAt = 1e11 },
		"no id":                       func(r *api.Receipt) { r.ID = "" },
		"no level":                    func(r *api.Receipt) { r.Level = 0 },
		"a third level":               func(r *api.Receipt) { r.Level = 3 },
		"an organisation at level 1":  func(r *api.Receipt) { r.Level = 1 },
		"a long organisation":         func(r *api.Receipt) { r.Organisation = strings.Repeat("a", 201) },
		"a no without a reason":       func(r *api.Receipt) { r.Code = "" },
		"a yes with a reason":         func(r *api.Receipt) { r.Outcome = api.Confirmed },
		"a code of another form":      func(r *api.Receipt) { r.Code = "VOID" },
		"a benefit of another form":   func(r *api.Receipt) { r.Benefit = "Museums" },
		"a case of another form":      func(r *api.Receipt) { r.Case = " 7" },
		"an organisation in quotes":   func(r *api.Receipt) { r.Organisation = `"A"` },
		"no issuer":                   func(r *api.Receipt) { r.IssuerName = "" },
		"no digest of the question":   func(r *api.Receipt) { r.Check = "" },
		"no digest of the answer":     func(r *api.Receipt) { r.Answer = "" },
		"a digest of another length":  func(r *api.Receipt) { r.Check = "AAAA" },
		"an outcome that is not ours": func(r *api.Receipt) { r.Outcome = 9 },
	} {
		t.Run(name, func(t *testing.T) {
			changed := r
			change(&changed)
			text, err := changed.Payload()
			require.NoError(t, err)
			got, err := api.ParseReceipt(text)
			assert.Error(t, err)
			assert.Zero(t, got)
		})
	}
	for _, text := range []string{
		"", "{}", "null", string(payload) + " ", strings.Replace(string(payload), `"level"`, `"Level"`, 1),
		strings.Replace(string(payload), "{", `{"aa":1,`, 1),
		strings.Replace(string(payload), `"level":2`, `"level":2.0`, 1),
		strings.Replace(string(payload), "È", `\u00c8`, 1),
	} {
		_, err := api.ParseReceipt([]byte(text))
		assert.Error(t, err, text)
	}
}
