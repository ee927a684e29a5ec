// Package benefit decides whether a person's status gives the right to a benefit of Italian law,
// and says what is missing if it cannot decide.
//
// # Asking
//
//	b, ok := benefit.Default().Lookup("ticket_c03", today)
//	d := b.FirstLevel(s.FirstLevel(policy), nil) // from what the first level discloses
//	d = b.SecondLevel(s, nil)                    // from the whole status
//
// The answer is a [Decision]: an [Outcome], the clause of the condition that decided, and what is
// missing. Satisfied and NotSatisfied are answers. The other outcomes are kinds of "cannot tell",
// and each names the next step: ask the second level, look for an annotation of art. 4 DL 5/2012
// that the verbale does not record, see a paper that no registry of verbali has (see [Evidence]),
// or see another title.
//
// The first level decides from a [status.FirstLevel] and from nothing else. Two people with equal
// first levels therefore get equal answers to every question: no sequence of questions
// distinguishes 67 % from 74 %. An answer holds for everybody with that first level, so the
// second level never contradicts it. If some of them would get more from the second level, the
// outcome is [NeedsSecondLevel]; if none of them could be satisfied there, it is [CannotTell].
//
// A registry that is not complete can confirm but never deny: without [status.Status.Complete] no
// outcome is [NotSatisfied], except for a benefit that never exists. A judgement of 60 % on file
// does not exclude that a court found 80 %.
//
// # Other titles, suspensions
//
// The law of a benefit may accept titles of other laws instead of the status: INAIL, war,
// service, L. 222/1984. The desk may declare each of them as evidence too. If the registry misses
// nothing and the condition is not met, the outcome is NeedsEvidence until the desk has said no
// to each of them; a single yes makes it Satisfied. A [status.Title] in the registry takes
// precedence over the answer of the desk, in both directions. Only the second level sees the
// titles, so the outcome of the first level is NeedsSecondLevel if a registry may hold such a
// title.
//
// A suspension stops only the payment: the judgement is in force for every benefit except those
// with [Benefit.Payment], which then need [PaymentResumed].
//
// # The catalogue
//
// [Default] contains the benefits of national law that most people ask about. Each is a
// [Benefit]: a stable identifier, a title in five languages, the law, the day on which somebody
// compared it with the law, and a condition. If the law of a benefit changes, the benefit has one
// row per period. An embedder adds rows, or replaces those with the same identifier, with a file
// of the same format:
//
//	c, err := benefit.Default().Merge(file)
//
// # The file
//
// A file is UTF-8 text in lines, of at most [MaxFile] bytes. Blank lines are ignored, and so are
// lines whose first character other than white space is #. The first line is "attesta-benefits 1"
// and the day of the edition. A line that does not begin with white space starts a row and gives
// its identifier: a benefit, a kind of evidence, a class, an age or words for [Catalogue.Search].
// Indented lines are the fields of the row:
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
//	search example.bus
//	  it: corriera, abbonamento
//	  en: coach, season ticket
//	  benefits: example.bus_card, local_transport
//
// Titles and other texts have one field per language, such as it or value_it. Italian is required
// and replaces missing languages. The fields of a benefit are:
//
//   - law: the citation, or law_it and so on: a sentence if there is no law.
//   - checked: the day of the comparison, and read or known: see [Source].
//   - condition: see below; the single word never for a benefit that does not exist.
//   - other_titles: codes of evidence, each optionally followed by = and the titles of a registry
//     that it covers: a kind of package status, with a percentage for inail and with grades for
//     the others.
//   - payment: yes for money that a suspension holds back.
//   - card: picture or name, if the attendance allowance that a card in a wallet states meets the
//     condition: see [Benefit.Card].
//   - valid_from, valid_until: the first and the last day. An identifier may have several rows if
//     their periods have no day in common.
//   - unchecked: codes of further requirements of the benefit, with no influence on the outcome.
//   - place, and value, companion, note in any language: information for people.
//
// The first three and the Italian title are required. An evidence has the words for its code and
// optionally a field title, which lists the titles of a registry that it covers, as in
// other_titles; it applies to the rows whose condition asks for the evidence. An age gives the
// age that counts for people born up to a day; "67+1" is 67 years and one month. A search has the
// words that people use for its benefits where the titles have others. Condition,
// other_titles and ages may continue over further indented lines. An identifier consists of
// lower-case letters, digits and _, begins with a letter, and may have further parts after dots.
// The built-in catalogue uses no dots, so your identifiers never clash with it if they begin with
// a name and a dot. Faults are reported with line and column as a [*SyntaxError].
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
// Words are separated by white space. A # begins a comment that ends with the line. A number has
// at most three digits. Codes are those of package status; several codes in one test mean any of
// them.
//
//   - percent: the percentage of civil invalidity in force. Write the operator of the law: "over
//     45" is > 45. If the verbale has no number, the band of its degree decides if it lies on one
//     side of the limit. Without a percentage every comparison is no, except for an adult with
//     the rights of a judgement for minors, who has not been assessed as an adult.
//   - age: completed years on the day of the status, completed months with +, or the age of a
//     row. The first level does not disclose it.
//   - category: one of the six of the first level; category(any) is any of them.
//   - subkind: partial or total blindness, congenital or acquired deafness, art. 3 c. 1 or c. 3
//     of L. 104/1992.
//   - degree: a judgement in force of exactly this degree.
//   - recognised: any judgement in force in the domain.
//   - annotation: an annotation of a judgement in force, in the domain if one is given. If the
//     verbale does not record it, what the desk has read there; see [Evidence].
//   - evidence: evidence that the desk has seen; see [Evidence].
//   - class: the condition with that name.
//   - at_18: without_visit or applied, the [status.AdultRights] of people who have turned 18.
//
// A judgement that is revoked, refused or past counts as none; a suspended one counts. The
// registry does not say the answer of a domain that is empty, or that has a judgement whose
// content is not held, that does not decide, or that was for minors and has ended. If the status
// is complete, the answer of an empty domain is no. Deafblindness recognised until 17 December
// 2025 implies blindness and deafness if those domains hold nothing; recognised later, it leaves
// them open (L. 107/2010 as changed by L. 182/2025 art. 63).
//
// The value of each test is yes, no, or open for one of three reasons. From worst to best: no,
// the registry does not say, the annotation is not recorded, the evidence was not seen, yes.
// "and" takes the worst of its parts. "or" takes the best, but there an annotation counts as
// better than evidence, so that both report the annotation first. "not" exchanges yes and no.
//
// # What is not checked
//
// The package does not check the requirements that a row lists as unchecked; whether a benefit
// was actually granted, if the law asks only for its medical requirement; amounts, income and
// conditions of providers; or whether the law has changed since the row was checked. It is not
// legal advice.
//
// All values are immutable and safe for concurrent use.
package benefit

