package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// bare is the baseline of a check: a handler that decodes the request, verifies the signature of the token
// and signs a receipt, by the standard library. It looks nobody up and has no limits.
type bare struct {
	documents *ecdsa.PublicKey
	receipts  *ecdsa.PrivateKey
}

// serveBare serves it at the address until the process is ended, with the key of the documents in the data
// folder.
func serveBare(ctx context.Context, addr, data string) error {
	published, err := token.Folder{Dir: filepath.Join(data, "keys")}.Published(ctx)
	if err != nil {
		return err
	}
	b := &bare{}
	var ok bool
	if b.documents, ok = published[0].Key().(*ecdsa.PublicKey); !ok {
		return errors.New("the key of the documents is not for ES256")
	}
	if b.receipts, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("POST "+api.PathFirstLevel, b)
	mux.HandleFunc("POST "+emptyPath+api.PathFirstLevel, empty)
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /readyz/deep", func(http.ResponseWriter, *http.Request) {})
	return http.ListenAndServe(addr, mux)
}

// emptyPath is before the path of a check that empty answers.
const emptyPath = "/empty"

// empty reads the request and writes an answer of the size of bare's: what HTTP and the desks cost.
func empty(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(api.Result{Outcome: api.Confirmed,
		Receipt: strings.Repeat("x", receiptSize*3/2)})
}

// receiptSize is about that of a receipt's payload.
const receiptSize = 400

func (b *bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q api.FirstLevelRequest
	text, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(text, &q) != nil || !verified(b.documents, q.QR) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	receipt := []byte(strings.Repeat("x", receiptSize))
	digest := sha256.Sum256(receipt)
	signature, err := ecdsa.SignASN1(rand.Reader, b.receipts, digest[:])
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(api.Result{Outcome: api.Confirmed,
		Receipt: base64.RawURLEncoding.EncodeToString(append(receipt, signature...))})
}

// verified verifies the signature of a JWS (ES256).
func verified(key *ecdsa.PublicKey, jws string) bool {
	dot := strings.LastIndexByte(jws, '.')
	signature, err := base64.RawURLEncoding.DecodeString(jws[dot+1:])
	if dot < 0 || err != nil || len(signature) != 64 {
		return false
	}
	digest := sha256.Sum256([]byte(jws[:dot]))
	return ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(signature[:32]),
		new(big.Int).SetBytes(signature[32:]))
}
