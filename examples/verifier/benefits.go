package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

const benefitsUsage = `Usage: verifier benefits [flags] [WORD...]

Lists the benefits of the catalogue that have the most of the words, the likest first: in the identifier,
title, law, place and value, and in the words that people use for them, such as treno, cinema or 104.
It says what each benefit needs and which level of the service answers for it: 1 (QR and codice fiscale),
2 (with the code that the person receives), or "1 or 2" if level 2 answers what level 1 leaves open.
In brackets are the codes for -evidence of check and second-level.
`

// listed is one row of the list. Its JSON is for programs.
type listed struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Level      string   `json:"level"`
	Annotation bool     `json:"annotation"`
	Evidence   []string `json:"evidence,omitempty"`
	Condition  string   `json:"condition"`
	Law        string   `json:"law"`
	Checked    string   `json:"checked"`
	Source     string   `json:"source"`
	ValidFrom  string   `json:"valid_from,omitempty"`
	ValidUntil string   `json:"valid_until,omitempty"`
	Place      string   `json:"place,omitempty"`
	Value      string   `json:"value,omitempty"`
	Companion  string   `json:"companion,omitempty"`
	Note       string   `json:"note,omitempty"`
}

func benefits(_ context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("benefits", benefitsUsage, s)
	lang := cli.Lang(fs)
	policy := cli.Choice(fs, "policy", string(status.PolicyCategories),
		"what the issuer discloses at the first level: any, categories or subkinds",
		string(status.PolicyAny), string(status.PolicyCategories), string(status.PolicySubKinds))
	file := fs.String("catalogue", "", "`FILE` of rows that are added or replaced, such as a Region's")
	place := fs.String("place", "", "only what there is in `PLACE` and not in all of Italy")
	asJSON := fs.Bool("json", false, "print one JSON object a line")
	wanted, code, ok := cli.Parse(fs, args, s)
	if !ok {
		return code
	}
	catalogue, err := readCatalogue(*file)
	if err != nil {
		return cli.Fail(s, cli.Usage, "catalogue: %v", err)
	}
	found := list(catalogue, status.Policy(*policy), status.Language(*lang), wanted)
	found = slices.DeleteFunc(found, func(l listed) bool { return !holds(l.Place, *place) })
	if len(found) == 0 {
		return cli.Fail(s, cli.Failure, "no benefit of the catalogue holds these words")
	}
	if *asJSON {
		out := json.NewEncoder(s.Out)
		for _, l := range found {
			if err := out.Encode(l); err != nil {
				return cli.Fail(s, cli.Failure, "%v", err)
			}
		}
		return cli.OK
	}
	if err := printBenefits(s.Out, status.Language(*lang), found, catalogue.Edition()); err != nil {
		return cli.Fail(s, cli.Failure, "%v", err)
	}
	return cli.OK
}

// readCatalogue returns the national catalogue, with the rows of the file added or replaced.
func readCatalogue(path string) (benefit.Catalogue, error) {
	if path == "" {
		return benefit.Default(), nil
	}
	rows, err := file.Read(path, benefit.MaxFile)
	if err != nil {
		return benefit.Catalogue{}, err
	}
	catalogue, err := benefit.Default().Merge(rows)
	var syntax *benefit.SyntaxError
	if errors.As(err, &syntax) {
		return catalogue, words.Errorf("%s: %w", path, err)
	}
	return catalogue, err
}

// list returns the benefits in force today that have the most of the words.
func list(c benefit.Catalogue, p status.Policy, lang status.Language, wanted []string) []listed {
	var found []listed
	for _, b := range c.Search(lang, strings.Join(wanted, " "), answer.Today()) {
		l := describe(b, lang)
		needs := b.Needs(p)
		l.Level, l.Annotation = string(needs.Level), needs.Annotation
		for _, q := range answer.Accepted(lang, c, b.ID, answer.Today(), nil) {
			l.Evidence = append(l.Evidence, q.Text+" ("+q.Code+")")
		}
		found = append(found, l)
	}
	return found
}

func holds(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// describe returns the row of a benefit in the language, without what depends on the policy.
func describe(b benefit.Benefit, lang status.Language) listed {
	l := listed{
		ID: b.ID, Title: b.Title.In(lang), Condition: b.Condition.String(), Law: b.Law.In(lang),
		Checked: b.Checked.String(), Source: string(b.Source), Place: b.Place, Value: b.Value.In(lang),
		Companion: b.Companion.In(lang), Note: b.Note.In(lang),
	}
	if b.Never {
		l.Condition = "never"
	}
	if b.ValidFrom != 0 {
		l.ValidFrom = b.ValidFrom.String()
	}
	if b.ValidUntil != 0 {
		l.ValidUntil = b.ValidUntil.String()
	}
	return l
}

func printBenefits(out io.Writer, lang status.Language, found []listed, edition status.Date) error {
	say := func(l words.Label) string { return words.Say(lang, l) }
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	head := []string{"ID", say(words.LabelLevel), say(words.LabelBenefit), say(words.LabelAlsoNeeds),
		say(words.LabelLaw)}
	fmt.Fprintln(w, strings.ToUpper(strings.Join(head, "\t")))
	for _, l := range found {
		also := slices.Clone(l.Evidence)
		if l.Annotation {
			also = append([]string{say(words.LabelAnnotation)}, also...)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", l.ID, l.level(lang), l.Title, strings.Join(also, "; "), l.Law)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, l := range found {
		if err := l.printMore(out, lang); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "\n%s: %d (%s %s). %s\n", say(words.LabelBenefits), len(found),
		say(words.LabelEdition), edition, say(words.LabelNotLegalAdvice))
	return err
}

// printMore prints the fields that few rows have.
func (l listed) printMore(out io.Writer, lang status.Language) error {
	lines := []struct {
		label words.Label
		text  string
	}{
		{words.LabelPlace, l.Place}, {words.LabelValue, l.Value}, {words.LabelCompanion, l.Companion},
		{words.LabelNote, l.Note}, {words.LabelValidFrom, l.ValidFrom}, {words.LabelValidUntil, l.ValidUntil},
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	heading := "\n" + l.ID + "\n"
	for _, line := range lines {
		if line.text != "" {
			fmt.Fprintf(w, "%s  %s:\t%s\n", heading, words.Say(lang, line.label), line.text)
			heading = ""
		}
	}
	return w.Flush()
}

// level returns the level that answers, for a person.
func (l listed) level(lang status.Language) string {
	switch benefit.Level(l.Level) {
	case benefit.LevelFirst:
		return "1"
	case benefit.LevelFirstOrSecond:
		return words.Say(lang, words.LabelFirstOrSecond)
	case benefit.LevelSecond:
		return "2"
	}
	return "-"
}
