package proof_test

import (
	"fmt"
	"log"
	"os"

	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

// A person or a helper checks the file from the issuer's page. The issuer has published the
// key.
func ExampleVerify() {
	key, err := note.NewVerifier("qr.example.it/access+8641488d+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop")
	if err != nil {
		log.Fatal(err)
	}
	file, err := os.ReadFile("testdata/proof.json")
	if err != nil {
		log.Fatal(err)
	}
	record, checkpoint, err := proof.Verify(file, key)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(record.At, record.Organisation, record.Purpose, record.Scope)
	fmt.Println("one of", checkpoint.Size, "in", checkpoint.Origin)
	// Output:
	// 2026-01-15 09:00:00 +0000 UTC CAFFÈ D'ARTE museum benefit:museum
	// one of 7 in qr.example.it/access
}
