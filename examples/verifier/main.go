// Command verifier checks the QRs that issuers print, in a picture, a PDF or a text. Exit codes: 0
// confirmed (with -offline: the paper is authentic), 1 not confirmed, 2 cannot tell, 3 wrong call or
// malformed codice fiscale.
package main

import (
	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/verifier/api"
)

const about = `verifier checks the QR that proves, with the codice fiscale, a person's disability status.
Exit codes: 0 confirmed (with -offline: authentic), 1 not confirmed, 2 cannot tell, 3 wrong call.`

func commands() []cli.Command {
	return []cli.Command{
		{Name: "serve", Summary: "open a checking desk in the browser", Default: true, Run: serve},
		{Name: "check", Summary: "check a PDF, a picture, a text, or a folder of them", Run: check},
		{Name: "second-level", Summary: "ask with the code that the person tells you", Run: secondLevel},
		{Name: "receipt", Summary: "check a receipt that was kept", Actions: []string{"verify"},
			Run: receipt},
		{Name: "accesses", Summary: "check a person's proof of who saw their data",
			Actions: []string{"verify"}, Run: accesses},
		{Name: "bundle", Summary: "make, show or verify a bundle of keys for desks without a network",
			Actions: []string{"make", "show", "verify"}, Run: bundle},
		{Name: "benefits", Summary: "list the benefits, what each needs and which level answers",
			Run: benefits},
		{Name: "show", Summary: "print the token of a QR as a JWS, unchecked", Run: show},
		{Name: "lint", Summary: "measure the QR of a PDF or picture and say what to fix", Run: lintFile},
		{Name: "conformance", Summary: "run the test vectors against a verifier in any language",
			Run: conform},
		cli.Version("verifier", "formats", formats),
		cli.Completion("verifier", commands),
	}
}

func main() { cli.Main("verifier", about, commands()) }

// formats returns the types of what this version reads.
func formats() (string, error) { return "attesta+jwt, attesta-bundle+jwt, " + api.ReceiptType, nil }
