package wallet

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// world is a relying party behind a server, an issuer whose list has a server too, and a phone.
type world struct {
	*mint
	rp   *RelyingParty
	keys []token.PublicKey // of receipts
	now  atomic.Value      // the clock, a time.Time
	url  string            // of the status list
	list atomic.Value      // what the issuer's server sends, a string; empty: it hangs up
}

func newWorld(t *testing.T) *world {
	w := &world{mint: newMint()}
	w.now.Store(clock)
	issuer := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if w.list.Load() == "" {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(rw, w.list.Load().(string))
	}))
	t.Cleanup(issuer.Close)
	w.url = issuer.URL + "/lists/1"
	w.list.Store(w.mint.list(nil, func(_, payload object) { payload["sub"] = w.url }))

	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		http.StripPrefix("/wallet", handler).ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	access := certify(certify(nil, "Access authority", newKey(), isCA), "Museum", newKey(),
		func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature })
	receipts, err := token.NewSigningKey(t.Context(), "https://museum.example", newKey())
	require.NoError(t, err)
	w.keys = []token.PublicKey{receipts.Public()}
	w.rp, err = New(Config{Key: access.key, Chain: []*x509.Certificate{access.Certificate},
		Anchors: []Anchor{w.anchor()}, Address: server.URL + "/wallet", Name: "Museum",
		Logo: server.URL + "/logo.png", Benefits: benefit.Default(),
		Receipts: receipts, Now: w.time})
	require.NoError(t, err)
	handler = w.rp.Handler()
	return w
}

func (w *world) time() time.Time { return w.now.Load().(time.Time) }

// request is what the phone reads of a request object.
type request struct {
	ClientID       string `json:"client_id"`
	ResponseURI    string `json:"response_uri"`
	Nonce          string `json:"nonce"`
	State          string `json:"state"`
	WalletNonce    string `json:"wallet_nonce"`
	ClientMetadata struct {
		JWKS jose.JSONWebKeySet `json:"jwks"`
	} `json:"client_metadata"`
	Query json.RawMessage `json:"dcql_query"`
}

// scan does what a phone does with a link: it gets the request and checks who asks.
func scan(t *testing.T, link string) request {
	t.Helper()
	_, query, _ := strings.Cut(link, "?")
	values, err := url.ParseQuery(query)
	require.NoError(t, err)
	require.Equal(t, "post", values.Get("request_uri_method"))
	response, err := http.PostForm(values.Get("request_uri"), url.Values{"wallet_nonce": {"n-1"}})
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, "application/oauth-authz-req+jwt", response.Header.Get("Content-Type"))
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	signed, err := jose.ParseSignedCompact(string(text), []jose.SignatureAlgorithm{jose.ES256})
	require.NoError(t, err)
	header := signed.Signatures[0].Protected
	require.Equal(t, "oauth-authz-req+jwt", header.ExtraHeaders["typ"])
	raw, _ := parseObject(must(base64.RawURLEncoding.DecodeString(strings.Split(string(text), ".")[0])))
	der, err := base64.StdEncoding.DecodeString(raw["x5c"].([]any)[0].(string))
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	payload, err := signed.Verify(leaf.PublicKey)
	require.NoError(t, err)
	var r request
	require.NoError(t, json.Unmarshal(payload, &r))
	sum := sha256.Sum256(der)
	require.Equal(t, "x509_hash:"+b64.EncodeToString(sum[:]), r.ClientID)
	require.Equal(t, r.ClientID, values.Get("client_id"))
	require.Equal(t, "n-1", r.WalletNonce)
	return r
}

// present makes the presentation that answers a request, and what edit makes of it.
func (w *world) present(r request, edit func(*draft)) string {
	d := w.draft()
	d.payload["status"] = object{"status_list": object{"idx": 5, "uri": w.url}}
	d.bound["aud"], d.bound["nonce"], d.bound["iat"] = r.ClientID, r.Nonce, w.time().Unix()
	if edit != nil {
		edit(d)
	}
	return d.text()
}

// seal encrypts an answer as a wallet does.
func seal(t *testing.T, to jose.JSONWebKey, answer any) string {
	t.Helper()
	e, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.ECDH_ES, Key: to}, nil)
	require.NoError(t, err)
	sealed, err := e.Encrypt(must(json.Marshal(answer)))
	require.NoError(t, err)
	return must(sealed.CompactSerialize())
}

