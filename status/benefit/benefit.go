// Package benefit says whether a person's status gives the right to one benefit of
// Italian law, and what is still needed where it cannot say.
//
// # Asking
//
//	b, ok := benefit.Default().Lookup("ticket_c03")
//	d := b.FirstLevel(s.FirstLevel(policy), nil) // from what the first level discloses
//	d = b.SecondLevel(s, nil)                    // from the whole status
//
// The answer is a [Decision]: an [Outcome] and the clause of the condition that decided.
// Satisfied and NotSatisfied are answers; the other outcomes are kinds of "cannot
// tell", and the kind says what to do next: ask the second level, look for an
// annotation of art. 4 DL 5/2012 that the verbale does not record, see a paper that no
// registry of verbali has (see [Evidence]), or show another title.
//
// The first level works from a [status.FirstLevel] and has nothing else to
// work from. Whatever questions are put to it, two people whose first levels are equal
// get equal answers: no sequence of them tells 67 % from 74 %. It answers what is true
// of everybody with that first level, so that the second level never contradicts it.
// If some of them would get more out of the second level it says
// [NeedsSecondLevel], and if none could be satisfied there [CannotTell].
//
// A registry that is not complete can confirm and never deny: without
// [status.Status.Complete] no outcome is [NotSatisfied]. A judgement of 60 % that is on
// file does not exclude that a court found 80 %.
//
// # The catalogue
//
// [Default] has the benefits of national law that most people ask about. Each is a
// [Benefit]: a stable identifier, a title in five languages, the law, the day to
// which it was checked, and a condition. An embedder adds rows, or replaces those with
// the same identifier, by a file of the same format:
//
//	c, err := benefit.Default().Merge(file)
//
// # The file
//
// UTF-8 text in lines, of at most [MaxFile] bytes. Blank lines and lines whose first character
// other than white space is # are left out. The first line is "attesta-benefits 1" and the day of the
// edition. A line that does not begin with white space opens a row, a benefit or
// an evidence, with its identifier; indented lines are its fields:
//
//	attesta-benefits 1 2026-11-01
//
//	benefit example.bus_card
//	  it: Tessera dell'autobus
//	  en: Bus card
//	  de: Busausweis
//	  fr: Carte de bus
//	  sl: Avtobusna kartica
//	  law: decision 12/2026 of the council
//	  as_of: 2026-11-01
//	  condition: percent >= 67 or category(blind, deaf)
//	    or evidence(example.resident)
//	  unchecked: provider_conditions
//
//	evidence example.resident
//	  it: Residenza nel comune
//	  ...
//
// All fields are required but unchecked: the codes of what else the benefit asks for, with no
// influence on the outcome. An evidence has the five languages only. A condition may go on
// over further indented lines. Identifiers are small letters, digits and _, beginning
// with a letter, with further parts after dots; the catalogue here uses no dot, so that yours
// never clash with it if you put a name and a dot before them. What is wrong is
// reported with line and column as a [*SyntaxError].
//
// # Conditions
//
//	condition  = term { "or" term } .
//	term       = factor { "and" factor } .
//	factor     = "not" factor | "(" condition ")" | comparison | test .
//	comparison = ( "percent" | "age" ) ( "<" | "<=" | "=" | ">=" | ">" ) number .
//	test       = ( "category" | "subkind" | "degree" | "recognised" ) "(" code { "," code } ")"
//	           | "annotation" "(" code [ "in" code ] ")"
//	           | "evidence" "(" code ")" .
//
// Words are separated by white space, and # begins a comment up to the end of the
// line. A number has at most three digits. Codes are those of package status, several
// of them in one test mean any of them.
//
//   - percent: the percentage of civil invalidity in force. Write the operator of
//     the law: "over 45" is > 45. Where the verbale has no number the band of its degree
//     counts, if it lies on one side of the limit. Without a percentage every comparison is no.
//   - age: completed years on the day of the status. The first level does not disclose it.
//   - category: one of the six of the first level; category(any) is any of them.
//   - subkind: partial or total blindness, congenital or acquired deafness, art. 3 c. 1 or
//     c. 3 of L. 104/1992.
//   - degree: a judgement in force of exactly this degree.
//   - recognised: any judgement in force in the domain.
//   - annotation: on a judgement in force, in the domain if one is given.
//   - evidence: what the desk has seen; see [Evidence].
//
// A judgement that is suspended, revoked, refused or past counts as none. What a domain
// without any event, or with one that is not held, would answer, the registry does not say;
// the first of the two is no where the status is complete.
//
// Each test is yes, no, or open for one of three reasons. From the worst: no, the registry
// does not say, the annotation is not recorded, the evidence was not seen, yes. "and" takes
// the worst of its parts. "or" takes the best, where an annotation counts as better than
// evidence, so that both report the annotation first. "not" exchanges yes and no.
//
// # What is not checked
//
// What a row lists as unchecked; amounts, income and conditions of providers; whether
// the law has changed since the row's as_of. It is not legal advice.
//
// All values are immutable and safe for concurrent use.
package benefit

