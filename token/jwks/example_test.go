package jwks_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
)

// fixedKeys is a set of one key that is the same in each run.
func fixedKeys(context.Context) ([]token.PublicKey, error) {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	key, err := token.NewPublicKey("https://qr.example.it", private.Public())
	return []token.PublicKey{key}, err
}

// An issuing body mounts its key set; token.Folder{…}.Published is such a function.
func ExamplePublisher() {
	mux := http.NewServeMux()
	mux.Handle(jwks.Path, jwks.Publisher{Keys: fixedKeys, MaxAge: time.Hour})

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/.well-known/jwks.json", nil))
	fmt.Println(w.Code, w.Header().Get("Cache-Control"))
	fmt.Println(w.Body)
	// Output:
	// 200 public, max-age=3600
	// {
	//   "issuer": "https://qr.example.it",
	//   "keys": [
	//     {
	//       "use": "sig",
	//       "kty": "OKP",
	//       "kid": "9ZP03Nu8GrU",
	//       "crv": "Ed25519",
	//       "alg": "EdDSA",
	//       "x": "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik"
	//     }
	//   ]
	// }
}

// A checking body refreshes at start, and asks for the keys for each token.
func ExampleClient() {
	issuer := httptest.NewServer(jwks.Publisher{Keys: fixedKeys})
	defer issuer.Close()

	client := &jwks.Client{
		IssuerName: "https://qr.example.it",
		URL:        issuer.URL, // a server of this example; empty for the real one
	}
	defer client.Close()
	if err := client.Refresh(context.Background()); err != nil {
		fmt.Println("for now with what was loaded:", err)
	}

	keys, _, err := client.Keys()
	if err != nil {
		fmt.Println("cannot tell:", err)
		return
	}
	fmt.Println(keys[0].IssuerName(), keys[0].Algorithm())

	// Signed with a key that the issuer does not publish, or not yet.
	scanned := "eyJhbGciOiJFUzI1NiIsImtpZCI6IkFBQUFBQUFBQUFBIiwidHlwIjoiYXR0ZXN0YStqd3QifQ.e30." +
		strings.Repeat("A", 86)
	if _, err := token.Verify(scanned, keys, time.Now()); err == token.ErrUnknownKey {
		client.Missed()
		fmt.Println("cannot tell:", err)
	}
	// Output:
	// https://qr.example.it EdDSA
	// cannot tell: token refused: unknown_key
}

// If there may be no network at start, the keys of an earlier run serve for a while.
func ExampleClient_Load() {
	client := &jwks.Client{IssuerName: "https://qr.example.it", File: "no-such-folder/qr.example.it.json"}
	defer client.Close()
	if err := client.Load(); err != nil {
		fmt.Println("the first start, or a damaged file")
	}
	// Output: the first start, or a damaged file
}
