// Command check says what a paper is worth: check [-offline] ISSUER-ADDRESS FOLDER. It reads two lines, the
// codice fiscale and the text of the QR, so that neither is in the list of processes. With -offline it asks
// nobody and uses the keys of an earlier run in FOLDER. Exit codes: 0 yes, 1 no, 2 cannot tell, 3 wrong call.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

func main() {
	offline := flag.Bool("offline", false, "judge the paper alone")
	flag.Parse()
	const issuer = "https://qr.example.it"
	input := bufio.NewReader(os.Stdin)
	typed, _ := input.ReadString('\n')
	text, _ := input.ReadString('\n')
	person, err := codicefiscale.Parse(strings.TrimSpace(typed))
	if err != nil || flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: check [-offline] ISSUER-ADDRESS FOLDER, and two lines to read:", err)
		os.Exit(3)
	}
	address, file := flag.Arg(0), filepath.Join(flag.Arg(1), "keys.json")
	keys := &jwks.Client{IssuerName: issuer, URL: address + jwks.Path, File: file}
	if err = keys.Load(); *offline {
		keys.Close() // no request from here on
	} else {
		err = keys.Refresh(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err) // without keys the answer is "cannot tell"
	}
	client, err := verifier.New(verifier.TrustAnchor{Name: issuer, Address: address, KeySet: keys})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	report := client.Check(context.Background(), text, person)
	if !*offline {
		report = client.FirstLevel(context.Background(), text, person, verifier.FirstLevelOptions{})
	}
	fmt.Printf("the paper is %s; the person: %s %s\n", report.Authenticity, report.Verdict, report.Code)
	switch {
	case report.Code == "": // confirmed; offline only: the paper is authentic, which is no yes to the person
		os.Exit(0)
	case report.Verdict == api.NotConfirmed:
		os.Exit(1)
	}
	os.Exit(2)
}
