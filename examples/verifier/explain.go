package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// print writes the report for a person: the answer, the reason and what to do, then every check. typed
// reports that the operator gave a codice fiscale.
func (r *result) print(w io.Writer, lang status.Language, typed bool) {
	line := func(label words.Label, format string, args ...any) {
		fmt.Fprintf(w, "%s: %s\n", words.Say(lang, label), fmt.Sprintf(format, args...))
	}
	why := r.why(lang)
	fmt.Fprintf(w, "%s\n%s\n-> %s\n", r.headline(lang), why.Sentence, why.Next)
	if r.link != "" {
		line(words.LabelINPS, "%s", r.link)
	}
	if r.Reason != "" {
		line(words.LabelReason, "%s", printable(words.TellText(lang, r.Reason)))
	}
	for _, kind := range r.Around {
		line(words.LabelReason, "%s", words.Tell(lang, "%v", hint(kind)))
	}
	if r.Problem != nil {
		printProblem(w, lang, r.Problem)
	}
	if r.ReceiptClaims != nil && r.ReceiptClaims.Declared {
		fmt.Fprintln(w, words.Say(lang, words.LabelDeclared))
	}
	if d := r.Disclosed; d != nil {
		printDisclosure(w, lang, d)
	}
	if r.Receipt != "" {
		line(words.LabelReceipt, "%s", r.Receipt)
	}
	if p := r.Paper; p != nil {
		line(words.LabelIssuer, "%s", p.IssuerName)
		line(words.LabelIssued, "%s", day(p.IssuedAt.In(web.Rome())))
		line(words.LabelValidUntil, "%s", day(p.ExpiresAt.Add(-time.Second).In(web.Rome())))
		line(words.LabelCodiceFiscale, "%s", words.Say(lang, r.aboutCF(typed)))
	}
	fmt.Fprintln(w)
	for _, c := range r.Checks {
		line := fmt.Sprintf("  %-12s %-15s %s", c.Result, c.Name, minute(c.AsOf))
		fmt.Fprintln(w, strings.TrimRight(line, " -"))
	}
}

// why returns the words that explain the result.
func (r *result) why(lang status.Language) answer.Words {
	if r.INPS != "" {
		return answer.ForINPS(lang, string(r.INPS))
	}
	return answer.ForReport(lang, r.Report)
}

// headline returns the answer in one line, with the code under which the documentation explains it.
func (r *result) headline(lang status.Language) string {
	why := r.why(lang).Headline
	switch {
	case r.Code != "":
		headline := strings.ToUpper(answer.ForVerdict(lang, r.Verdict).Headline)
		return headline + ": " + why + " [" + r.cause() + "]"
	case r.Verdict == api.Confirmed:
		return strings.ToUpper(why)
	}
	return why
}

// printProblem writes the numbers of a problem, such as the attempts left.
func printProblem(w io.Writer, lang status.Language, p *api.Problem) {
	if p.RetryAfter > 0 {
		fmt.Fprintf(w, "%s: %s\n", words.Say(lang, words.LabelWait), time.Duration(p.RetryAfter)*time.Second)
	}
	if p.AttemptsLeft != nil {
		fmt.Fprintf(w, "%s: %d\n", words.Say(lang, words.LabelAttemptsLeft), *p.AttemptsLeft)
	}
	if len(p.Channels) > 0 {
		fmt.Fprintf(w, "%s: %s\n", words.Say(lang, words.LabelOtherWays), strings.Join(p.Channels, ", "))
	}
	if !p.UsableFrom.IsZero() {
		fmt.Fprintf(w, "%s: %s\n", words.Say(lang, words.LabelUsableFrom), p.UsableFrom.Format(time.RFC3339))
	}
}

