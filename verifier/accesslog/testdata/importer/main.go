// Command importer uses the log as a program of another module does. TestImporter builds it in
// its own module.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"time"

	"golang.org/x/mod/sumdb/note"
	_ "modernc.org/sqlite" // the driver

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
	"github.com/qr-invalidita/attesta/verifier/service"
)

func main() {
	ctx := context.Background()
	private, public, _ := note.GenerateKey(nil, "body.example/access")
	person, _ := codicefiscale.Parse("RSSMRA80A01H501U")

	db := must(sql.Open("sqlite", "file:access.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)"))
	signer := must(note.NewSigner(private))
	l := &accesslog.Log{DB: db, Dialect: accesslog.SQLite, Signer: signer, Key: make([]byte, 32)}
	check(l.Create(ctx))
	check(l.Append(ctx, service.Access{
		ID: "1", At: time.Now(), Person: person, Organisation: "COMUNE DI ROMA", Purpose: "parking",
		Scope: "detail", Challenge: "challenge 1",
	}))
	records := must(l.ByPerson(ctx, person))
	file := must(l.Proof(ctx, person, records[0].ID))

	record, checkpoint, err := proof.Verify(file, must(note.NewVerifier(public)))
	check(err)
	fmt.Println(record.Organisation, record.Purpose, checkpoint.Size)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}
