package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/scan"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
)

const checkUsage = `Usage: verifier check [-offline] -cf CODE [flags] FILE.pdf|FILE.png|FILE.jpg|-

Reads the QR in the file (- is a text or a file on the standard input), says whether the paper is authentic, and asks its
issuer for the person's status at the first level. With -offline nobody is asked, and the paper alone is judged.
`

// How long to look for a QR in a picture, and to wait for the issuer.
const (
	readTimeout = 10 * time.Second
	askTimeout  = 20 * time.Second
)

func check(ctx context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("check", checkUsage, s)
	offline := fs.Bool("offline", false, "judge the paper alone, without asking the issuer for the status")
	typed := fs.String("cf", "", "the person's `CODICE FISCALE`; - asks for it, so that it shows in no process list; needed without -offline")
	benefit := fs.String("benefit", "", "`ID` of the benefit asked for (see verifier benefits); then only its answer returns")
	caseNumber := fs.String("case", "", "your own `NUMBER` of the case, which the receipt then holds")
	address := fs.String("address", "", "`URL` where the issuer is reached (default its name)")
	provisional := fs.Bool("provisional", false, "the codice fiscale is a provisional one of 11 digits")
	issuer := fs.String("issuer", "", "the `NAME` of the issuer to trust (default the one that the key set names)")
	keySet := fs.String("jwks", "", "the issuer's public key set, `FILE or URL` (default the example issuer's on this machine)")
	asJSON := fs.Bool("json", false, "print the report as JSON")
	lang := langFlag(fs)
	rest, code, ok := cli.Parse(fs, args, s)
	switch {
	case !ok:
		return code
	case !slices.Contains(status.Languages(), status.Language(*lang)):
		return cli.Fail(s, cli.Usage, "-lang is it, en, de, fr or sl")
	case len(rest) != 1:
		return cli.Fail(s, cli.Usage, "check wants one file, or - for the standard input (-h explains)")
	case rest[0] == "-" && *typed == "-":
		return cli.Fail(s, cli.Usage, "the file and the codice fiscale cannot both come from the standard input")
	}
	var cf codicefiscale.Code
	switch {
	case !*offline && *typed == "":
		return cli.Fail(s, cli.Usage, "the issuer is asked about a person: give -cf, or -offline to judge the paper alone")
	case *typed != "":
		var err error
		if cf, err = cli.ReadCF(*typed, *provisional, s); err != nil {
			return cli.Fail(s, cli.Usage, "%v", err)
		}
	}
	trusted, err := readKeys(ctx, *keySet, *issuer)
	if err != nil {
		return cli.Fail(s, cli.Usage, "key set: %v", err)
	}
	trusted.Address = *address
	client, err := verifier.New(trusted)
	if err != nil {
		return cli.Fail(s, cli.Usage, "key set: %v", err)
	}
	data, err := readInput(rest[0], s.In)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	judge := func(text string) verifier.Report { return client.Check(text, cf) }
	if !*offline {
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		judge = func(text string) verifier.Report {
			return client.FirstLevel(ctx, text, cf, verifier.FirstLevelOptions{Benefit: *benefit, CaseNumber: *caseNumber})
		}
	}
	r := examine(ctx, client, data, judge)
	if *asJSON {
		if err := json.NewEncoder(s.Out).Encode(r.Report); err != nil {
			return cli.Fail(s, cli.Failure, "%v", err)
		}
	} else {
		r.print(s.Out, status.Language(*lang), !cf.IsZero())
	}
	return r.exitCode()
}

// langFlag is the language of the answers; that of the terminal unless it is given.
func langFlag(fs *flag.FlagSet) *string {
	terminal := words.FromLocale(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG"))
	return fs.String("lang", string(terminal), "`LANGUAGE` of the answer: it, en, de, fr or sl; unless given, that of LC_ALL, LC_MESSAGES or LANG, else en")
}

// readInput reads a file, or the standard input for "-", up to a byte more than is looked at.
func readInput(path string, in io.Reader) ([]byte, error) {
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	return io.ReadAll(io.LimitReader(in, scan.MaxBytes+1))
}

// result is a report and, where the file gave no text to judge, the reason.
type result struct {
	verifier.Report
	reason error
}

// examine looks for the QR in a file and judges it. Of several texts the one that is ours counts; two different ones
// that are ours are nobody's to choose from.
func examine(ctx context.Context, c *verifier.Client, data []byte, judge func(text string) verifier.Report) result {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	texts, err := scan.Read(ctx, data)
	if err != nil {
		return result{judge(""), err}
	}
	var ours []string
	for _, text := range texts {
		if c.Check(text, codicefiscale.Code{}).Code != verifier.NotOurs {
			ours = append(ours, text)
		}
	}
	switch len(ours) {
	case 0:
		return result{Report: judge(texts[0])}
	case 1:
		return result{Report: judge(ours[0])}
	}
	return result{judge(""), fmt.Errorf("the file holds %d different QRs of this system: check them one by one", len(ours))}
}

// exitCode follows the report's cause; without one the status is confirmed or, offline, the paper is authentic.
func (r *result) exitCode() int {
	switch {
	case r.Code == "":
		return cli.OK
	case r.Code.Verdict() == verifier.NotConfirmed:
		return 1
	}
	return 2
}