import (
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/status"
)

// A Benefit is one row of a catalogue. The zero Benefit is none: its outcome is always
// CannotTell.
type Benefit struct {
	// ID is stable and never given to another benefit. It is what follows "benefit:"
	// in a scope of the second level. Several rows may have it, each for a period of its own.
	ID    string
	Title Text
	Law   Text // the law as it is cited in Italy, or a sentence where there is none
	// Checked is the day on which somebody compared the row with its Source.
	Checked status.Date
	Source  Source
	// ValidFrom and ValidUntil are the first and the last day of the row; zero: no limit.
	ValidFrom, ValidUntil status.Date
	Place                 string // where the benefit exists, in Italian; empty: in all of Italy
	Value, Companion      Text   // what the person gets, and a companion; may be zero
	Note                  Text   // what people must know beside it; may be zero
	// Condition on the status and on what else the desk has seen; zero if Never.
	Condition Condition
	// Payment says that the State pays money, which a suspended judgement holds back: see
	// [PaymentResumed].
	Payment bool
	// Never says that the benefit does not exist for disabled people, although many ask
	// for it.
	Never     bool
	titles    []OtherTitle
	unchecked string // codes separated by a space
	terms     *terms // of the catalogue
}

// A Source says with what a row was compared.
type Source string

// The sources. Their codes are stable and will never be given to something else.
const (
	Read  Source = "read"  // the text of the law, or a summary by an authority
	Known Source = "known" // general knowledge
)

// ValidOn reports whether the row is that of the day.
func (b Benefit) ValidOn(day status.Date) bool {
	return b.ValidFrom <= day && (b.ValidUntil == 0 || day <= b.ValidUntil)
}

func (b Benefit) hasPeriod() bool { return b.ValidFrom != 0 || b.ValidUntil != 0 }

func (b Benefit) overlaps(c Benefit) bool {
	return (b.ValidUntil == 0 || c.ValidFrom <= b.ValidUntil) && (c.ValidUntil == 0 || b.ValidFrom <= c.ValidUntil)
}

// OtherTitles returns the titles of other laws that the law of the benefit names. Each is an
// evidence too.
func (b Benefit) OtherTitles() []OtherTitle { return slices.Clone(b.titles) }

// Unchecked returns the codes of what else the benefit asks for and the outcome does not
// look at; see [Catalogue.Evidence] for their words.
func (b Benefit) Unchecked() []string { return strings.Fields(b.unchecked) }

// Evidence returns the codes of the evidence that can decide, each once: of the condition and its
// classes, of the other titles, and of payments that go on again.
func (b Benefit) Evidence() []string {
	var list []string
	add := func(code string) {
		if !slices.Contains(list, code) {
			list = append(list, code)
		}
	}
	b.walk(func(n *node) {
		if n.kind == isEvidence {
			add(n.codes[0])
		}
	})
	for _, t := range b.titles {
		add(t.Code)
	}
	if b.Payment {
		add(PaymentResumed)
	}
	return list
}

// walk visits the condition and the classes that it names.
func (b Benefit) walk(visit func(*node)) {
	var into func(n *node)
	into = func(n *node) {
		visit(n)
		if n.kind == isClass {
			for _, name := range n.codes {
				b.terms.class(name).walk(into)
			}
		}
	}
	b.Condition.root.walk(into)
}

// Evidence is what the desk has seen beside the status, by the code of the evidence: yes,
// no, or not seen, which is what a missing code means too. The nil Evidence has seen
// nothing.
type Evidence map[string]status.Tri