func (r request) answer(presentations ...string) object {
	return object{"state": r.State, "vp_token": object{queryID: presentations}}
}

// sealed returns the form with an answer that is encrypted to the request's key.
func (r request) sealed(t *testing.T, answer any) url.Values {
	t.Helper()
	return url.Values{"response": {seal(t, r.ClientMetadata.JWKS.Keys[0], answer)}}
}

// post sends a form to the response address and returns the HTTP status and the members of the answer.
func post(t *testing.T, r request, form url.Values) (int, object) {
	t.Helper()
	response, err := http.PostForm(r.ResponseURI, form)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	o, _ := parseObject(body)
	return response.StatusCode, o
}

// approve sends presentations, sealed to the request's key.
func approve(t *testing.T, r request, presentations ...string) (int, object) {
	t.Helper()
	return post(t, r, r.sealed(t, r.answer(presentations...)))
}

// ask asks a question, which the phone scans.
func (w *world) ask(t *testing.T, ask Ask) (Question, request) {
	t.Helper()
	q, err := w.rp.Start(ask)
	require.NoError(t, err)
	return q, scan(t, q.Link)
}

var museum = Ask{Desk: "desk-1", Benefit: "museums", Case: "2026/7"}

// TestCrossDevice is the whole way at a desk: a QR, an answer, the desk compares.
func TestCrossDevice(t *testing.T) {
	w := newWorld(t)
	q, err := w.rp.Start(museum)
	require.NoError(t, err)
	assert.Equal(t, []string{allowance, "picture", "portrait"}, q.Claims)
	assert.Equal(t, clock.Add(Lifetime), q.Expires)
	r := scan(t, q.Link)
	const claim = `"constant_attendance_allowance"`
	assert.JSONEq(t, `{"credentials":[{"id":"card","format":"dc+sd-jwt","meta":{"vct_values":[
		"urn:it-wallet:EuropeanDisabilityCard:1",
		"https://ta.wallet.ipzs.it/vct/v1.0.0/europeandisabilitycard",
		"urn:eudi:EuropeanDisabilityCard:it:1","urn:eu.europa.ec.eudi:edc:1"]},
		"claims":[{"id":`+claim+`,"path":[`+claim+`],"values":[true]},
		{"id":"picture","path":["picture"]},{"id":"portrait","path":["portrait"]}],
		"claim_sets":[[`+claim+`,"picture"],[`+claim+`,"portrait"]]}]}`, string(r.Query))
	_, waiting, err := w.rp.Answer("desk-1", q.ID, "")
	require.NoError(t, err)
	assert.True(t, waiting)
	_, err = w.rp.Compare(t.Context(), "desk-1", q.ID, status.Yes)
	assert.ErrorIs(t, err, ErrNoQuestion, "nothing to compare yet")

	code, body := approve(t, r, w.present(r, nil))
	assert.Equal(t, http.StatusOK, code)
	assert.Empty(t, body)
	_, _, err = w.rp.Answer("desk-2", q.ID, "")
	assert.ErrorIs(t, err, ErrNoQuestion, "another desk hears nothing")
	report, waiting, err := w.rp.Answer("desk-1", q.ID, "")
	require.NoError(t, err)
	assert.False(t, waiting)
	assert.Equal(t, verifier.Authentic, report.Authenticity)
	assert.Equal(t, api.CannotTell, report.Verdict, "an approval alone is no yes")
	assert.Equal(t, api.CodeNeedsEvidence, report.Code)
	assert.Equal(t, "\xff\xd8\xff\xd9", string(report.Holder.Picture))
	assert.Empty(t, w.rp.questions[q.ID].outcome.card.claims, "nothing else of the card is kept")
	for _, text := range []string{fmt.Sprintf("%+v", *report.Holder), string(must(json.Marshal(report))),
		string(must(json.Marshal(report.Holder)))} {
		assert.NotContains(t, text, "255 216")
		assert.NotContains(t, text, "/9j/")
	}

	code, _ = approve(t, r, w.present(r, nil))
	assert.Equal(t, http.StatusBadRequest, code, "a second answer")
	report, err = w.rp.Compare(t.Context(), "desk-1", q.ID, status.Yes)
	require.NoError(t, err)
	assert.Equal(t, api.Confirmed, report.Verdict)
	assert.Empty(t, report.Code)
	assert.Nil(t, report.Holder)
	for _, c := range report.Checks {
		assert.Equal(t, verifier.Pass, c.Result, c.Name)
	}
	receipt, err := VerifyReceipt(report.Receipt, w.keys)
	require.NoError(t, err)
	assert.Equal(t, Receipt{Benefit: "museums", Case: "2026/7", Check: receipt.Check, Declared: true,
		IssuedAt: clock.Unix(), IssuerName: "https://museum.example", ID: receipt.ID, Outcome: api.Confirmed,
		Proof: "openid4vp"}, receipt)
	code, _ = approve(t, r, w.present(r, nil))
	assert.Equal(t, http.StatusNotFound, code, "the question is over")
	assert.Empty(t, w.rp.questions, "nothing is kept")
}

