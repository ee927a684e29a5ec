package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	sqlstore "github.com/qr-invalidita/attesta/otp/store/sql"
)

// A challenge in SQLite can be read by another process or after a restart.
func Example() {
	dir, err := os.MkdirTemp("", "otp")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()

	open := func() (*otp.Challenges, *otptest.Recorder) {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "otp.db")+
			"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_txlock=immediate")
		if err != nil {
			panic(err)
		}
		store := &sqlstore.Store{DB: db, Dialect: sqlstore.SQLite}
		if err := store.Create(ctx); err != nil {
			panic(err)
		}
		sent := &otptest.Recorder{}
		config := otptest.Config(sent, nil) // with keys for tests
		config.Store, config.Limiter = store, store
		challenges, err := otp.New(config)
		if err != nil {
			panic(err)
		}
		return challenges, sent
	}

	parties := otp.Parties{Operator: otp.Operator{ID: otp.NewSecret("an operator")},
		Subject: otp.NewSecret("a person")}
	phone, _ := otp.ParsePhone("+393510000067")
	challenges, sent := open()
	challenge, err := challenges.Start(ctx, otp.StartRequest{Parties: parties,
		Terms:    otp.Terms{Organisation: "COMUNE DI ROMA", Purpose: "parking"},
		Contacts: []otp.Contact{{Channel: otp.SMS, Phone: phone, VerifiedAt: time.Unix(1, 0)}}})
	fmt.Println(challenge.State, err)

	another, _ := open()
	verification, err := another.Verify(ctx, otp.VerifyRequest{Parties: parties, ID: challenge.ID,
		Code: sent.Last().Code})
	fmt.Println(verification.Terms.Organisation, err)
	_, err = challenges.Verify(ctx, otp.VerifyRequest{Parties: parties, ID: challenge.ID,
		Code: sent.Last().Code})
	fmt.Println(err)

	// Output:
	// pending <nil>
	// COMUNE DI ROMA <nil>
	// code was used already
}

func ExampleStore_Schema() {
	schema, err := (&sqlstore.Store{Dialect: sqlstore.PostgreSQL, Prefix: "consent.otp_"}).Schema()
	if err != nil {
		panic(err)
	}
	fmt.Println(schema[:67])
	// Output: -- PostgreSQL 12 or newer. Times are milliseconds since 1970 by the
}
