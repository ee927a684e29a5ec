package wallet

import (
	"crypto/ecdsa"
	"encoding/json"
	"net/url"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
)

const answersFile = "testdata/vectors/answers.json"

// answerVectors are answers of wallets to one question: what its key opens, and which state it has.
type answerVectors struct {
	Key   jose.JSONWebKey `json:"key"`
	State string          `json:"state"`
	Cases []answerVector  `json:"cases"`
}

type answerVector struct {
	ID           string     `json:"id"`
	Comment      string     `json:"comment"`
	Form         url.Values `json:"form"`
	Expected     Cause      `json:"expected"`
	Presentation string     `json:"presentation,omitempty"`
}

func makeAnswers() answerVectors {
	key := newKey()
	v := answerVectors{Key: jose.JSONWebKey{Key: key, KeyID: keyID, Algorithm: "ECDH-ES", Use: "enc"},
		State: "S-1"}
	const card = "eyJhbGciOiJFUzI1NiJ9.e30.c2ln~eyJ0eXAiOiJrYitqd3QifQ.e30.c2ln"
	good := object{"state": v.State, "vp_token": object{queryID: []string{card}}}
	with := func(name string, value any) object {
		o := object{"state": good["state"], "vp_token": good["vp_token"]}
		o[name] = value
		return o
	}
	seal := func(alg jose.KeyAlgorithm, enc jose.ContentEncryption, to *ecdsa.PrivateKey, kid string,
		zip jose.CompressionAlgorithm, plain any) url.Values {
		e := must(jose.NewEncrypter(enc, jose.Recipient{Algorithm: alg, Key: &to.PublicKey, KeyID: kid},
			&jose.EncrypterOptions{Compression: zip}))
		sealed := must(e.Encrypt(must(json.Marshal(plain))))
		return url.Values{"response": {must(sealed.CompactSerialize())}}
	}
	usual := func(plain any) url.Values {
		return seal(jose.ECDH_ES, jose.A256GCM, key, keyID, jose.NONE, plain)
	}
	add := func(id, comment string, want Cause, form url.Values) {
		one := answerVector{ID: id, Comment: comment, Form: form, Expected: want}
		if want == "" {
			one.Presentation = card
		}
		v.Cases = append(v.Cases, one)
	}
	add("good", "A256GCM", "", usual(good))
	add("good_128", "A128GCM", "", seal(jose.ECDH_ES, jose.A128GCM, key, keyID, jose.NONE, good))
	add("empty", "an empty form", ErrEncryption, url.Values{})
	add("plain", "not encrypted", ErrEncryption,
		url.Values{"state": {v.State}, "vp_token": {`{"card":["` + card + `"]}`}})
	add("other_key", "encrypted to another key", ErrEncryption,
		seal(jose.ECDH_ES, jose.A256GCM, newKey(), keyID, jose.NONE, good))
	add("other_kid", "another kid", ErrEncryption,
		seal(jose.ECDH_ES, jose.A256GCM, key, "2", jose.NONE, good))
	add("no_kid", "no kid", ErrEncryption, seal(jose.ECDH_ES, jose.A256GCM, key, "", jose.NONE, good))
	add("wrapped", "a wrapped key", ErrEncryption,
		seal(jose.ECDH_ES_A128KW, jose.A256GCM, key, keyID, jose.NONE, good))
	add("cbc", "AES-CBC", ErrEncryption, seal(jose.ECDH_ES, jose.A128CBC_HS256, key, keyID, jose.NONE, good))
	add("zip", "compressed", ErrEncryption, seal(jose.ECDH_ES, jose.A256GCM, key, keyID, jose.DEFLATE, good))
	critical := must(jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.ECDH_ES,
		Key: &key.PublicKey, KeyID: keyID}, (&jose.EncrypterOptions{}).WithHeader("crit", []string{"exp"})))
	add("crit", "a critical member of the header", ErrEncryption, url.Values{"response": {
		must(must(critical.Encrypt(must(json.Marshal(good)))).CompactSerialize())}})
	changed := usual(good).Get("response")
	add("changed", "one character less", ErrEncryption, url.Values{"response": {changed[:len(changed)-1]}})
	add("state", "another state", ErrState, usual(with("state", "S-2")))
	add("no_state", "no state", ErrState, usual(object{"vp_token": good["vp_token"]}))
	add("declined_plain_state", "an error with another state", ErrState,
		url.Values{"error": {"access_denied"}})
	add("declined", "an error", ErrDeclined, usual(object{"state": v.State, "error": "access_denied"}))
	add("declined_plain", "an error without encryption", ErrDeclined,
		url.Values{"error": {"access_denied"}, "state": {v.State}})
	add("no_object", "the payload is an array", ErrAnswer, usual([]string{card}))
	add("no_token", "no vp_token", ErrAnswer, usual(object{"state": v.State}))
	add("other_query", "an answer to another query", ErrAnswer,
		usual(with("vp_token", object{"pid": []string{card}})))
	add("two_queries", "an answer to two queries", ErrAnswer,
		usual(with("vp_token", object{queryID: []string{card}, "pid": []string{card}})))
	add("text", "a text for an array, as in drafts", ErrAnswer,
		usual(with("vp_token", object{queryID: card})))
	add("none", "no presentation", ErrAnswer, usual(with("vp_token", object{queryID: []string{}})))
	add("two", "two presentations", ErrAnswer, usual(with("vp_token", object{queryID: []string{card, card}})))
	add("number", "a number for a presentation", ErrAnswer,
		usual(with("vp_token", object{queryID: []int{1}})))
	return v
}

// TestAnswerVectors compares each answer with its one cause.
func TestAnswerVectors(t *testing.T) {
	all := golden(t, answersFile, makeAnswers)
	q := &question{key: all.Key.Key.(*ecdsa.PrivateKey), state: all.State}
	for _, c := range all.Cases {
		presentation, cause := q.open(c.Form)
		assert.Equal(t, c.Expected, cause, c.ID)
		assert.Equal(t, c.Presentation, presentation, c.ID)
	}
	assert.Len(t, all.Cases, 25)
}
