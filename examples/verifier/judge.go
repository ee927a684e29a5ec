package main

import (
	"context"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// judge gets from a file to an answer. It is safe for concurrent use.
type judge struct {
	client  *verifier.Client
	offline bool
	options verifier.FirstLevelOptions
}

// result is the report on one file and, where there was no text to judge, the reason. Its JSON is one line for programs.
type result struct {
	File string `json:"file"`
	verifier.Report
	Reason string `json:"reason,omitempty"`
}

// file judges the paper of a person; the zero codice fiscale means that nobody is named.
func (j judge) file(ctx context.Context, path string, cf codicefiscale.Code) result {
	data, err := readInput(path, nil)
	if err != nil {
		return j.unread(path, err)
	}
	return j.data(ctx, path, data, cf)
}

// data judges a file's bytes.
func (j judge) data(ctx context.Context, path string, data []byte, cf codicefiscale.Code) result {
	text, err := textOf(ctx, j.client, data)
	if err != nil {
		return j.unread(path, err)
	}
	return result{File: path, Report: j.text(ctx, text, cf)}
}

// textOf looks for the text of the QR in a file's bytes.
func textOf(ctx context.Context, c *verifier.Client, data []byte) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return scan.Text(ctx, c, data)
}

// text judges a scanned text.
func (j judge) text(ctx context.Context, text string, cf codicefiscale.Code) verifier.Report {
	if j.offline {
		return j.client.Check(text, cf)
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return j.client.FirstLevel(ctx, text, cf, j.options)
}

// unread reports a file in which there is nothing to judge.
func (j judge) unread(path string, err error) result {
	return result{path, j.client.Check("", codicefiscale.Code{}), err.Error()}
}

// exitCode follows the report's cause; without one the status is confirmed or, offline, the paper is authentic.
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
