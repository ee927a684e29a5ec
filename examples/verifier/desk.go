package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// A desk leads an operator through the second level while the person waits for the code. It writes to
// the error stream, so that the output holds only the answer.
type desk struct {
	client *verifier.Client
	text   string
	cf     codicefiscale.Code
	lang   status.Language
	s      cli.Streams
}

// converse sends the request and asks for the code until there is an answer.
func (d desk) converse(ctx context.Context, q verifier.SecondLevelRequest) verifier.Report {
	challenge, report := d.client.RequestSecondLevel(ctx, d.text, d.cf, q)
	if challenge == nil {
		return report
	}
	d.show(challenge)
	for {
		typed, err := d.ask(ctx, challenge)
		if err != nil || typed == "q" {
			d.say(words.LabelStopped, "")
			return report
		}
		switch typed {
		case "":
			continue
		case "r":
			var again *api.Challenge
			if again, report = d.client.Resend(ctx, challenge.ID, d.text, d.cf); again != nil {
				d.say(words.LabelSentAgain, "")
				challenge = again
				d.show(challenge)
				continue
			}
		default:
			report = d.client.Answer(ctx, d.text, d.cf, verifier.SecondLevelAnswer{Challenge: challenge.ID,
				Code: typed, Scope: q.Scope, CaseNumber: q.CaseNumber, Evidence: q.Evidence})
		}
		p := report.Problem
		if p == nil || !canGoOn(p) {
			return report
		}
		if p.AttemptsLeft != nil {
			challenge.AttemptsLeft = *p.AttemptsLeft
		}
		d.explain(p)
	}
}

// canGoOn reports whether the operator may still answer the same challenge.
func canGoOn(p *api.Problem) bool {
	switch p.Code {
	case api.WrongCode:
		return p.AttemptsLeft == nil || *p.AttemptsLeft > 0
	case api.MalformedCode, api.WaitAfterFailures, api.TooSoon, api.NoResends, api.RateLimited,
		api.Unavailable, api.Internal:
		return true
	}
	return false
}

// show prints what the operator and the person need to know about a challenge.
func (d desk) show(c *api.Challenge) {
	if c.MaskedPhone != "" {
		d.say(words.LabelSentTo, "%s (%s)", c.MaskedPhone, c.Channel)
	}
	if c.ListID != "" {
		d.say(words.LabelPrintedList, "%s, %d", c.ListID, c.ListNumber)
	}
	if c.Comparison != "" {
		d.say(words.LabelComparisonNumber, "%s", c.Comparison)
	}
	d.say(words.LabelShownAs, "%s", c.Organisation)
}

// ask returns a typed line: the digits of the code, q, r, or nothing. At the end of the input it returns
// an error.
func (d desk) ask(ctx context.Context, c *api.Challenge) (string, error) {
	left := max(time.Until(c.ExpiresAt), 0).Round(time.Second)
	fmt.Fprintf(d.s.Err, "%s: %d:%02d. %s: %d.\n%s: ", words.Say(d.lang, words.LabelTimeLeft),
		int(left.Minutes()), int(left.Seconds())%60,
		words.Say(d.lang, words.LabelAttemptsLeft), c.AttemptsLeft, words.Say(d.lang, words.LabelTypeCode))
	type typed struct {
		line string
		err  error
	}
	got := make(chan typed, 1)
	go func() { // so that an interrupt does not wait for a line
		line, err := cli.ReadLine(d.s.In)
		got <- typed{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case t := <-got:
		if t.line == "" && t.err != nil {
			fmt.Fprintln(d.s.Err)
			return "", t.err
		}
		spaces := strings.NewReplacer(" ", "", "-", "", ".", "", "\u00a0", "", "\t", "")
		return strings.ToLower(spaces.Replace(t.line)), nil
	}
}

// explain prints why the issuer did not accept a code or a resend.
func (d desk) explain(p *api.Problem) {
	w := answer.ForReport(d.lang, verifier.Report{Problem: p})
	fmt.Fprintf(d.s.Err, "\n%s [%s]\n%s\n-> %s\n", w.Headline, p.Code, w.Sentence, w.Next)
	if p.RetryAfter > 0 {
		d.say(words.LabelWait, "%s", time.Duration(p.RetryAfter)*time.Second)
	}
}

// say prints a label with its value, or the label alone as a sentence.
func (d desk) say(l words.Label, format string, args ...any) {
	if format == "" {
		fmt.Fprintf(d.s.Err, "%s.\n", words.Say(d.lang, l))
		return
	}
	fmt.Fprintf(d.s.Err, "%s: %s\n", words.Say(d.lang, l), fmt.Sprintf(format, args...))
}
