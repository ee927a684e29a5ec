package attesta_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
)

// From a codice fiscale to a printed QR and back: the issuer's half first, then the checker's.
func Example() {
	dir, err := os.MkdirTemp("", "attesta")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	// The issuing body, once: a key that signs and a key that makes references to people.
	folder := token.Folder{Dir: filepath.Join(dir, "keys"), IssuerName: "https://qr.example.it"}
	key, err := folder.AddSigningKey(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	reference, err := folder.AddReferenceKey(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	issuer := token.Signer{Keys: []*token.SigningKey{key}, References: []token.ReferenceKey{reference}}

	// For each citizen who logged in: sign, and print.
	person, err := codicefiscale.Parse("RSSMRA80A01H501U")
	if err != nil {
		log.Fatal(err)
	}
	jws, claims, err := issuer.Issue(context.Background(), person)
	if err != nil {
		log.Fatal(err)
	}
	text, err := token.QRText("https://qr.example.it/q", jws)
	if err != nil {
		log.Fatal(err)
	}
	symbol, err := qrpdf.Encoder{}.Encode(text)
	if err != nil {
		log.Fatal(err)
	}
	var pdf bytes.Buffer
	paper := qrpdf.Document{DisplayName: "Ente di esempio", Issued: claims.IssuedAt, Expires: claims.Expires}
	if err := paper.Write(&pdf, symbol); err != nil {
		log.Fatal(err)
	}

	// The checking desk: it trusts the issuer's public keys and has scanned the text.
	client, err := verifier.New(verifier.TrustAnchor{Name: "https://qr.example.it", Keys: []token.PublicKey{key.Public()}})
	if err != nil {
		log.Fatal(err)
	}
	report := client.Check(context.Background(), text, person)
	fmt.Println("QR version", symbol.Version(), "in a", string(pdf.Bytes()[1:4]))
	fmt.Println("paper:", report.Authenticity)
	fmt.Println("status:", report.Verdict)

	// Whose paper it is, only the issuer can tell.
	claims, err = token.Verify(jws, []token.PublicKey{key.Public()}, time.Now())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("issuer's match:", issuer.Match(claims, person))

	// Output:
	// QR version 8 in a PDF
	// paper: authentic
	// status: cannot_tell
	// issuer's match: <nil>
}
