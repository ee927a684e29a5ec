package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cards"
	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/wallet"
)

const receiptUsage = `Usage: verifier receipt verify [flags] FILE|-

Checks a receipt that check or second-level wrote with -receipt. The receipt proves that the issuer was asked,
when, and how it answered. You may keep it: it names nobody, and only your own case number ties it to a case.

A receipt about a card in a wallet is the desk's own: -card-key FILE -issuer-name https://desk.example.it

Exit codes: 0 good, 1 not good, 2 cannot tell (the key is not known), 3 wrong call.
`

func receipt(ctx context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("receipt", receiptUsage, s)
	trusted := trustFlags(fs)
	asJSON := fs.Bool("json", false, "print what it says as JSON")
	cardKey := fs.String("card-key", "",
		"`FILE` with a desk's public key, for its receipt about a card; -issuer-name is the desk's origin")
	rest, code, ok := cli.Parse(fs, args, s)
	switch {
	case !ok:
		return code
	case len(rest) != 2 || rest[0] != "verify":
		return cli.Fail(s, cli.Usage, "receipt wants verify and one file (-h explains)")
	}
	var verify func(text string) (api.Receipt, error)
	if *cardKey != "" {
		key, err := readPublicKey(*cardKey, *trusted.name)
		if err != nil {
			return cli.Fail(s, cli.Usage, "-card-key: %v", err)
		}
		verify = func(text string) (api.Receipt, error) {
			r, err := wallet.VerifyReceipt(text, []token.PublicKey{key})
			return cards.Receipt(r), err
		}
	} else {
		client, code, ok := trusted.client(ctx, s)
		if !ok {
			return code
		}
		verify = func(text string) (api.Receipt, error) { return client.VerifyReceipt(ctx, text) }
	}
	text, err := readInput(rest[1], s.In)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	r, err := verify(trimmed(text))
	var cause token.Cause
	errors.As(err, &cause)
	switch {
	case err == token.ErrUnknownKey:
		return cli.Fail(s, cannotTell, "CANNOT TELL: %v [%s]", err, string(cause))
	case err != nil:
		return cli.Fail(s, 1, "NOT GOOD: %v [%s]", err, string(cause))
	}
	if *asJSON {
		if err := json.NewEncoder(s.Out).Encode(r); err != nil {
			return cli.Fail(s, cannotTell, "%v", err)
		}
		return cli.OK
	}
	printReceipt(s, r)
	return cli.OK
}

func printReceipt(s cli.Streams, r api.Receipt) {
	by, level := "issuer", fmt.Sprint(r.Level)
	if r.Level == 0 {
		by, level = "desk", "card in a wallet"
	}
	fmt.Fprintf(s.Out, "GOOD: made by the %s.\n\n", by)
	for _, line := range [][2]string{
		{by, r.IssuerName},
		{"time", time.Unix(r.IssuedAt, 0).Format("2006-01-02 15:04:05 -0700")},
		{"level", level},
		{"outcome", r.Outcome.String()},
		{"code", string(r.Code)},
		{"benefit", r.Benefit},
		{"organisation", r.Organisation},
		{"case", r.Case},
		{"id", r.ID},
	} {
		if line[1] != "" {
			fmt.Fprintf(s.Out, "  %-13s %s\n", line[0], line[1])
		}
	}
}

// saveReceipt writes the receipt to the file of -receipt. If the answer has no receipt, it writes
// nothing. If ok is false, the program ends with the code.
func saveReceipt(path, text string, s cli.Streams) (code int, ok bool) {
	if path == "" || text == "" {
		return cli.OK, true
	}
	if err := file.Write(path, []byte(text+"\n"), 0o600); err != nil {
		return cli.Fail(s, cannotTell, "%v", err), false
	}
	return cli.OK, true
}
