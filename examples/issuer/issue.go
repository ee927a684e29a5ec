package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/paper"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/token"
)

const issueUsage = `Usage: issuer issue -cf CODE [-o FILE] [flags]
       issuer issue -list FILE.csv -o FOLDER [flags]

Signs a token for the person and writes it as a QR. Keys are made on first use. The file holds neither the
codice fiscale nor the status; without the issuer's keys nobody can find the person behind it.

` + listUsage

func issue(ctx context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("issue", issueUsage, s)
	cf := fs.String("cf", "-",
		"the person's `CODICE FISCALE`; - asks for it, to hide it from process lists")
	provisional := fs.Bool("provisional", false, "the codice fiscale is a provisional one of 11 digits")
	out := fs.String("o", "",
		"`FILE` to write, - for the standard output (default qr.pdf, qr.png, ...); -list: the folder")
	format := fs.String("format", "",
		"pdf, png, svg, txt, brf or qrtext (default what the file's name ends in, else pdf)")
	offline := fs.Bool("offline-profile", false,
		"let desks without a network compare the codice fiscale; any holder of the QR can then test a guess")
	data := fs.String("data", cli.DataDir("issuer"), "`FOLDER` of the keys")
	name := fs.String("issuer-name", "", "the issuer's `NAME`, an https URL, for the first key (default "+
		exampleIssuer+")")
	opens := fs.String("page", "", "`URL` that a phone opens from the QR (default the issuer's name and /q)")
	zoneName := fs.String("zone", token.DefaultZone, zoneUsage)
	sheet := sheetFlags(fs)
	list := issueListFlags(fs)
	rest, code, ok := cli.Parse(fs, args, s)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return cli.Fail(s, cli.Usage, "unexpected argument %q: the file goes to -o", rest[0])
	case *list.path == "" && (*list.voidOlder || *list.db != ""):
		return cli.Fail(s, cli.Usage, "-db and -void-older are for a list: -list FILE")
	}
	document, err := sheet.document()
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	zone, err := app.LoadZone(*zoneName)
	if err != nil {
		return cli.Fail(s, cli.Usage, "-zone: %v", err)
	}
	d := openData(*data, *name)
	d.keys.Zone = zone
	order := paper.Order{Offline: *offline, Opens: *opens, Cells: *sheet.cells, Lines: *sheet.lines,
		Document: document}
	if *list.path != "" {
		err := list.check(fs, *out)
		if err == nil {
			order.Format, err = fileFormat(*format, "")
		}
		if err != nil {
			return cli.Fail(s, cli.Usage, "%v", err)
		}
		return issuing{list, d, order, orderOptions(fs, order), filepath.Clean(*out), s}.run(ctx)
	}
	if order.Format, err = fileFormat(*format, *out); err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	if order.Person, err = cli.ReadCF(*cf, *provisional, s); err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	i, made, err := d.issuer(ctx)
	if err != nil {
		return cli.Fail(s, cli.Failure, "keys: %v", err)
	}
	printed, err := order.Make(ctx, i)
	switch {
	case errors.Is(err, paper.ErrAddress):
		return cli.Fail(s, cli.Usage, "%v", err)
	case err != nil:
		return cli.Fail(s, cli.Failure, "%v", err)
	}
	if *out == "-" {
		if _, err := s.Out.Write(printed.Data); err != nil {
			return cli.Fail(s, cli.Failure, "%v", err)
		}
		return cli.OK
	}
	path := cmp.Or(*out, "qr."+string(order.Format))
	if err := file.Write(path, printed.Data, 0o644); err != nil {
		return cli.Fail(s, cli.Failure, "%v", err)
	}
	note := ""
	if made {
		note = " (made now; keep a copy: without them this paper cannot be recognised)"
	}
	fmt.Fprintf(s.Out, "Wrote    %s (QR version %d, %d bytes of text)\n", path, printed.Symbol.Version(),
		len(printed.Symbol.Text()))
	fmt.Fprintf(s.Out, "Issuer   %s\n", printed.Claims.IssuerName)
	fmt.Fprintf(s.Out, "Valid    until %s\n", printed.Claims.LastDay(zone).Format(time.DateOnly))
	fmt.Fprintf(s.Out, "Keys     %s%s\n", d.keys.Dir, note)
	fmt.Fprintf(s.Out, "Key set  %s (public: for those who check)\n", d.keySetPath())
	return cli.OK
}
