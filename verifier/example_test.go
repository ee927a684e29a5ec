package verifier_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
)

func ExampleClient_Check() {
	// The key set and the token are the worked example of token/FORMAT.md.
	keys, err := token.ParseJWKS([]byte(`{"issuer":"https://qr.example.it","keys":[{
		"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
		"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`), "")
	if err != nil {
		log.Fatal(err)
	}
	desk, err := verifier.New(verifier.TrustAnchor{Name: "https://qr.example.it", Keys: keys})
	if err != nil {
		log.Fatal(err)
	}
	desk.Now = func() time.Time { return time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC) }

	scanned := "https://qr.example.it/q#" +
		"eyJhbGciOiJFUzI1NiIsImtpZCI6Im9LSXl3dkdVcFRVIiwidHlwIjoiYXR0ZXN0YStqd3QifQ." +
		"eyJpc3MiOiJodHRwczovL3FyLmV4YW1wbGUuaXQiLCJzdWIi" +
		"OiJBQUZ3amwwYjlUYmFjazNlQ2MzdldMY3ciLCJpYXQiOjE3OTUzMDU2MDAsImV4cCI6MTk1MzE1NDgwMH0." +
		"Edp4SIDmM8EpULI6h3RmB9o7hiFTjg330aHxAtpKkPgFw_StX_yRz5u5MkAet9-ghS51jH88ia32D2ui0jJ7lQ"
	for _, text := range []string{scanned, scanned[:300], "https://example.org/menu"} {
		report := desk.Check(context.Background(), text, codicefiscale.Code{})
		fmt.Printf("paper %s, status %s, cause %q\n", report.Authenticity, report.Verdict, report.Code)
	}
	// Output:
	// paper authentic, status cannot_tell, cause ""
	// paper not_authentic, status not_confirmed, cause "shape"
	// paper cannot_tell, status cannot_tell, cause "not_ours"
}
