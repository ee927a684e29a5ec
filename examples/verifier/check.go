package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

const checkUsage = `Usage: verifier check [-offline] -cf CODE [flags] FILE.pdf|FILE.png|FILE.jpg|-
       verifier check [-offline] [-cf-list FILE] [-resume FILE.jsonl] [flags] FOLDER|FILE...

Reads the QR in the file (- is a text or a file on the standard input), says whether the paper is authentic,
and asks its issuer for the person's status at the first level. With -offline it judges the paper alone and
asks nobody.

A scanned PDF is read too: its JPEG pictures, and its pages if pdftoppm (poppler-utils) is on the PATH.

If you give a folder, check reads every file below it whose name does not begin with a dot. It prints one line
for each file, with its name in quotes, in the order of their names, and a summary. A file that it cannot read
has a line too. If the issuer asks to wait, the run waits.

With -resume a later run leaves out what FILE.jsonl has an answer for, and the run then counts that answer. It
checks a file again if its content or its name has changed, and if the issuer could not be asked. Use another
FILE.jsonl for other codici fiscali or another question.

If a benefit needs a paper that no registry has, or an annotation that is not recorded, the answer lists it.
Say what you have seen with -evidence, and ask again.

If the QR is an address of INPS, as on a European Disability Card, check prints it, but does not open it.

Exit codes: 0 confirmed (with -offline: authentic), 1 not confirmed, 2 cannot tell (no answer, nothing in the
registry, a record that does not decide, a paper still to be seen, a codice fiscale that has changed), 3 wrong
call or malformed codice fiscale. For many files: 1 if one of them is not confirmed, else 2 if one is open or
the run was interrupted, else 0.
`

// These are the times allowed for finding a QR in a picture and for the answer of the issuer.
const (
	readTimeout = 10 * time.Second
	askTimeout  = 20 * time.Second
)

func check(ctx context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("check", checkUsage, s)
	offline := fs.Bool("offline", false, "judge the paper alone, without asking the issuer for the status")
	typed := fs.String("cf", "",
		"the person's `CODICE FISCALE`, needed unless -offline; - asks for it, to hide it from process lists")
	list := fs.String("cf-list", "",
		"`FILE` with a line for each file: its path, or its name in the folder, comma, codice fiscale")
	benefit := fs.String("benefit", "",
		"`ID` of one benefit (see verifier benefits); the issuer answers for this benefit only")
	caseNumber := fs.String("case", "", "your own `NUMBER` of the case, which the receipt then holds")
	seen := evidenceFlag(fs)
	provisional := fs.Bool("provisional", false, "the codice fiscale is a provisional one of 11 digits")
	trusted := trustFlags(fs)
	asJSON := fs.Bool("json", false, "print one JSON object a line, each with its file")
	receipt := fs.String("receipt", "", "`FILE` to write the issuer's receipt to")
	resume := fs.String("resume", "",
		"append JSON lines to this `FILE`, and skip files whose content it already has")
	parallel := fs.Int("parallel", defaultParallel(), "how many files are looked at a time, 1 to 64")
	lang := cli.Lang(fs)
	rest, code, ok := cli.Parse(fs, args, s)
	if !ok {
		return code
	}
	many := len(rest) > 1 || len(rest) == 1 && isFolder(rest[0])
	switch {
	case len(rest) == 0:
		return cli.Fail(s, cli.Usage,
			"check wants a file, a folder, or - for the standard input (-h explains)")
	case many && *receipt != "":
		return cli.Fail(s, cli.Usage,
			"-receipt is for one file; with many take -json, where each line has its own")
	case !many && (*resume != "" || *list != ""):
		return cli.Fail(s, cli.Usage, "-resume and -cf-list are for a folder or many files")
	case *parallel < 1 || *parallel > 64:
		return cli.Fail(s, cli.Usage, "-parallel is 1 to 64")
	case rest[0] == "-" && *typed == "-":
		return cli.Fail(s, cli.Usage,
			"the file and the codice fiscale cannot both come from the standard input")
	case len(seen) > 0 && *benefit == "":
		return cli.Fail(s, cli.Usage, "-evidence is for a -benefit")
	case !*offline && *typed == "" && *list == "":
		return cli.Fail(s, cli.Usage,
			"the issuer is asked about a person: give -cf, or -offline to judge the paper alone")
	}
	j := judge{offline: *offline,
		options: verifier.FirstLevelOptions{Benefit: *benefit, Evidence: seen, CaseNumber: *caseNumber}}
	var w whose
	var err error
	if *typed != "" {
		if w.all, err = cli.ReadCF(*typed, *provisional, s); err != nil {
			return cli.Fail(s, cli.Usage, "%v", err)
		}
	}
	if *list != "" {
		if w.list, err = readList(*list, *provisional); err != nil {
			return cli.Fail(s, cli.Usage, "-cf-list: %v", err)
		}
	}
	if j.client, code, ok = trusted.client(ctx, s); !ok {
		return code
	}
	if many {
		b := batch{judge: j, whose: w, roots: rest, resume: *resume, parallel: *parallel, json: *asJSON,
			lang: status.Language(*lang)}
		return b.run(ctx, s)
	}
	data, err := readInput(rest[0], s.In)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	r := j.data(ctx, rest[0], data, w.all)
	if *asJSON {
		if err := json.NewEncoder(s.Out).Encode(r); err != nil {
			return cli.Fail(s, cannotTell, "%v", err)
		}
	} else {
		r.print(s.Out, status.Language(*lang), !w.all.IsZero())
	}
	r.explainUsage(ctx, j.client, *benefit, seen, s)
	if code, ok := saveReceipt(*receipt, r.Receipt, s); !ok {
		return code
	}
	return r.exitCode()
}

// readInput reads a file, or the standard input for "-". It reads at most one byte more than the limit,
// so that the caller notices a file that is too long.
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

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
