package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
)

const issueUsage = `Usage: issuer issue -cf CODE [-o FILE] [flags]

Signs a token for the person and writes it as a QR. Keys are made on first use. The file holds neither the codice
fiscale nor the status; without the issuer's keys nobody can find the person behind it.
`

func issue(ctx context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("issue", issueUsage, s)
	cf := fs.String("cf", "-", "the person's `CODICE FISCALE`; - asks for it, so that it shows in no process list")
	provisional := fs.Bool("provisional", false, "the codice fiscale is a provisional one of 11 digits")
	out := fs.String("o", "", "`FILE` to write, - for the standard output (default qr.pdf, qr.png, ...)")
	format := fs.String("format", "", "pdf, png, svg or text (default what the file's name ends in, else pdf)")
	offline := fs.Bool("offline-profile", false, "let desks without a network compare the codice fiscale; whoever holds the QR can then test a guess")
	data := fs.String("data", cli.DataDir("issuer"), "`FOLDER` of the keys")
	name := fs.String("issuer", "", "the issuer's `NAME`, an https URL, for the first key (default "+exampleIssuer+")")
	opens := fs.String("page", "", "`URL` that a phone opens from the QR (default the issuer's name and /q)")
	paper := paperFlags(fs)
	rest, code, ok := cli.Parse(fs, args, s)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return cli.Fail(s, cli.Usage, "unexpected argument %q: the file goes to -o", rest[0])
	}
	page, err := paper.page()
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	render, extension, err := page.renderer(*format, *out)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	person, err := cli.ReadCF(*cf, *provisional, s)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	d := openData(*data, *name)
	i, made, err := d.issuer()
	if err != nil {
		return cli.Fail(s, cli.Failure, "keys: %v", err)
	}
	jws, claims, err := sign(ctx, i, person, *offline)
	if err != nil {
		return cli.Fail(s, cli.Failure, "%v", err)
	}
	text, err := token.QRText(cmp.Or(*opens, claims.Issuer+"/q"), jws)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	var file bytes.Buffer
	symbol, err := new(qrpdf.Encoder).Encode(text)
	if err == nil {
		err = render(&file, symbol, claims)
	}
	if err != nil {
		return cli.Fail(s, cli.Failure, "%v", err)
	}
	if *out == "-" {
		if _, err := file.WriteTo(s.Out); err != nil {
			return cli.Fail(s, cli.Failure, "%v", err)
		}
		return cli.OK
	}
	path := cmp.Or(*out, "qr."+extension)
	if err := writeFile(path, file.Bytes()); err != nil {
		return cli.Fail(s, cli.Failure, "%v", err)
	}
	note := ""
	if made {
		note = " (made now; keep a copy: without them this paper cannot be recognised)"
	}
	fmt.Fprintf(s.Out, "Wrote    %s (QR version %d, %d bytes of text)\n", path, symbol.Version(), len(text))
	fmt.Fprintf(s.Out, "Issuer   %s\n", claims.Issuer)
	fmt.Fprintf(s.Out, "Valid    until %s\n", claims.Expires.Format(time.DateOnly))
	fmt.Fprintf(s.Out, "Keys     %s%s\n", d.keys.Dir, note)
	fmt.Fprintf(s.Out, "Key set  %s (public: for those who check)\n", d.keySetPath())
	return cli.OK
}

// sign issues a token and verifies it as a stranger would, before it goes on paper.
func sign(ctx context.Context, i *token.Issuer, person codicefiscale.Code, offline bool) (string, token.Claims, error) {
	var jws string
	var claims token.Claims
	var err error
	if offline {
		jws, claims, err = i.IssueOffline(ctx, person)
	} else {
		jws, claims, err = i.Issue(person)
	}
	if err != nil {
		return "", token.Claims{}, err
	}
	var published []token.PublicKey
	for _, k := range i.Keys {
		published = append(published, k.Public())
	}
	if _, err := token.Verify(jws, published, claims.IssuedAt); err != nil {
		return "", token.Claims{}, fmt.Errorf("the token just signed does not verify: %w", err)
	}
	return jws, claims, nil
}
