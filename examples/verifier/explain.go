package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier"
)

// print writes the report for a person: the answer first, then why and what to do, then every check. typed says that a
// codice fiscale was given.
func (r *result) print(w io.Writer, lang status.Language, typed bool) {
	verdict, why := words.ForVerdict(lang, r.Verdict), words.ForReport(lang, r.Report)
	big := strings.ToUpper(verdict.Headline)
	switch {
	case r.Code == "" && r.Verdict == verifier.CannotTell && r.Authenticity == verifier.Authentic:
		big = why.Headline // no "cannot tell" before it: nobody was asked
	case r.Code != "":
		big += ": " + why.Headline + " [" + r.cause() + "]"
	}
	fmt.Fprintf(w, "%s\n%s\n-> %s\n", big, why.Sentence, why.Next)
	if r.reason != nil {
		fmt.Fprintf(w, "Reason: %v.\n", r.reason)
	}
	if d := r.Disclosed; d != nil {
		if len(d.Categories) > 0 {
			fmt.Fprintf(w, "Categories: %s\n", strings.Join(d.Categories, ", "))
		}
		if d.Benefit != "" {
			fmt.Fprintf(w, "Benefit: %s\n", d.Benefit)
		}
	}
	if r.Receipt != "" {
		fmt.Fprintf(w, "Receipt: %s\n", r.Receipt)
	}
	if p := r.Paper; p != nil {
		fmt.Fprintf(w, "Issuer: %s\nIssued: %s, valid until %s\n", p.Issuer, day(p.IssuedAt), day(p.ExpiresAt))
		fmt.Fprintf(w, "CF: %s\n", r.aboutCF(typed))
	}
	fmt.Fprintln(w)
	for _, c := range r.Checks {
		fmt.Fprintf(w, "  %-12s %-15s %s\n", c.Result, c.Name, age(c.AsOf))
	}
}

// cause is the code, and the issuer's own where that says more.
func (r *result) cause() string {
	if p := r.Problem; p != nil && string(p.Code) != string(r.Code) {
		return string(r.Code) + ", " + string(p.Code)
	}
	return string(r.Code)
}

func (r *result) aboutCF(typed bool) string {
	for _, c := range r.Checks {
		if c.Name == verifier.CheckCodiceFiscale && c.Result == verifier.Pass {
			return "the person of this paper"
		}
	}
	switch {
	case r.Code == verifier.CFMismatch:
		return "not the person of this paper"
	case !r.Paper.Offline:
		return "only the issuer can tell"
	case !typed:
		return "not given (use -cf)"
	}
	return "not compared"
}

func day(t time.Time) string { return t.Format("2 January 2006") }

func age(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return "as of " + t.Format("2006-01-02 15:04")
}