// printDisclosure writes what the issuer disclosed, in the words of the law.
func printDisclosure(w io.Writer, lang status.Language, d *api.Disclosure) {
	var list []string
	for _, c := range d.Categories {
		list = append(list, legal(status.Category(c), lang))
	}
	for _, k := range d.SubKinds {
		list = append(list, legal(status.SubKind(k), lang))
	}
	if len(list) > 0 {
		fmt.Fprintf(w, "%s: %s\n", words.Say(lang, words.LabelCategories), strings.Join(list, "; "))
	}
	if d.Benefit != "" {
		fmt.Fprintf(w, "%s: %s\n", words.Say(lang, words.LabelBenefit), d.Benefit)
	}
	printNeeds(w, lang, d.Needs)
	if len(d.Details) > 0 {
		fmt.Fprintf(w, "%s:\n", words.Say(lang, words.LabelDetails))
	}
	for _, j := range d.Details {
		printJudgement(w, lang, j)
	}
}

// printJudgement writes the judgement in one domain, with its act as the ISEE form asks for it.
func printJudgement(w io.Writer, lang status.Language, j api.Detail) {
	fmt.Fprintf(w, "  %s: %s", legal(status.Domain(j.Domain), lang), legal(status.State(j.State), lang))
	if j.Degree != "" {
		fmt.Fprintf(w, ". %s", legal(status.Degree(j.Degree), lang))
	}
	if j.Percent > 0 {
		fmt.Fprintf(w, " (%d %%)", j.Percent)
	}
	if j.NotHeld != "" {
		fmt.Fprintf(w, ". %s", legal(status.Class(j.NotHeld), lang))
	}
	fmt.Fprintln(w)
	line := func(indent string, label words.Label, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s%s: %s\n", indent, words.Say(lang, label), printable(value))
		}
	}
	if j.Doubt != "" {
		line("    ", words.LabelDoubt, legal(status.Doubt(j.Doubt), lang))
	}
	if j.AdultRights != "" {
		line("    ", words.LabelAdultRights, legal(status.AdultRights(j.AdultRights), lang))
	}
	for _, code := range status.AnnotationCodes() {
		if value, ok := j.Annotations[string(code)]; ok {
			if value == "not_recorded" {
				value = ""
			}
			fmt.Fprintf(w, "    %s: %s\n", legal(code, lang), legal(status.Tri(value), lang))
		}
	}
	if j.Decision != "" {
		fmt.Fprintf(w, "    %s:\n", words.Say(lang, words.LabelAct))
		line("      ", words.LabelActBody, j.Body)
		line("      ", words.LabelActNumber, j.Number)
		line("      ", words.LabelActDecision, j.Decision)
		line("      ", words.LabelActSince, j.Since)
	}
}

// printable removes the control characters from a text of others, so that it cannot steer a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || r == '\u00a0' { // French has it before a colon
			return r
		}
		return -1
	}, text)
}

// domainCodes returns the codes of all domains, for a message.
func domainCodes() string {
	var codes []string
	for _, d := range status.Domains() {
		codes = append(codes, string(d))
	}
	return strings.Join(codes, ", ")
}

// legal returns a code in the words of the law, or the code itself if it is unknown.
func legal[C status.Domain | status.Category | status.SubKind | status.Degree | status.State |
	status.Annotation | status.Tri | status.Class | status.Doubt | status.AdultRights,
](code C, lang status.Language) string {
	if w, ok := status.Describe(code, lang); ok {
		return w.Legal
	}
	return string(code)
}

// cause returns the code of the report and, if there is one, the reason of the client or a more specific
// code of the issuer.
func (r *result) cause() string {
	var own *verifier.CallError
	if errors.As(r.Err, &own) {
		return string(r.Code) + ", " + string(own.Reason)
	}
	if p := r.Problem; p != nil && string(p.Code) != string(r.Code) {
		return string(r.Code) + ", " + string(p.Code)
	}
	return string(r.Code)
}

func (r *result) aboutCF(typed bool) words.Label {
	switch {
	case r.Matched():
		return words.LabelThisPerson
	case r.Code == api.CodeCFMismatch:
		return words.LabelAnotherPerson
	case r.Code == api.CodeReplaced:
		return words.LabelEarlierCode
	case !r.Paper.Offline:
		return words.LabelOnlyIssuerTells
	case !typed:
		return words.LabelNotGiven
	}
	return words.LabelNotCompared
}

func day(t time.Time) string { return t.Format("2006-01-02") }
