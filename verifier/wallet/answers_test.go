package wallet

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// TestAnswers are answers that are none, and what the desk hears.
func TestAnswers(t *testing.T) {
	w := newWorld(t)
	_, earlier := w.ask(t, museum)
	one := func(r request, name string, v any) object {
		o := r.answer(w.present(r, nil))
		o[name] = v
		return o
	}
	for _, c := range []struct {
		name string
		form func(request) url.Values
		want Cause // empty if the question goes on
	}{
		{"no form", func(request) url.Values { return nil }, ""},
		{"not encrypted", func(r request) url.Values {
			return url.Values{"vp_token": {`{"card":["` + w.present(r, nil) + `"]}`}, "state": {r.State}}
		}, ""},
		{"to another key", func(r request) url.Values {
			key := jose.JSONWebKey{Key: &newKey().PublicKey, KeyID: keyID}
			return url.Values{"response": {seal(t, key, r.answer(w.present(r, nil)))}}
		}, ""},
		{"to the key of an earlier question", func(r request) url.Values {
			return earlier.sealed(t, r.answer(w.present(r, nil)))
		}, ""},
		{"another kid", func(r request) url.Values {
			key := r.ClientMetadata.JWKS.Keys[0]
			key.KeyID = "2"
			return url.Values{"response": {seal(t, key, r.answer(w.present(r, nil)))}}
		}, ""},
		{"compressed", func(r request) url.Values {
			e := must(jose.NewEncrypter(jose.A128GCM, jose.Recipient{Algorithm: jose.ECDH_ES,
				Key: r.ClientMetadata.JWKS.Keys[0]}, &jose.EncrypterOptions{Compression: jose.DEFLATE}))
			return url.Values{"response": {must(must(e.Encrypt(must(json.Marshal(
				r.answer(w.present(r, nil)))))).CompactSerialize())}}
		}, ""},
		{"with a wrapped key", func(r request) url.Values {
			e := must(jose.NewEncrypter(jose.A128GCM, jose.Recipient{Algorithm: jose.ECDH_ES_A128KW,
				Key: r.ClientMetadata.JWKS.Keys[0]}, nil))
			return url.Values{"response": {must(must(e.Encrypt([]byte("{}"))).CompactSerialize())}}
		}, ""},
		{"the state of an earlier question", func(r request) url.Values {
			return r.sealed(t, one(r, "state", earlier.State))
		}, ""},
		{"an error without the state", func(request) url.Values {
			return url.Values{"error": {"access_denied"}}
		}, ""},
		{"declined", func(r request) url.Values {
			return url.Values{"error": {"access_denied"}, "state": {r.State}}
		}, ErrDeclined},
		{"declined, encrypted", func(r request) url.Values {
			return r.sealed(t, object{"error": "access_denied", "state": r.State})
		}, ErrDeclined},
		{"two presentations", func(r request) url.Values {
			return r.sealed(t, r.answer(w.present(r, nil), w.present(r, nil)))
		}, ErrAnswer},
		{"another query", func(r request) url.Values {
			return r.sealed(t, one(r, "vp_token", object{"pid": []string{w.present(r, nil)}}))
		}, ErrAnswer},
		{"a text for a list", func(r request) url.Values {
			return r.sealed(t, one(r, "vp_token", object{queryID: w.present(r, nil)}))
		}, ErrAnswer},
		{"no JSON", func(r request) url.Values {
			return r.sealed(t, "text")
		}, ErrAnswer},
		{"a replay of an earlier presentation", func(r request) url.Values {
			return r.sealed(t, r.answer(w.present(earlier, nil)))
		}, ErrNonce},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, r := w.ask(t, museum)
			code, _ := post(t, r, c.form(r))
			report, waiting, err := w.rp.Answer("desk-1", q.ID, "")
			require.NoError(t, err)
			assert.Equal(t, c.want == "", waiting)
			if waiting {
				assert.Equal(t, http.StatusBadRequest, code)
				code, _ = approve(t, r, w.present(r, nil))
				assert.Equal(t, http.StatusOK, code, "the true answer still counts")
				return
			}
			assert.Equal(t, http.StatusOK, code)
			assert.Equal(t, c.want, report.Cause)
			assert.Equal(t, api.CannotTell, report.Verdict)
			assert.Nil(t, report.Holder)
			report, err = w.rp.Compare(t.Context(), "desk-1", q.ID, status.Yes)
			require.NoError(t, err)
			assert.Equal(t, c.want, report.Cause, "nothing was compared, whatever the desk says")
			assert.Equal(t, api.CannotTell, report.Verdict)
		})
	}
}

