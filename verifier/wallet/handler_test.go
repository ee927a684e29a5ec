package wallet

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/benefit"
)

// TestRequest compares all that a wallet reads, so that nothing more is asked for unnoticed.
func TestRequest(t *testing.T) {
	w := newWorld(t)
	q, err := w.rp.Start(museum)
	require.NoError(t, err)
	open := w.rp.questions[q.ID]
	text, err := w.rp.requestObject(open, "n-1")
	require.NoError(t, err)
	signed, ok := splitJWS(text)
	require.True(t, ok)
	key := jwk(&open.key.PublicKey)
	key["use"], key["alg"], key["kid"] = "enc", "ECDH-ES", "1"
	address := w.rp.config.Address
	want := object{"aud": "https://self-issued.me/v2", "iss": w.rp.ClientID(), "client_id": w.rp.ClientID(),
		"response_type": "vp_token", "response_mode": "direct_post.jwt",
		"response_uri": address + "/response/" + q.ID, "nonce": open.nonce, "state": open.state,
		"iat": clock.Unix(), "exp": clock.Add(Lifetime).Unix(), "wallet_nonce": "n-1",
		"dcql_query": query(Types(), benefit.TiePicture),
		"client_metadata": object{"jwks": object{"keys": []object{key}},
			"encrypted_response_enc_values_supported": []string{"A128GCM", "A256GCM"},
			"vp_formats_supported": object{"dc+sd-jwt": object{
				"sd-jwt_alg_values": []string{"ES256"}, "kb-jwt_alg_values": []string{"ES256"}}},
			"application_type": "web", "client_id": address, "client_name": "Museum",
			"logo_uri": w.rp.config.Logo, "request_uris": []string{address + "/request/" + q.ID},
			"response_uris": []string{address + "/response/" + q.ID}}}
	assert.JSONEq(t, string(must(json.Marshal(want))), string(signed.payload))
	assert.Equal(t, []string{allowance, "given_name", "family_name"}, claimsOf(benefit.TieName))
	second, err := w.rp.Start(museum)
	require.NoError(t, err)
	other := w.rp.questions[second.ID]
	assert.NotEqual(t, []string{open.id, open.nonce, open.state, open.code},
		[]string{other.id, other.nonce, other.state, other.code})
	assert.False(t, open.key.Equal(other.key), "an answer opens with the key of its question only")
}

// TestHandler: what is no call of a wallet is refused before anything is read of it, and nothing is cached.
func TestHandler(t *testing.T) {
	w := newWorld(t)
	q, r := w.ask(t, museum)
	request, response := w.rp.config.Address+"/request/"+q.ID, r.ResponseURI
	send := func(address, body string) (int, string) {
		t.Helper()
		got, err := http.Post(address, "application/x-www-form-urlencoded", strings.NewReader(body))
		require.NoError(t, err)
		defer got.Body.Close()
		assert.Equal(t, "no-store", got.Header.Get("Cache-Control"))
		text, err := io.ReadAll(got.Body)
		require.NoError(t, err)
		return got.StatusCode, string(text)
	}
	const long = "not a form, or too long"
	for _, c := range []struct {
		address, body, says string
		code                int
	}{
		{request, "wallet_nonce=" + strings.Repeat("a", 256), "", http.StatusOK},
		{request, "wallet_nonce=" + strings.Repeat("a", 257), "wallet_nonce", http.StatusBadRequest},
		{request, "wallet_nonce=a%0ab", "wallet_nonce", http.StatusBadRequest},
		{request, "wallet_nonce=a&x=" + strings.Repeat("a", 64<<10), long, http.StatusBadRequest},
		{request + "0", "", "no such question", http.StatusNotFound},
		{response + "0", "", "no such question", http.StatusNotFound},
		{response, "response=" + strings.Repeat("a", maxResponse), long, http.StatusBadRequest},
		{response, "response=" + strings.Repeat("a", maxResponse-9), "encryption", http.StatusBadRequest},
	} {
		code, text := send(c.address, c.body)
		assert.Equal(t, c.code, code, c.says)
		assert.Contains(t, text, c.says)
	}
	form := r.sealed(t, r.answer(w.present(r, nil)))
	code, _ := send(response, form.Encode())
	assert.Equal(t, http.StatusOK, code)
	code, _ = send(request, url.Values{}.Encode())
	assert.Equal(t, http.StatusNotFound, code, "who comes after the answer is not asked any more")
}

// TestHangUp: the desk hears the answer of a wallet that did not wait for ours.
func TestHangUp(t *testing.T) {
	w := newWorld(t)
	q, r := w.ask(t, museum)
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	call := httptest.NewRequestWithContext(gone, http.MethodPost, "/response/"+q.ID,
		strings.NewReader(r.sealed(t, r.answer(w.present(r, nil))).Encode()))
	call.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w.rp.Handler().ServeHTTP(httptest.NewRecorder(), call)
	report, waiting, err := w.rp.Answer("desk-1", q.ID, "")
	require.NoError(t, err)
	assert.False(t, waiting)
	assert.Equal(t, ErrNotCompared, report.Cause)
}
