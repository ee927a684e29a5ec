package accesslog_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// A log on SQLite. Its Append is called by the service for each disclosure, if service.Config.AccessLog is
// the log. Keys are the body's own and stay the same; here they are new.
func Example() {
	ctx := context.Background()
	folder := must(os.MkdirTemp("", "access"))
	defer os.RemoveAll(folder)
	private, public, _ := note.GenerateKey(nil, "body.example/access")

	db := must(sql.Open("sqlite", "file:"+filepath.Join(folder, "access.db")+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)"))
	defer db.Close()
	log := &accesslog.Log{
		DB: db, Dialect: accesslog.SQLite, Signer: must(note.NewSigner(private)), Key: make([]byte, 32),
	}
	fmt.Println(log.Create(ctx)) // in production: the statements of Schema, run as a migration

	mario := code("RSSMRA80A01H501U")
	fmt.Println(log.Append(ctx, service.Access{
		ID: "receipt 1", At: time.Now(), Person: mario, Organisation: "COMUNE DI ROMA", Purpose: "parking",
		Scope: "detail", Challenge: "challenge 1",
	}))
	for _, r := range must(log.ByPerson(ctx, mario)) {
		fmt.Println(r.ID, r.Organisation, r.Purpose, r.Scope)
	}

	file := must(log.Proof(ctx, mario, "receipt 1"))
	record, checkpoint, err := proof.Verify(file, must(note.NewVerifier(public)))
	fmt.Println(record.Organisation, checkpoint.Origin, checkpoint.Size, err)
	// Output:
	// <nil>
	// <nil>
	// receipt 1 COMUNE DI ROMA parking detail
	// COMUNE DI ROMA body.example/access 1 <nil>
}

// PostgreSQL: the text of a migration.
func ExampleLog_Schema() {
	schema, err := (&accesslog.Log{Dialect: accesslog.PostgreSQL}).Schema()
	fmt.Println(schema[:26], err)
	// Output: -- PostgreSQL 12 or newer. <nil>
}
