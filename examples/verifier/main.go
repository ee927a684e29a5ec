// Command verifier checks QRs of the system: a picture, a PDF or a text. Exit codes: 0 confirmed (with -offline: the
// paper is authentic), 1 not confirmed, 2 cannot tell, 3 wrong call or malformed codice fiscale.
package main

import "github.com/qr-invalidita/attesta/examples/internal/cli"

const about = `verifier checks the QR that proves, with the codice fiscale, a person's disability status.
Exit codes: 0 confirmed (with -offline: authentic), 1 not confirmed, 2 cannot tell, 3 wrong call.`

func commands() []cli.Command {
	return []cli.Command{
		{Name: "check", Summary: "check a PDF, a picture or a text", Run: check},
		{Name: "benefits", Summary: "list the benefits, what each needs and which level answers", Run: benefits},
		{Name: "lint", Summary: "measure the QR of a PDF or picture and say what to fix", Run: lintFile},
	}
}

func main() { cli.Main("verifier", about, commands()) }
