// Package paper makes the file that a person takes home. It signs a token, verifies it as a
// third party would, and draws it as a QR in a PDF, a PNG or an SVG. It also writes what the PDF
// says, as text or in Braille.
package paper

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// An Order describes the file to make.
type Order struct {
	// Person is the person that the token refers to. Required.
	Person codicefiscale.Code
	// Offline adds the data with which a desk without a network can compare the codice fiscale.
	// With it, a holder of the QR can also test a guess.
	Offline bool
	// Token is the token to draw; empty means that a new one is signed. A token that is not the issuer's, is
	// not the person's or has expired is [ErrToken]. Whether it was made void is not checked.
	Token string
	// Opens is the URL that a phone opens from the QR; empty means the issuer's name and /q.
	Opens string
	// Format is the format of the file; empty means PDF.
	Format Format
	// Cells and Lines are the size of a Braille page; zero means that of [qrpdf.Braille].
	Cells, Lines int
	// Document is the PDF except for its dates. An empty Issuer means the issuer's name in the
	// token, and an empty text of the logo means the Issuer. Its language is also that of the
	// title in the other formats.
	Document qrpdf.Document
}

// A File is the result.
type File struct {
	Data   []byte
	Format Format
	Symbol *qrpdf.Symbol
	// Claims are those of the token in the file.
	Claims token.Claims
}

// ErrAddress means that Opens is not a URL that a QR can begin with.
var ErrAddress = errors.New("address of the page")

// ErrToken means that the token to draw is not a valid one of the person.
var ErrToken = errors.New("token to draw")

// Make signs a new token, or takes that of the order, and draws it.
func (o Order) Make(ctx context.Context, issuer *token.Signer) (File, error) {
	jws, claims, err := o.sign(ctx, issuer)
	if err != nil {
		return File{}, err
	}
	text, err := token.QRText(cmp.Or(o.Opens, claims.IssuerName+"/q"), jws)
	if err != nil {
		return File{}, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	symbol, err := new(qrpdf.Encoder).Encode(text)
	if err != nil {
		return File{}, err
	}
	var file bytes.Buffer
	if err := o.draw(&file, symbol, claims, cmp.Or(issuer.Zone, web.Rome())); err != nil {
		return File{}, err
	}
	return File{file.Bytes(), cmp.Or(o.Format, PDF), symbol, claims}, nil
}

func (o Order) sign(ctx context.Context, issuer *token.Signer) (jws string, claims token.Claims, err error) {
	var published []token.PublicKey
	for _, k := range issuer.Keys {
		published = append(published, k.Public())
	}
	if o.Token != "" {
		now := time.Now
		if issuer.Now != nil {
			now = issuer.Now
		}
		if claims, err = token.Verify(o.Token, published, now()); err == nil {
			err = issuer.Match(claims, o.Person)
		}
		if err != nil {
			return "", token.Claims{}, fmt.Errorf("%w: %w", ErrToken, err)
		}
		return o.Token, claims, nil
	}
	if o.Offline {
		jws, claims, err = issuer.IssueOffline(ctx, o.Person)
	} else {
		jws, claims, err = issuer.Issue(ctx, o.Person)
	}
	if err != nil {
		return "", token.Claims{}, err
	}
	if _, err := token.Verify(jws, published, claims.IssuedAt); err != nil {
		return "", token.Claims{}, fmt.Errorf("the token just signed does not verify: %w", err)
	}
	return jws, claims, nil
}

func (o Order) draw(w io.Writer, s *qrpdf.Symbol, c token.Claims, zone *time.Location) error {
	lang, _, _ := strings.Cut(cmp.Or(o.Document.Lang, "it"), "+") // a picture has one
	title, desc := s.Describe(lang)
	d := o.Document
	d.DisplayName = cmp.Or(d.DisplayName, c.IssuerName)
	if d.Logo.Data != nil {
		d.Logo.Alt = cmp.Or(d.Logo.Alt, d.DisplayName)
	}
	d.Issued, d.Expires = c.IssuedAt.In(zone), c.LastDay(zone)
	switch cmp.Or(o.Format, PDF) {
	case PDF:
		return d.Write(w, s)
	case Text:
		return qrpdf.Text{Document: d}.Write(w, s)
	case Braille:
		return qrpdf.Braille{Document: d, Cells: o.Cells, Lines: o.Lines}.Write(w, s)
	case PNG:
		return qrpdf.PNG{Title: title, Desc: desc, Lang: lang}.Write(w, s)
	case SVG:
		return qrpdf.SVG{Title: title, Desc: desc, Lang: lang}.Write(w, s)
	case QRText:
		_, err := fmt.Fprintln(w, s.Text())
		return err
	}
	return unknownFormat(string(o.Format))
}
