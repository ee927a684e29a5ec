package verifier_test

import (
	"strings"
	"testing"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// For any text, the offline check does not confirm a status. Without the issuer's signature it does not call
// a paper authentic, and the report's code is also the code of exactly one check.
func FuzzCheck(f *testing.F) {
	folder := token.Folder{Dir: f.TempDir(), IssuerName: issuerName, Now: func() time.Time {
		return issuedAt
	}}
	key, err := folder.AddSigningKey(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	client, err := verifier.New(verifier.TrustAnchor{Name: issuerName, Keys: []token.PublicKey{key.Public()}})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		"", " \n", "https://qr.example.it/q#", "HC1:6BF",
		"eyJhbGciOiJFUzI1NiJ9.e30." + strings.Repeat("A", 86), "eyJ" + strings.Repeat("A", 2000),
		"#eyJ.eyJ.eyJ",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := client.Check(t.Context(), text, codicefiscale.Code{})
		if r.Verdict == api.Confirmed || r.Authenticity == verifier.Authentic || r.Paper != nil ||
			r.Code == "" {
			t.Fatalf("%q: %+v", text, r)
		}
		ended := 0
		for _, c := range r.Checks {
			if c.Code != "" {
				ended++
				if c.Code != r.Code || c.Result == verifier.Pass || c.Result == verifier.NotChecked {
					t.Fatalf("%q: %+v", text, c)
				}
			}
		}
		if ended != 1 {
			t.Fatalf("%q: %d checks ended it", text, ended)
		}
	})
}
