package wallet

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

const (
	// maxResponse is the maximum length of a wallet's answer in bytes: a presentation, encrypted, twice in
	// base64url.
	maxResponse = 2*MaxPresentation + 64<<10
	// keyID is the kid of the key of each question; a question has only one.
	keyID = "1"
)

// Handler serves the two addresses that a wallet calls, below [Config.Address]: /request/ID and /response/ID.
// Mount it there with http.StripPrefix. Limit the rate of calls in front of it.
func (rp *RelyingParty) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /request/{id}", rp.serveRequest)
	mux.HandleFunc("POST /request/{id}", rp.serveRequest)
	mux.HandleFunc("POST /response/{id}", rp.serveResponse)
	return mux
}

func (rp *RelyingParty) serveRequest(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10) // wallet_metadata may be long; it is not read
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "not a form, or too long")
		return
	}
	nonce := r.PostForm.Get("wallet_nonce")
	if nonce != "" && !regexp.MustCompile(`^[A-Za-z0-9._~-]{1,256}$`).MatchString(nonce) {
		refuse(w, http.StatusBadRequest, "wallet_nonce")
		return
	}
	rp.mu.Lock()
	q, ok := rp.find(r.PathValue("id"))
	ok = ok && !q.taken
	rp.mu.Unlock()
	if !ok {
		refuse(w, http.StatusNotFound, "no such question")
		return
	}
	text, err := rp.requestObject(q, nonce)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "the request cannot be signed")
		return
	}
	w.Header().Set("Content-Type", "application/oauth-authz-req+jwt")
	_, _ = w.Write([]byte(text)) // the wallet has gone if this fails
}

// serveResponse takes the first answer that is encrypted to the question's key and has its state, and no
// second one.
func (rp *RelyingParty) serveResponse(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxResponse)
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "not a form, or too long")
		return
	}
	rp.mu.Lock()
	q, ok := rp.find(r.PathValue("id"))
	rp.mu.Unlock()
	if !ok {
		refuse(w, http.StatusNotFound, "no such question")
		return
	}
	text, cause := q.open(r.PostForm)
	if cause == ErrEncryption || cause == ErrState { // who only knows the address must not end the question
		refuse(w, http.StatusBadRequest, string(cause))
		return
	}
	rp.mu.Lock()
	first := !q.taken
	q.taken = true
	rp.mu.Unlock()
	if !first {
		refuse(w, http.StatusBadRequest, "already answered")
		return
	}
	// The wallet may hang up while the status list comes; the desk still waits.
	outcome := rp.judge(context.WithoutCancel(r.Context()), q, text, cause)
	rp.mu.Lock()
	q.outcome = outcome
	rp.mu.Unlock()
	answer := map[string]string{}
	if back, err := url.Parse(q.Return); err == nil && q.Return != "" {
		values := back.Query()
		values.Set("response_code", q.code)
		back.RawQuery = values.Encode()
		answer["redirect_uri"] = back.String()
	}
	writeJSON(w, http.StatusOK, answer)
}

func refuse(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, map[string]string{"error": "invalid_request", "error_description": text})
}

func writeJSON(w http.ResponseWriter, status int, v map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the wallet has gone if this fails
}

// open returns the presentation of an answer, or the cause why there is none.
func (q *question) open(form url.Values) (string, Cause) {
	parameters := object{}
	if sealed := form.Get("response"); sealed != "" {
		plain, ok := q.decrypt(sealed)
		if !ok {
			return "", ErrEncryption
		}
		if parameters, ok = parseObject(plain); !ok {
			return "", ErrAnswer
		}
	} else { // an error may come without encryption (OpenID4VP 1.0, section 8.3)
		if form.Get("error") == "" {
			return "", ErrEncryption
		}
		parameters["error"], parameters["state"] = form.Get("error"), form.Get("state")
	}
	if !same(parameters.text("state"), q.state) {
		return "", ErrState
	}
	if parameters["error"] != nil {
		return "", ErrDeclined
	}
	token, _ := parameters["vp_token"].(object)
	list, _ := token[queryID].([]any)
	if len(token) != 1 || len(list) != 1 {
		return "", ErrAnswer
	}
	text, _ := list[0].(string)
	if text == "" {
		return "", ErrAnswer
	}
	return text, ""
}

// decrypt opens a JWE of the profile: ECDH-ES with the question's key, AES-GCM, without compression.
func (q *question) decrypt(text string) ([]byte, bool) {
	header, _, _ := strings.Cut(text, ".")
	raw, ok := decode(header)
	members, ok2 := parseObject(raw)
	if !ok || !ok2 || members["zip"] != nil || members.text("kid") != keyID {
		return nil, false
	}
	sealed, err := jose.ParseEncryptedCompact(text, []jose.KeyAlgorithm{jose.ECDH_ES},
		[]jose.ContentEncryption{jose.A128GCM, jose.A256GCM})
	if err != nil {
		return nil, false
	}
	plain, err := sealed.Decrypt(q.key)
	return plain, err == nil
}