// TestRelay is a friend at home who approves what somebody else shows at the desk.
func TestRelay(t *testing.T) {
	w := newWorld(t)
	for _, seen := range []status.Tri{status.No, status.NotRecorded} {
		q, r := w.ask(t, museum)
		approve(t, r, w.present(r, nil))
		_, _, err := w.rp.Answer("desk-1", q.ID, "")
		require.NoError(t, err)
		report, err := w.rp.Compare(t.Context(), "desk-1", q.ID, seen)
		require.NoError(t, err)
		assert.Equal(t, api.CannotTell, report.Verdict, "the picture is not that of the person")
		assert.Equal(t, ErrNotCompared, report.Cause)
		assert.Nil(t, report.Holder)
		receipt, err := VerifyReceipt(report.Receipt, w.keys)
		require.NoError(t, err)
		assert.Equal(t, api.CodeNeedsEvidence, receipt.Code)
		assert.False(t, receipt.Declared)
	}
}

// TestSameDevice approves on the phone that shows the page: the answer counts in the browser that comes back.
func TestSameDevice(t *testing.T) {
	w := newWorld(t)
	ask := museum
	ask.Return = "https://museum.example/back?lang=it"
	q, r := w.ask(t, ask)
	code, body := approve(t, r, w.present(r, nil))
	assert.Equal(t, http.StatusOK, code)
	back, err := url.Parse(body.text("redirect_uri"))
	require.NoError(t, err)
	assert.Equal(t, "it", back.Query().Get("lang"))
	other, err := w.rp.Start(ask)
	require.NoError(t, err)
	assert.NotEqual(t, w.rp.questions[other.ID].code, back.Query().Get("response_code"))
	for _, wrong := range []string{"", "other"} {
		_, waiting, err := w.rp.Answer("desk-1", q.ID, wrong)
		require.NoError(t, err)
		assert.True(t, waiting, "approved, and the browser did not come back")
		_, err = w.rp.Compare(t.Context(), "desk-1", q.ID, status.Yes)
		assert.ErrorIs(t, err, ErrNoQuestion)
	}
	_, _, err = w.rp.Answer("desk-2", q.ID, back.Query().Get("response_code"))
	assert.ErrorIs(t, err, ErrNoQuestion, "the browser of somebody else came back")
	report, waiting, err := w.rp.Answer("desk-1", q.ID, back.Query().Get("response_code"))
	require.NoError(t, err)
	assert.False(t, waiting)
	assert.NotNil(t, report.Holder)
}

// TestStart refuses what a card cannot answer, and more questions than fit.
func TestStart(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		ask  Ask
		want error
	}{
		{Ask{Desk: "d", Benefit: "competition_preselection"}, ErrNotByCard}, // a percentage
		{Ask{Desk: "d", Benefit: "unknown"}, ErrNotByCard},
		{Ask{Desk: "d", Benefit: "museums", Case: "RSSMRA80A01H501U"}, ErrCase},
		{Ask{Benefit: "museums"}, ErrDesk},
		{Ask{Desk: "d", Benefit: "museums", Return: "https://museum.example/%"}, ErrDesk},
	} {
		_, err := w.rp.Start(c.ask)
		assert.ErrorIs(t, err, c.want)
	}
	_, r := w.ask(t, museum)
	w.now.Store(clock.Add(Lifetime))
	code, _ := approve(t, r, w.present(r, nil))
	assert.Equal(t, http.StatusNotFound, code, "too late")
}

