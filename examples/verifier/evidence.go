package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// evidenceFlag defines the flag with which the desk says what it has seen.
func evidenceFlag(fs *flag.FlagSet) api.Evidence {
	seen := api.Evidence{}
	const usage = "`CODE=yes` or CODE=no: a paper that you have looked at for -benefit; " +
		"annotation:CODE=yes for what you have read on the verbale; repeat it for each"
	fs.Func("evidence", usage, func(text string) error {
		code, value, _ := strings.Cut(text, "=")
		if _, again := seen[code]; again || code == "" || value != api.EvidenceYes &&
			value != api.EvidenceNo {
			return errors.New("it is CODE=yes or CODE=no, once for each code")
		}
		seen[code] = value
		return nil
	})
	return seen
}

// explainUsage prints what the issuer would have accepted, if it refused the benefit or the evidence.
func (r *result) explainUsage(
	ctx context.Context, c *verifier.Client, id string, seen api.Evidence, s cli.Streams,
) {
	p := r.Problem
	refused := p != nil && (p.Code == api.UnknownBenefit || p.Code == api.MalformedRequest && len(seen) > 0)
	if !refused || r.Paper == nil {
		return
	}
	list, err := c.Benefits(ctx, r.Paper.IssuerName)
	if err != nil {
		cli.Say(s, "the issuer's list of benefits: %v", err)
		return
	}
	i := slices.IndexFunc(list.Benefits, func(b api.Benefit) bool { return b.ID == id })
	if i < 0 {
		var ids []string
		for _, b := range list.Benefits {
			ids = append(ids, b.ID)
		}
		cli.Say(s, "the issuer's benefits are: %s", printable(strings.Join(ids, ", ")))
		return
	}
	if codes := list.Benefits[i].Evidence; len(codes) > 0 {
		cli.Say(s, "-evidence for %s takes: %s", id, printable(strings.Join(codes, ", ")))
		return
	}
	cli.Say(s, "-evidence: %s takes none", id)
}

// printNeeds writes what is still to be seen.
func printNeeds(w io.Writer, lang status.Language, needs []string) {
	if len(needs) == 0 {
		return
	}
	fmt.Fprintf(w, "%s:\n", words.Say(lang, words.LabelNeeds))
	for _, q := range answer.Questions(lang, benefit.Default(), needs, nil) {
		fmt.Fprintf(w, "  %s: %s\n", printable(q.Code), printable(q.Text))
	}
}
