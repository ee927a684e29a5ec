package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/token"
)

const deskCardUsage = `Usage: issuer desk-card -page URL -body NAME [-o FILE] [flags]

Writes a card for the desks that check, as PDF: the right address of the verification page, as text and as a
QR, how to keep it, and what a false page looks like. Give it to the desks yourself: a sheet that a person
brings cannot say which page is right, because a forger prints sheets too.
`

func deskCard(_ context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("desk-card", deskCardUsage, s)
	page := fs.String("page", "", "`URL` of the verification page; required")
	out := fs.String("o", "desk-card.pdf", "`FILE` to write, - for the standard output")
	zoneName := fs.String("zone", token.DefaultZone,
		"`NAME` of the time zone of the date on the card, such as Europe/Rome")
	head := letterheadFlags(fs, "", "; required")
	rest, code, ok := cli.Parse(fs, args, s)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return cli.Fail(s, cli.Usage, "unexpected argument %q: the file goes to -o", rest[0])
	case *page == "":
		return cli.Fail(s, cli.Usage, "-page is missing: the address of the verification page")
	case *head.body == "":
		return cli.Fail(s, cli.Usage, "-body is missing: the name of the body")
	}
	d, err := head.document()
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	zone, err := app.LoadZone(*zoneName)
	if err != nil {
		return cli.Fail(s, cli.Usage, "-zone: %v", err)
	}
	card := qrpdf.DeskCard{Address: *page, Lang: d.Lang, DisplayName: d.DisplayName, Contact: d.Contact,
		Logo: d.Logo, Wording: d.Wording, Issued: time.Now().In(zone)}
	if card.Logo.Data != nil {
		card.Logo.Alt = cmp.Or(card.Logo.Alt, card.DisplayName)
	}
	var printed bytes.Buffer
	switch err := card.Write(&printed); {
	case errors.Is(err, qrpdf.ErrNotURL):
		return cli.Fail(s, cli.Usage, "-page: %q is not an address such as https://qr.example.it/q", *page)
	case err != nil:
		return cli.Fail(s, cli.Failure, "%v", err)
	}
	if *out == "-" {
		if _, err := s.Out.Write(printed.Bytes()); err != nil {
			return cli.Fail(s, cli.Failure, "%v", err)
		}
		return cli.OK
	}
	if err := file.Write(*out, printed.Bytes(), 0o644); err != nil {
		return cli.Fail(s, cli.Failure, "%v", err)
	}
	fmt.Fprintf(s.Out, "Wrote    %s (the page %s)\n", *out, *page)
	return cli.OK
}
