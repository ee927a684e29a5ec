package benefit_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

const (
	adult  status.Date = 19800115 // born then, where a case does not say
	judged status.Date = 20260210 // day of a judgement, where a case does not say
	today  status.Date = 20261101
)

// A caseFile is one line of testdata/cases*.txt. The first of these files describes the form.
// Lines are numbered through all files.
type caseFile struct {
	line         int
	benefit, why string
	person, ask  string
	outcome      benefit.Outcome
	clause       string
	status       status.Status
	seen         benefit.Evidence
	level        string
	policy       status.Policy
}

func readCases(t testing.TB) []caseFile {
	files, err := filepath.Glob("testdata/cases*.txt")
	require.NoError(t, err)
	var data []byte
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		data = append(data, text...)
	}
	var cases []caseFile
	for i, line := range strings.Split(string(data), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		cell := strings.Split(line, "|")
		require.Contains(t, []int{5, 6}, len(cell), "line %d", i+1)
		for k := range cell {
			cell[k] = strings.TrimSpace(cell[k])
		}
		c := caseFile{
			line: i + 1, benefit: cell[0], why: cell[1], person: cell[2], ask: cell[3],
			outcome: benefit.Outcome(cell[4]),
		}
		if len(cell) > 5 {
			c.clause = cell[5]
		}
		c.status = person(t, c.person)
		c.seen = benefit.Evidence{}
		for k, word := range strings.Fields(c.ask) {
			code, answer, isEvidence := strings.Cut(word, "=")
			switch {
			case k == 0:
				c.level = word
			case isEvidence:
				c.seen[code] = status.Tri(answer)
			default:
				c.policy = status.Policy(word)
			}
		}
		cases = append(cases, c)
	}
	return cases
}

// A story is the person that the words of a case describe.
type story struct {
	t         testing.TB
	words     string
	birth, at status.Date
	record    status.Record
}

// person builds the status that the words of a case describe.
func person(t testing.TB, words string) status.Status {
	p := &story{t: t, words: words, birth: adult, at: today}
	for part := range strings.SplitSeq(words, ",") {
		p.tell(strings.Fields(part))
	}
	p.record.Birth = p.birth
	s, err := p.record.Status(p.at)
	require.NoError(t, err, "%s", words)
	return s
}

func (p *story) add(v status.Verbale) *status.Verbale {
	list := append(p.record.Verbali, v)
	p.record.Verbali = list
	last := &list[len(list)-1]
	last.ID, last.Definitive = fmt.Sprintf("V%d", len(list)), true
	if v.Decision == 0 {
		last.Decision = judged
	}
	last.Effect = last.Decision
	return last
}

func (p *story) last() *status.Verbale { return &p.record.Verbali[len(p.record.Verbali)-1] }

func (p *story) date(s string) status.Date {
	d, err := status.ParseDate(s)
	require.NoError(p.t, err, "%s", p.words)
	return d
}

// tell adds one part of the story.
func (p *story) tell(word []string) {
	name, answer, isAnnotation := strings.Cut(word[0], "=")
	switch {
	case word[0] == "nothing":
	case word[0] == "complete":
		p.record.Complete = true
	case word[0] == "born":
		p.birth = p.date(word[1])
	case word[0] == "asks":
		p.at = p.date(word[1])
	case word[0] == "title":
		p.title(word[1:])
	case word[0] == "applied":
		day := p.date(word[1])
		v := p.add(status.Verbale{Domain: status.CivilInvalidity, Kind: status.KindApplication,
			Decision: day})
		v.Definitive = false
	case word[0] == "suspended", word[0] == "revoked":
		kind := map[string]status.Kind{"suspended": status.KindSuspension,
			"revoked": status.KindRevocation}[word[0]]
		p.add(status.Verbale{Domain: status.Domain(word[1]), Kind: kind, Decision: 20260601})
	case word[0] == "annulled":
		p.add(status.Verbale{Domain: p.last().Domain, Kind: status.KindAutotutela, Annuls: p.last().ID})
	case word[0] == "elsewhere":
		p.add(status.Verbale{Domain: status.Domain(word[1]), Kind: status.KindCourt,
			NotHeld: status.ClassCourt})
	case word[0] == "refused":
		v := p.add(status.Verbale{Domain: status.Domain(word[1]), Kind: status.KindFirst})
		v.Outcome = status.Outcome{Degree: status.DegreeNone, Percent: number(p.t, word[2:])}
	case isAnnotation:
		setAnnotation(p.t, &p.last().Outcome.Annotations, name, status.Tri(answer))
	default:
		p.judgement(word)
	}
}

