package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// A judge reads files and judges the papers in them. It is safe for concurrent use.
type judge struct {
	client  *verifier.Client
	offline bool
	options verifier.FirstLevelOptions
}

// A result is the report on one file. If the file had no text to judge, it holds the reason. In JSON it
// is one line.
type result struct {
	File string `json:"file"`
	// Digest is that of the bytes that were judged; see digest. It is empty if the file could not be read.
	Digest string `json:"digest,omitempty"`
	verifier.Report
	Reason string `json:"reason,omitempty"`
	// Around is what has to be removed around the text before it can be judged.
	Around []scan.Stray `json:"around,omitempty"`
	// INPS says which QR of INPS the text is; link is its address, which is not kept.
	INPS scan.INPSKind `json:"inps,omitempty"`
	link string
}

// file judges the paper in a file. The zero codice fiscale means that the operator named no person.
func (j judge) file(ctx context.Context, path string, cf codicefiscale.Code) result {
	data, err := readInput(path, nil)
	if err != nil {
		return j.unread(path, err)
	}
	r := j.data(ctx, path, data, cf)
	r.Digest = digest(data)
	return r
}

// digest returns the SHA-256 of a file as readInput returns it, in hexadecimal.
func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// data judges the paper in the bytes of a file.
func (j judge) data(ctx context.Context, path string, data []byte, cf codicefiscale.Code) result {
	text, err := textOf(ctx, j.client, data)
	if err != nil {
		return j.unread(path, err)
	}
	return newResult(path, text, j.text(ctx, text, cf))
}

// newResult is the result of a text that was judged.
func newResult(path, text string, r verifier.Report) result {
	x := result{File: path, Report: r}
	if r.Code == api.CodeNotOurs || r.Code == api.CodeShape {
		x.Around = scan.Strays(text)
	}
	if of, ok := scan.ReadINPS(text); ok && r.Code == api.CodeNotOurs {
		x.INPS, x.link = of.Kind, of.Link
	}
	return x
}

// textOf returns the text of the QR in the bytes of a file.
func textOf(ctx context.Context, c *verifier.Client, data []byte) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return scan.Text(ctx, c, data)
}

// text judges a scanned text.
func (j judge) text(ctx context.Context, text string, cf codicefiscale.Code) verifier.Report {
	if j.offline {
		return j.client.Check(ctx, text, cf)
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return j.client.FirstLevel(ctx, text, cf, j.options)
}

// unread returns the result for a file without a text to judge.
func (j judge) unread(path string, err error) result {
	report := j.client.Check(context.Background(), "", codicefiscale.Code{})
	return result{File: path, Report: report, Reason: err.Error()}
}

// exitCode returns the exit code for the cause of the report. If there is no cause, the status is
// confirmed or, with -offline, the paper is authentic.
func (r *result) exitCode() int {
	switch {
	case r.Code == "":
		return cli.OK
	case r.Code.Outcome() == api.NotConfirmed:
		return 1
	case r.Code == api.CodeUsage, r.Code == api.CodeMalformedCF:
		return cli.Usage
	}
	return cannotTell
}