// TestForgotten: what nobody asks about any more is not kept either.
func TestForgotten(t *testing.T) {
	w := newWorld(t)
	q, r := w.ask(t, museum)
	approve(t, r, w.present(r, nil))
	_, _, err := w.rp.Answer("desk-1", q.ID, "")
	require.NoError(t, err)
	kept := weak.Make(w.rp.questions[q.ID])
	_, err = w.rp.Compare(t.Context(), "desk-1", q.ID, status.Yes)
	require.NoError(t, err)
	runtime.GC()
	assert.Nil(t, kept.Value(), "compared")

	q, r = w.ask(t, museum)
	_, err = w.rp.Compare(t.Context(), "desk-2", q.ID, status.NotRecorded)
	assert.ErrorIs(t, err, ErrNoQuestion)
	assert.Len(t, w.rp.questions, 1, "another desk ends nothing")
	_, err = w.rp.Compare(t.Context(), "desk-1", q.ID, status.NotRecorded)
	assert.ErrorIs(t, err, ErrNoQuestion)
	code, _ := approve(t, r, w.present(r, nil))
	assert.Equal(t, http.StatusNotFound, code, "the desk has given up")

	synctest.Test(t, func(t *testing.T) {
		for range MaxQuestions {
			_, err := w.rp.Start(museum)
			require.NoError(t, err)
		}
		_, err := w.rp.Start(museum)
		assert.ErrorIs(t, err, ErrBusy)
		time.Sleep(Lifetime)
		synctest.Wait()
		assert.Empty(t, w.rp.questions)
		_, err = w.rp.Start(museum)
		assert.NoError(t, err)
	})
}

// TestName ties the card by its name, as a row may say.
func TestName(t *testing.T) {
	w := newWorld(t)
	var err error
	w.rp.config.Benefits, err = benefit.Default().Merge([]byte(`attesta-benefits 1 2026-11-30

benefit x.bus
  it: Autobus
  law: L. 1
  checked: 2026-11-30 read
  condition: category(attendance)
  card: name

benefit x.over
  it: Treno
  law: L. 1
  checked: 2026-11-30 read
  valid_until: 2026-11-29
  condition: category(attendance)
  card: name
`))
	require.NoError(t, err)
	_, err = w.rp.Start(Ask{Desk: "d", Benefit: "x.over"})
	assert.ErrorIs(t, err, ErrNotByCard, "the row is over")
	q, r := w.ask(t, Ask{Desk: "d", Benefit: "x.bus"})
	approve(t, r, w.present(r, func(d *draft) { d.shown = []string{allowance, "given_name", "family_name"} }))
	report, _, err := w.rp.Answer("d", q.ID, "")
	require.NoError(t, err)
	assert.Equal(t, &Holder{Name: "Ada Rossi"}, report.Holder)
}

// TestNew refuses what could not work.
func TestNew(t *testing.T) {
	w := newWorld(t)
	for name, edit := range map[string]func(*Config){
		"no key":         func(c *Config) { c.Key = nil },
		"another key":    func(c *Config) { c.Key = newKey() },
		"no certificate": func(c *Config) { c.Chain = nil },
		"self-signed": func(c *Config) {
			own := certify(nil, "Museum", c.Key, nil)
			c.Chain = []*x509.Certificate{own.Certificate}
		},
		"no anchor":      func(c *Config) { c.Anchors = nil },
		"anchor twice":   func(c *Config) { c.Anchors = append(c.Anchors[:1:1], c.Anchors[0]) },
		"anchor no CA":   func(c *Config) { c.Anchors = []Anchor{{Certificate: w.leaf.Certificate}} },
		"http elsewhere": func(c *Config) { c.Address = "http://museum.example" },
		"no name":        func(c *Config) { c.Name = "" },
		"receipt key": func(c *Config) {
			c.Receipts = must(token.NewReceiptKey(t.Context(), "https://museum.example", newKey()))
		},
		"query": func(c *Config) { c.Address = "https://museum.example/?a" },
	} {
		c := w.rp.config
		edit(&c)
		_, err := New(c)
		assert.Error(t, err, name)
	}
}

// TestCauses: a code for each, and no no but for a card that is false or over.
func TestCauses(t *testing.T) {
	for _, c := range Causes() {
		assert.NotEmpty(t, c.Code(), c)
		assert.Contains(t, api.Codes(), c.Code())
		no := c.Authenticity() == verifier.NotAuthentic || c == ErrExpired || c == ErrNotYetValid ||
			c == ErrRevoked
		assert.Equal(t, no, c.Code().Outcome() == api.NotConfirmed, c)
	}
}