// TestReceiptRefuses: what is signed and no receipt for a card is none.
func TestReceiptRefuses(t *testing.T) {
	w := newWorld(t)
	good := Receipt{Benefit: "museums", Check: Digest("c", "p", "museums", ""), Declared: true,
		IssuedAt: clock.Unix(), IssuerName: "https://museum.example", ID: api.NewCheckID(),
		Outcome: api.Confirmed, Proof: Proof}
	for name, c := range map[string]struct {
		edit func(*Receipt)
		want error
	}{
		"good":             {func(*Receipt) {}, nil},
		"another proof":    {func(r *Receipt) { r.Proof = "paper" }, errReceipt},
		"another issuer":   {func(r *Receipt) { r.IssuerName = "https://other.example" }, token.ErrIssuer},
		"a code on yes":    {func(r *Receipt) { r.Code = api.CodeVoid }, errReceipt},
		"not compared":     {func(r *Receipt) { r.Declared = false }, errReceipt},
		"no digest":        {func(r *Receipt) { r.Check = "" }, errReceipt},
		"no identifier":    {func(r *Receipt) { r.ID = "" }, errReceipt},
		"no time":          {func(r *Receipt) { r.IssuedAt = 0 }, errReceipt},
		"milliseconds":     {func(r *Receipt) { r.IssuedAt = clock.UnixMilli() }, errReceipt},
		"no code on no":    {func(r *Receipt) { r.Outcome, r.Declared = api.NotConfirmed, true }, errReceipt},
		"a benefit's name": {func(r *Receipt) { r.Benefit = "State museums" }, errReceipt},
		"a code's words": {func(r *Receipt) {
			r.Outcome, r.Declared, r.Code = api.NotConfirmed, false, "is void"
		}, errReceipt},
		"too long": {func(r *Receipt) { r.IssuerName += strings.Repeat("x", 2048) }, token.ErrSize},
		"a person": {func(r *Receipt) { r.Case = "RSSMRA80A01H501U" }, errReceipt},
	} {
		r := good
		c.edit(&r)
		text, err := w.rp.config.Receipts.SignJWS(t.Context(), ReceiptType, must(json.Marshal(r)))
		require.NoError(t, err)
		_, err = VerifyReceipt(text, w.keys)
		assert.Equal(t, c.want, err, name)
	}
	for _, text := range []string{"[]", "{}", string(must(json.Marshal(good))) + " "} {
		text, err := w.rp.config.Receipts.SignJWS(t.Context(), ReceiptType, []byte(text))
		require.NoError(t, err)
		_, err = VerifyReceipt(text, w.keys)
		assert.Equal(t, errReceipt, err, text)
	}
}

// TestCompared: the digest says what the desk compared, and has an identifier of its own.
func TestCompared(t *testing.T) {
	q := &question{Ask: museum, tie: benefit.TiePicture,
		outcome: &outcome{presentation: digest("p"), report: Report{Holder: &Holder{}}}}
	for seen, compared := range map[status.Tri]string{status.Yes: "picture=yes", status.No: "picture=no",
		status.NotRecorded: ""} {
		assert.Equal(t, Digest("c", "p", "museums", compared), q.check("c", seen), compared)
	}
	q.outcome.report.Holder = nil
	assert.Equal(t, Digest("c", "p", "museums", ""), q.check("c", status.Yes), "nothing to compare")

	w := newWorld(t)
	checks := map[string]bool{}
	for range 2 {
		text, err := w.rp.receipt(t.Context(), q, Report{}, status.Yes)
		require.NoError(t, err)
		payload, err := token.VerifyJWS(ReceiptType, text, w.keys, maxReceipt)
		require.NoError(t, err)
		o, _ := parseObject(payload)
		checks[o.text("chk")] = true
	}
	assert.Len(t, checks, 2)
}

