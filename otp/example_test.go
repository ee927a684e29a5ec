package otp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

// A museum's operator asks for a visitor's consent. In production the keys come from a vault
// and the contact from the registry. Here both are fixed, so that the output is too.
func Example() {
	clock := &otptest.Clock{}
	var message bytes.Buffer
	cfg := otptest.Config(&otp.Console{W: &message, ShowCode: true}, clock)
	cfg.Rand = otptest.Rand(1)
	challenges, err := otp.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	phone, err := otp.ParsePhone("+393510000067")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	who := otp.Parties{Operator: otp.Operator{IdentityProvider: "https://login.example",
		ID: otp.NewSecret("operator")},
		Subject: otp.NewSecret("RSSMRA80A01H501U")}

	challenge, err := challenges.Start(ctx, otp.StartRequest{
		Parties: who,
		Terms:   otp.Terms{Organisation: "MUSEO CIVICO", Purpose: "museum", Scope: "benefit:museum"},
		Contacts: []otp.Contact{{Channel: otp.SMS, Phone: phone,
			VerifiedAt: clock.Now().AddDate(-1, 0, 0)}},
		IdempotencyKey: "1",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(strings.ReplaceAll(message.String(), ". ", ".\n"))
	fmt.Println("ask for the number", challenge.Comparison, "and the code sent to", challenge.MaskedPhone)

	for _, typed := range []string{"000 000", "576 951"} {
		verification, err := challenges.Verify(ctx,
			otp.VerifyRequest{Parties: who, ID: challenge.ID, Code: otp.NewCode(typed)})
		var refusal *otp.Refusal
		switch {
		case errors.Is(err, otp.ErrWrongCode) && errors.As(err, &refusal):
			fmt.Println(err, "- attempts left:", refusal.AttemptsLeft)
		case err != nil:
			fmt.Println(err)
		default:
			fmt.Println("write the access record, then disclose", verification.Terms.Scope)
		}
	}
	// Output:
	// sms to +39 ••• ••• ••67 (1): 576951 codice INPS: MUSEO CIVICO vede solo sì o no, n.
	// 47.
	// Lo dica solo a chi ha davanti, MAI al telefono.
	// ask for the number 47 and the code sent to +39 ••• ••• ••67
	// wrong code - attempts left: 4
	// write the access record, then disclose benefit:museum
}

// ExamplePrintedCodes makes a list of codes for the printer: for each number the codes for yes or no, for one
// entry and for everything, in groups that are easy to read aloud.
func ExamplePrintedCodes() {
	codes := otp.PrintedCodes{ID: "A", Seed: otptest.Pepper('s'), Count: 2}
	for n := 1; n <= codes.Count; n++ {
		fmt.Print(n)
		for _, e := range []otp.Extent{otp.ExtentYesNo, otp.ExtentOneEntry, otp.ExtentEverything} {
			c, _ := codes.Code(n, e)
			fmt.Print("  ", c.Reveal()[:4], " ", c.Reveal()[4:])
		}
		fmt.Println()
	}
	// Output:
	// 1  0710 1751  3931 7875  6991 1338
	// 2  4649 3306  3188 8452  8493 0877
}