// judgement adds a judgement, or changes the last one.
func (p *story) judgement(word []string) {
	switch word[0] {
	case "on":
		p.last().Decision = p.date(word[1])
		p.last().Effect = p.last().Decision
	case "revision":
		p.last().Revision = p.date(word[1])
	case "court", "reform_certificate":
		p.last().Kind = status.Kind(word[0])
	case "no_annotations":
		p.last().Outcome.Annotations = status.NoAnnotations()
	case "no_adult_visit":
		p.last().NoAdultVisit = true
	default:
		degree := status.Degree(word[0])
		require.NotEmpty(p.t, degree.Facts().Domain, "%q in %q", word[0], p.words)
		v := p.add(status.Verbale{Domain: degree.Facts().Domain, Kind: status.KindFirst})
		v.Outcome = status.Outcome{Degree: degree, Percent: number(p.t, word[1:])}
	}
}

// title adds a title of 2015: KIND PERCENT, KIND grade N, or KIND alone for a title of which
// nothing else is known. The kind unknown is a title of which not even the kind is known.
func (p *story) title(word []string) {
	t := status.Title{Kind: status.TitleKind(word[0]), Decision: 20150101, Effect: 20150101}
	switch {
	case word[0] == "unknown":
		p.add(status.Verbale{
			Domain: status.CivilInvalidity, Kind: status.KindFirst, Decision: t.Decision,
			NotHeld: status.ClassOtherBody,
		})
		return
	case len(word) == 2:
		t.Held, t.Percent = true, number(p.t, word[1:])
	case len(word) == 3:
		t.Held, t.Grade = true, number(p.t, word[2:])
	}
	p.record.Titles = append(p.record.Titles, t)
}

func number(t testing.TB, words []string) int {
	if len(words) == 0 {
		return 0
	}
	n, err := strconv.Atoi(words[0])
	require.NoError(t, err)
	return n
}

func setAnnotation(t testing.TB, a *status.Annotations, name string, value status.Tri) {
	fields := map[status.Annotation]*status.Tri{
		status.AnnotationParking: &a.Parking, status.AnnotationReducedMobility: &a.ReducedMobility,
		status.AnnotationGraveWalking:      &a.GraveWalking,
		status.AnnotationPsychicAttendance: &a.PsychicAttendance, status.AnnotationBlind: &a.Blind,
		status.AnnotationDeaf: &a.Deaf,
	}
	require.Contains(t, fields, status.Annotation(name))
	*fields[status.Annotation(name)] = value
}

func (c caseFile) decide(t testing.TB) benefit.Decision {
	b, ok := benefit.Default().Lookup(c.benefit, c.status.At)
	require.True(t, ok, "no benefit %s on %s", c.benefit, c.status.At)
	if c.level == "first" {
		return b.FirstLevel(c.status.FirstLevel(c.policy), c.seen)
	}
	require.Equal(t, "second", c.level)
	return b.SecondLevel(c.status, c.seen)
}

func TestCaseFiles(t *testing.T) {
	law := regexp.MustCompile(
		`: .*[0-9]+/[0-9]{4}|: (.* )?(DM|DPCM) [0-9]+ [A-Z]|: (INPS|MiBAC|conditions|regional|own rule)`)
	seen := map[string]bool{}
	for _, c := range readCases(t) {
		t.Run(c.benefit+"/"+c.why, func(t *testing.T) {
			assert.Regexp(t, law, c.why, "a case names its law")
			key := c.benefit + c.person + c.ask
			assert.False(t, seen[key], "line %d stands there twice", c.line)
			seen[key] = true
			d := c.decide(t)
			assert.Equal(t, c.outcome, d.Outcome, "line %d: %s, asked %s", c.line, c.person, c.ask)
			if c.clause != "" {
				assert.Equal(t, c.clause, d.Clause, "line %d", c.line)
			}
		})
	}
	assert.GreaterOrEqual(t, len(seen), 150)
}

// For every benefit there is one person who satisfies it, one who does not, one who needs
// evidence if the benefit has any, and one for whom it stays open.
func TestEveryBenefitHasItsCases(t *testing.T) {
	const open = "open"
	have := map[string]map[string]bool{}
	for _, c := range readCases(t) {
		if have[c.benefit] == nil {
			have[c.benefit] = map[string]bool{}
		}
		switch c.outcome {
		case benefit.Satisfied, benefit.NotSatisfied, benefit.NeedsEvidence:
			have[c.benefit][string(c.outcome)] = true
		default:
			have[c.benefit][open] = true
		}
	}
	for _, b := range benefit.Default().All() {
		kinds := []string{string(benefit.NotSatisfied)}
		if !b.Never {
			kinds = append(kinds, string(benefit.Satisfied))
		}
		if len(b.Evidence()) > 0 {
			kinds = append(kinds, string(benefit.NeedsEvidence))
		}
		if !b.Never && b.Needs("").Level != benefit.LevelNone {
			kinds = append(kinds, open)
		}
		for _, kind := range kinds {
			assert.True(t, have[b.ID][kind], "%s has no case that is %s", b.ID, kind)
		}
	}
}