// TestLongHeader: a header is bounded apart from the presentation.
func TestLongHeader(t *testing.T) {
	header := strings.Repeat("A", maxHeader)
	_, ok := splitJWS(header + ".AAAA.AAAA")
	assert.True(t, ok)
	_, ok = splitJWS(header + "AAAA.AAAA.AAAA")
	assert.False(t, ok)
}

// TestSeconds: a time is written in one way only.
func TestSeconds(t *testing.T) {
	for text, want := range map[string]bool{"1": true, "99999999999": true, "0": false, "-1": false,
		"1e3": false, "1.0": false, "100000000000": false, `"1"`: false, "null": false} {
		o, ok := parseObject([]byte(`{"t":` + text + `}`))
		require.True(t, ok, text)
		_, ok = o.seconds("t")
		assert.Equal(t, want, ok, text)
	}
	for _, more := range []string{" ", "\n"} {
		_, ok := parseObject([]byte("{}" + more))
		assert.True(t, ok)
	}
	for _, more := range []string{"}", "{}", ",", "x", "\x00", "\u00a0", "//"} {
		_, ok := parseObject([]byte("{}" + more))
		assert.False(t, ok, more)
	}
}

// TestOneAnswer: of answers that come at the same time, one is taken.
func TestOneAnswer(t *testing.T) {
	w := newWorld(t)
	_, r := w.ask(t, museum)
	var taken atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		form := r.sealed(t, r.answer(w.present(r, nil)))
		all.Go(func() {
			response, err := http.PostForm(r.ResponseURI, form)
			if !assert.NoError(t, err) {
				return
			}
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				taken.Add(1)
			}
		})
	}
	all.Wait()
	assert.EqualValues(t, 1, taken.Load())
}

// TestStatus asks the issuer's server: what it cannot say is "cannot tell", and a revoked card is void.
func TestStatus(t *testing.T) {
	w := newWorld(t)
	ask := func() Report {
		q, r := w.ask(t, museum)
		approve(t, r, w.present(r, nil))
		report, _, err := w.rp.Answer("desk-1", q.ID, "")
		require.NoError(t, err)
		return report
	}
	list := w.list.Load()
	w.list.Store("")
	report := ask()
	assert.Equal(t, api.CannotTell, report.Verdict)
	assert.Equal(t, api.CodeUnavailable, report.Code)
	assert.Equal(t, verifier.Authentic, report.Authenticity)
	w.list.Store(list)
	assert.Equal(t, ErrNotCompared, ask().Cause)
	w.list.Store("")
	assert.Equal(t, ErrNotCompared, ask().Cause, "kept for ten minutes")
	w.now.Store(clock.Add(10 * time.Minute))
	assert.Equal(t, ErrStatusUnavailable, ask().Cause, "and not longer")
	w.list.Store(w.mint.list(nil, func(_, payload object) {
		payload["sub"], payload["status_list"] = w.url, object{"bits": 1, "lst": deflate([]byte{0b0010_0000})}
	}))
	report = ask()
	assert.Equal(t, api.CodeVoid, report.Code)
	assert.Equal(t, api.NotConfirmed, report.Verdict)
	assert.Equal(t, verifier.Authentic, report.Authenticity)
}

// TestListOfAnotherAuthority: a list counts only under the anchor of the card, though both are trusted.
func TestListOfAnotherAuthority(t *testing.T) {
	one, other := newMint(), newMint()
	anchors := []Anchor{one.anchor(), other.anchor()}
	want := expected{types: Types(), claims: claimsOf(benefit.TiePicture), audience: audience, nonce: nonce,
		asked: clock, now: clock}
	for _, c := range []struct {
		list string
		want error
	}{{one.usual, nil}, {other.usual, ErrStatusIssuer}} {
		card, err := read(one.draft().text(), anchors, want)
		require.NoError(t, err)
		l := &lists{client: &http.Client{Transport: listHost{Lists: map[string]string{listURL: c.list}}}}
		assert.Equal(t, c.want, l.check(t.Context(), card, anchors, clock))
	}
}

// TestLists keeps few lists.
func TestLists(t *testing.T) {
	var l lists
	for n := range 3 * maxLists {
		l.keep(fmt.Sprint(n), statusList{until: clock.Add(time.Duration(n) * time.Second)})
	}
	assert.Len(t, l.kept, maxLists)
	assert.Contains(t, l.kept, fmt.Sprint(3*maxLists-1))
}