import (
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/status"
)

// A Benefit is one row of a catalogue. The outcome of the zero Benefit is always CannotTell.
type Benefit struct {
	// ID is stable and never given to another benefit. In a scope of the second level it follows
	// "benefit:". Several rows may have the same ID, each for its own period.
	ID    string
	Title Text
	Law   Text // the law as it is cited in Italy, or a sentence if there is none
	// Checked is the day on which somebody compared the row with its Source.
	Checked status.Date
	Source  Source
	// ValidFrom and ValidUntil are the first and the last day of the row; zero means no limit.
	ValidFrom, ValidUntil status.Date
	Place                 string // where the benefit exists, in Italian; empty: in all of Italy
	Value, Companion      Text   // what the person gets, and a companion; may be zero
	Note                  Text   // what people must know beside it; may be zero
	// Condition is the condition on the status and on the evidence that the desk has seen; zero
	// if Never.
	Condition Condition
	// Payment says that the State pays money, which a suspended judgement holds back: see
	// [PaymentResumed].
	Payment bool
	// Card says how a desk ties a European Disability Card in a wallet to the person, if the card's
	// claim of a constant attendance allowance meets the condition. If it is empty, no card does.
	Card Tie
	// Never says that the benefit does not exist for disabled people, although many ask for it.
	Never     bool
	titles    []OtherTitle
	unchecked string // codes separated by a space
	terms     *terms // of the catalogue
}

// A Source says what a row was compared with.
type Source string

// The sources. Their codes are stable and are never reused.
const (
	Read  Source = "read"  // the text of the law, or a summary by an authority
	Known Source = "known" // general knowledge
)

// A Tie says what a desk compares, so that a card shown from elsewhere decides nothing. Its codes
// are stable and are never reused.
type Tie string

// The ties.
const (
	TiePicture Tie = "picture" // the card's picture, with the person
	TieName    Tie = "name"    // the card's name, with a document of the person
)

// ValidOn reports whether the row is valid on the day.
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

// Rule returns the titles of a registry that the evidence covers, in the form of the file, or ""
// if none.
func (b Benefit) Rule(code string) string {
	for _, o := range b.titles {
		if o.Code == code && o.Rule != "" {
			return o.Rule
		}
	}
	return b.terms.title(code).Rule
}

// Unchecked returns the codes of the further requirements that the outcome does not consider;
// [Catalogue.Evidence] has their words.
func (b Benefit) Unchecked() []string { return strings.Fields(b.unchecked) }

// Evidence returns the codes of the evidence that can decide, each once: those of the condition
// and its classes, of the other titles, and of payments that have resumed.
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

// Accepts returns the codes that an [Evidence] for the benefit may have, each once: those of
// Evidence, and AnnotationPrefix followed by each annotation of the condition and its classes.
func (b Benefit) Accepts() []string {
	list := b.Evidence()
	b.walk(func(n *node) {
		if n.kind != isAnnotation {
			return
		}
		if code := AnnotationPrefix + n.codes[0]; !slices.Contains(list, code) {
			list = append(list, code)
		}
	})
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

// Evidence says, by code, what the desk has seen in addition to the status: yes, no, or not seen.
// A missing code means not seen, so the nil Evidence has seen nothing. The codes of a benefit are
// those of [Benefit.Accepts]; others have no effect. Evidence fills in only what the registry
// leaves open: a title that the registry holds and an annotation that the verbale records take
// precedence.
type Evidence map[string]status.Tri
