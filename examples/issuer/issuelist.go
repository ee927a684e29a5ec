package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/paper"
	"github.com/qr-invalidita/attesta/examples/internal/terminal"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/bulk"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/token"
)

const listUsage = `With -list it issues a document for each person of a CSV file into the folder of -o:

  codice_fiscale,given_name,family_name,language,layout
  RSSMRA80A01H501U,Mario,Rossi,it,wallet

The column codice_fiscale must be there, the others need not; names are printed only if the list has them.
language and layout are written as -lang and -layout, which they replace. Commas or semicolons are between the
columns. The people must be in the registry.

  000002.pdf   the document of line 2, and so on; no name of a file says who the person is
  one.pdf      all documents in the order of the lines, for the printer; written at the end
  rejects.csv  the number and the reason of every line that was left out, such as an unknown person, one
               who is in the list twice, or a malformed codice fiscale; written at the end if there are any
  journal.csv  the finished lines, with the time of issue
  options.json the options of the documents; a run with others is refused

The same command continues a run that was interrupted, and issues no finished line again. So it also issues
the lines that were left out, once their people are known, and lines that were added at the end of the list.
Earlier documents stay valid unless -void-older is given.

Exit codes: 0 every document was issued; 1 a line was left out, or the run was interrupted; 3 wrong call.
`

// listFlags are the flags of issue that are for a list.
type listFlags struct {
	path, db  *string
	voidOlder *bool
}

func issueListFlags(fs *flag.FlagSet) listFlags {
	return listFlags{
		path: fs.String("list", "", "CSV `FILE` of people, in place of -cf"),
		db: fs.String("db", "",
			"-list: database, a SQLite `FILE` or postgres://... (default registry.db in the data folder)"),
		voidOlder: fs.Bool("void-older", false,
			"-list: make the earlier documents of each person void once the new one is written"),
	}
}

// issuing is a list to be issued.
type issuing struct {
	listFlags
	data    dataFolder
	order   paper.Order
	options map[string]string
	folder  string
	cli.Streams
}

// orderOptions returns the values of the flags that all documents of a list have in common, by their names.
func orderOptions(fs *flag.FlagSet, o paper.Order) map[string]string {
	all := make(map[string]string)
	fs.VisitAll(func(f *flag.Flag) {
		switch f.Name {
		case "cf", "provisional", "name", "list", "o", "data", "db", "issuer-name":
		default:
			all[f.Name] = f.Value.String()
		}
	})
	all["format"] = string(o.Format)
	if logo := o.Document.Logo.Data; logo != nil {
		all["logo"] = fmt.Sprintf("SHA-256 %x", sha256.Sum256(logo))
	}
	return all
}

// check refuses flags that are not for a list.
func (l listFlags) check(fs *flag.FlagSet, folder string) error {
	var err error
	fs.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "cf", "provisional", "name":
			err = words.Errorf("-%s is not for a list", f.Name)
		}
	})
	if folder == "" || folder == "-" {
		err = cmp.Or(err, words.Errorf("-list needs a folder: -o FOLDER"))
	}
	return err
}

func (i issuing) run(ctx context.Context) int {
	if err := app.CheckPaperKeys(ctx, i.data.dir, *i.db); err != nil {
		return cli.Fail(i.Streams, failure(err), "keys: %v", err)
	}
	signer, made, err := i.data.issuer(ctx)
	if err != nil {
		return cli.Fail(i.Streams, cli.Failure, "keys: %v", err)
	}
	trial := i.order
	trial.Person = demo.Personas()[0].CF
	if _, err := trial.Make(ctx, signer); err != nil {
		return cli.Fail(i.Streams, cli.Usage, "%v", err)
	}
	at, err := i.issue(ctx)
	if err != nil {
		return cli.Fail(i.Streams, failure(err), "issue: %v", err)
	}
	earlier := ""
	if at.Earlier > 0 {
		earlier = fmt.Sprintf(" (%s more were finished before)", thousands(at.Earlier))
	}
	fmt.Fprintf(i.Out, "%s documents issued%s, %s lines left out.\n", thousands(at.Issued), earlier,
		thousands(at.Rejected))
	fmt.Fprintf(i.Out, "Folder   %s\n", i.folder)
	fmt.Fprintf(i.Out, "Issuer   %s\n", signer.Keys[0].Public().IssuerName())
	if made {
		fmt.Fprintf(i.Out,
			"Keys     %s (made now; keep a copy: without them this paper cannot be recognised)\n",
			i.data.keys.Dir)
	}
	if at.Rejected > 0 {
		return cli.Failure
	}
	return cli.OK
}

func (i issuing) issue(ctx context.Context) (at bulk.Progress, err error) {
	list, err := file.Open(*i.path)
	if err != nil {
		return at, err
	}
	defer list.Close()
	info, err := list.Stat()
	if err != nil {
		return at, err
	}
	people, closed, err := app.FindRegistry(ctx, i.data.dir, *i.db)
	if err != nil {
		return at, err
	}
	defer func() { err = errors.Join(err, closed()) }()
	if people == nil {
		return at, words.Errorf("there is no registry in the data folder; import the people first")
	}
	bar := terminal.NewBar(i.Err, lineInterval)
	left := teller{bar: bar, lang: i.Lang, line: "line %d: %s",
		more: "more lines were left out, which are only counted here (rejects.csv lists them)"}
	run := bulk.Run{Registry: people, Order: i.order, Options: i.options, Folder: i.folder,
		VoidOlder: *i.voidOlder,
		Signer: func(ctx context.Context) (*token.Signer, error) {
			signer, _, err := i.data.issuer(ctx)
			if err == nil {
				signer.CutOffs = people
			}
			return signer, err
		},
		Noted: func(p bulk.Progress) {
			for _, r := range p.Rejects {
				left.tell(r.Line, r.Reason)
			}
			text := thousands(p.Issued+p.Earlier) + " documents"
			bar.Update(terminal.Progress{Done: p.Position, Total: info.Size(), Items: p.Issued, Text: text})
		}}
	at, err = run.Issue(ctx, list)
	bar.End()
	if err != nil && at.Issued+at.Earlier > 0 && !errors.Is(err, bulk.ErrOtherList) {
		err = words.Errorf("ended after %s documents; the same command goes on from there: %w",
			thousands(at.Issued+at.Earlier), err)
	}
	return at, err
}
