// Package benefit says whether a person's status gives the right to one benefit of
// Italian law, and what is still needed where it cannot say.
//
// # Asking
//
//	b, ok := benefit.Default().Lookup("ticket_c03", today)
//	d := b.FirstLevel(s.FirstLevel(policy), nil) // from what the first level discloses
//	d = b.SecondLevel(s, nil)                    // from the whole status
//
// The answer is a [Decision]: an [Outcome], the clause of the condition that decided, and what
// is still missing. Satisfied and NotSatisfied are answers; the other outcomes are kinds of
// "cannot tell", and the kind says what to do next: ask the second level, look for an
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
// [status.Status.Complete] no outcome is [NotSatisfied], but for a benefit that never
// exists. A judgement of 60 % that is on file does not exclude that a court found 80 %.
//
// # Other titles, suspensions
//
// The law of a benefit may name titles of other laws beside the status: INAIL, war, service, L.
// 222/1984. Each is an evidence too. If the registry misses nothing and the condition is not
// met, the outcome is NeedsEvidence until the desk has said no to each of them; one yes makes it
// Satisfied. A [status.Title] that the registry holds goes before the desk's word, in both
// directions; it is looked at by the second level only, so that the first level says
// NeedsSecondLevel where a registry may hold such a title.
//
// A suspension is of the payment: the judgement is in force for all benefits but those with
// [Benefit.Payment], which then need [PaymentResumed].
//
// # The catalogue
//
// [Default] has the benefits of national law that most people ask about. Each is a
// [Benefit]: a stable identifier, a title in five languages, the law, the day on
// which somebody compared it with the law, and a condition. A benefit whose law changes has a row
// for each period. An embedder adds rows, or replaces those with the same identifier, by a file
// of the same format:
//
//	c, err := benefit.Default().Merge(file)
//
// # The file
//
// UTF-8 text in lines, of at most [MaxFile] bytes. Blank lines and lines whose first character
// other than white space is # are left out. The first line is "attesta-benefits 1" and the day of the
// edition. A line that does not begin with white space opens a row with its identifier: a
// benefit, an evidence, a class or an age. Indented lines are its fields:
//
//	attesta-benefits 1 2026-11-01
//
//	benefit example.bus_card
//	  it: Tessera dell'autobus
//	  en: Bus card
//	  law: L.R. 12/2026 art. 3
//	  checked: 2026-11-01 read
//	  valid_from: 2027-01-01
//	  condition: percent >= 67 or class(example.senses)
//	    or evidence(example.resident) and age >= pension_age
//	  other_titles: example.inail = inail percent > 33; example.war = war grade 1-3 or service
//	  unchecked: provider_conditions
//	  place: Valdirose
//	  value_it: viaggi gratuiti
//	  companion_it: viaggi gratuiti
//	  note_it: La tessera si chiede allo sportello.
//
//	class example.senses
//	  law: L.R. 12/2026 art. 3
//	  checked: 2026-11-01 read
//	  condition: category(blind, deaf)
//
//	age example.age
//	  law: L.R. 12/2026 art. 4
//	  checked: 2026-11-01 known
//	  ages: 67 until 1959-12-31, 67+1 until 1960-11-30, 67+3
//
//	evidence example.resident
//	  it: Residenza nella Regione
//	  ...
//
// Titles and other texts have one field for each language, it or value_it; Italian is required,
// and stands in for the others. The fields of a benefit:
//
//   - law: the citation, or law_it and so on: a sentence where there is no law.
//   - checked: the day of the comparison, and read or known: see [Source].
//   - condition: see below; the one word never for a benefit that does not exist.
//   - other_titles: codes of evidence, each perhaps with = and which titles of a registry it is: a
//     kind of package status, with a percentage if inail, with grades if another.
//   - payment: yes for money that a suspension holds back.
//   - valid_from, valid_until: the first and the last day. The same identifier may have several
//     rows whose periods have no day in common.
//   - unchecked: codes of what else the benefit asks for, with no influence on the outcome.
//   - place, and value, companion, note in any language: what people are told.
//
// The first three and the Italian title are required. An evidence has the words for its code and
// perhaps a field title, which says as in other_titles which titles of a registry it is; that holds
// for the rows that ask for it in their condition. An age says
// which age counts for people born until a day; "67+1" is 67 years and one month. Condition,
// other_titles and ages may go on over further indented lines. Identifiers are small letters, digits
// and _, beginning with a letter, with further parts after dots; the catalogue here uses no dot, so
// that yours never clash with it if you put a name and a dot before them. What is wrong is
// reported with line and column as a [*SyntaxError].
//
// # Conditions
//
//	condition  = term { "or" term } .
//	term       = factor { "and" factor } .
//	factor     = "not" factor | "(" condition ")" | comparison | test .
//	comparison = "percent" operator number | "age" operator ( number [ "+" number ] | code ) .
//	operator   = "<" | "<=" | "=" | ">=" | ">" .
//	test       = ( "category" | "subkind" | "degree" | "recognised" | "class" | "at_18" )
//	             "(" code { "," code } ")"
//	           | "annotation" "(" code [ "in" code ] ")"
//	           | "evidence" "(" code ")" .
//
// Words are separated by white space, and # begins a comment up to the end of the
// line. A number has at most three digits. Codes are those of package status, several
// of them in one test mean any of them.
//
//   - percent: the percentage of civil invalidity in force. Write the operator of
//     the law: "over 45" is > 45. Where the verbale has no number the band of its degree
//     counts, if it lies on one side of the limit. Without a percentage every comparison is no,
//     but for an adult with the rights of a judgement for minors, whom nobody has measured.
//   - age: completed years on the day of the status, completed months with +, or the age of a
//     row. The first level does not disclose it.
//   - category: one of the six of the first level; category(any) is any of them.
//   - subkind: partial or total blindness, congenital or acquired deafness, art. 3 c. 1 or
//     c. 3 of L. 104/1992.
//   - degree: a judgement in force of exactly this degree.
//   - recognised: any judgement in force in the domain.
//   - annotation: on a judgement in force, in the domain if one is given.
//   - evidence: what the desk has seen; see [Evidence].
//   - class: the condition with that name.
//   - at_18: without_visit or applied, the [status.AdultRights] of people who have turned 18.
//
// A judgement that is revoked, refused or past counts as none; one that is suspended counts.
// What a domain would answer that holds nothing, a judgement that is not held, one that does not
// decide or one for minors that has ended, the registry does not say; the first of them is no
// where the status is complete. Deafblindness recognised until 17 December 2025 implies
// blindness and deafness where these hold nothing; recognised since, it leaves them open (L.
// 107/2010 as changed by L. 182/2025 art. 63).
//
// Each test is yes, no, or open for one of three reasons. From the worst: no, the registry
// does not say, the annotation is not recorded, the evidence was not seen, yes. "and" takes
// the worst of its parts. "or" takes the best, where an annotation counts as better than
// evidence, so that both report the annotation first. "not" exchanges yes and no.
//
// # What is not checked
//
// What a row lists as unchecked; that a benefit was granted, where the law asks for the medical
// requirement; amounts, income and conditions of providers; whether the law has changed since the
// row was checked. It is not legal advice.
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
	return (b.ValidUntil == 0 || c.ValidFrom <= b.ValidUntil) &&
		(c.ValidUntil == 0 || b.ValidFrom <= c.ValidUntil)
}

// OtherTitles returns the titles of other laws that the law of the benefit names. Each is an
// evidence too.
func (b Benefit) OtherTitles() []OtherTitle { return slices.Clone(b.titles) }

// Rule says which titles of a registry the evidence is, in the form of the file; empty: none.
func (b Benefit) Rule(code string) string {
	for _, o := range b.titles {
		if o.Code == code && o.Rule != "" {
			return o.Rule
		}
	}
	return b.terms.title(code).Rule
}

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
