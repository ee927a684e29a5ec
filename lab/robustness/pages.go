package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/lint"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
)

// paperDPI is the resolution at which paper is worn: about that of toner.
const paperDPI = 300

// layouts are the sheets that a run tries.
var layouts = []struct {
	name   string
	layout qrpdf.Layout
}{{"standard", qrpdf.Standard}, {"large-print", qrpdf.LargePrint}, {"wallet", qrpdf.Wallet},
	{"easy", qrpdf.Easy}}

const issuer = "https://qr.example.it"

var profiles = []string{"online", "offline"}

// page is the first page of a document with a real token.
type page struct {
	text    string
	version int
	pdf     []byte
	printed *image.Gray         // at paperDPI
	drawn   map[int]*image.Gray // by resolution

	left, top, side, module float64 // of the symbol, in mm
}

// newPage makes the document of one sample. Each has another reference key, and so another symbol.
func newPage(ctx context.Context, layout qrpdf.Layout, lang, profile string, sample int) (*page, error) {
	jws, claims, err := issue(ctx, profile, sample)
	if err != nil {
		return nil, err
	}
	text, err := token.QRText(issuer+"/q", jws)
	if err != nil {
		return nil, err
	}
	symbol, err := qrpdf.Encoder{}.Encode(text)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	d := qrpdf.Document{Layout: layout, Lang: lang, DisplayName: "Azienda sanitaria di Esempio",
		Contact: "Via Roma 1, 39100 Esempio", Issued: claims.IssuedAt, Expires: claims.LastDay(time.UTC)}
	if err := d.Write(&file, symbol); err != nil {
		return nil, err
	}
	return &page{text: text, version: symbol.Version(), pdf: file.Bytes(), drawn: map[int]*image.Gray{}}, nil
}

// locate measures where the symbol is, and draws the page that is to be worn.
func (p *page) locate(ctx context.Context) error {
	report, err := lint.Check(ctx, p.pdf, lint.Options{})
	if err != nil {
		return err
	}
	if len(report.Symbols) == 0 || report.Symbols[0].Edges == nil {
		return errors.New("the symbol was not found on its page")
	}
	found := report.Symbols[0]
	p.left, p.top, p.side, p.module = found.Edges.Left, found.Edges.Top, found.Side, found.Module
	p.printed, err = p.raster(ctx, paperDPI)
	return err
}

// raster draws the page without any wear, once for each resolution.
func (p *page) raster(ctx context.Context, dpi int) (*image.Gray, error) {
	if g := p.drawn[dpi]; g != nil {
		return g, nil
	}
	g, err := lint.Draw(ctx, p.pdf, 1, dpi)
	p.drawn[dpi] = g
	return g, err
}

// issue signs a token with keys that are the same in each run.
func issue(ctx context.Context, profile string, sample int) (string, token.Claims, error) {
	fail := func(err error) (string, token.Claims, error) { return "", token.Claims{}, err }
	secret := func(what string) []byte {
		sum := sha256.Sum256(fmt.Appendf(nil, "robustness %s", what))
		return sum[:]
	}
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret("signing key"))
	if err != nil {
		return fail(err)
	}
	signing, err := token.NewSigningKey(ctx, issuer, private)
	if err != nil {
		return fail(err)
	}
	reference, err := token.NewReferenceKey(uint16(sample+1), secret(fmt.Sprint("reference key ", sample)))
	if err != nil {
		return fail(err)
	}
	person, err := codicefiscale.Parse("RSSMRA80A01H501U")
	if err != nil {
		return fail(err)
	}
	i := &token.Signer{Keys: []*token.SigningKey{signing}, References: []token.ReferenceKey{reference},
		Now: func() time.Time { return time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC) }}
	var jws string
	var claims token.Claims
	if profile == "offline" {
		jws, claims, err = i.IssueOffline(ctx, person)
	} else {
		jws, claims, err = i.Issue(ctx, person)
	}
	return jws, claims, err
}
