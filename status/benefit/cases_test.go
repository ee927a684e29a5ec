package benefit_test

import (
	"fmt"
	"os"
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

// A caseFile is one line of testdata/cases.txt, which says how it is written.
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
	data, err := os.ReadFile("testdata/cases.txt")
	require.NoError(t, err)
	var cases []caseFile
	for i, line := range strings.Split(string(data), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		cell := strings.Split(line, "|")
		require.Len(t, cell, 6, "line %d", i+1)
		for k := range cell {
			cell[k] = strings.TrimSpace(cell[k])
		}
		c := caseFile{
			line: i + 1, benefit: cell[0], why: cell[1], person: cell[2], ask: cell[3],
			outcome: benefit.Outcome(cell[4]), clause: cell[5],
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

// person builds the status of whom the words of a case describe.
func person(t testing.TB, words string) status.Status {
	birth, complete := adult, false
	var list []status.Verbale
	add := func(v status.Verbale) *status.Verbale {
		v.ID, v.Definitive = fmt.Sprintf("V%d", len(list)+1), true
		if v.Decision == 0 {
			v.Decision = judged
		}
		v.Effect = v.Decision
		list = append(list, v)
		return &list[len(list)-1]
	}
	date := func(s string) status.Date {
		d, err := status.ParseDate(s)
		require.NoError(t, err, "%s", words)
		return d
	}
	for part := range strings.SplitSeq(words, ",") {
		word := strings.Fields(part)
		last := func() *status.Verbale { return &list[len(list)-1] }
		name, answer, isAnnotation := strings.Cut(word[0], "=")
		switch {
		case word[0] == "nothing":
		case word[0] == "complete":
			complete = true
		case word[0] == "born":
			birth = date(word[1])
		case word[0] == "suspended", word[0] == "revoked":
			kind := map[string]status.Kind{"suspended": status.KindSuspension, "revoked": status.KindRevocation}[word[0]]
			add(status.Verbale{Domain: status.Domain(word[1]), Kind: kind, Decision: 20260601})
		case word[0] == "annulled":
			add(status.Verbale{Domain: last().Domain, Kind: status.KindAutotutela, Annuls: last().ID})
		case word[0] == "elsewhere":
			add(status.Verbale{Domain: status.Domain(word[1]), Kind: status.KindCourt, NotHeld: status.ClassCourt})
		case word[0] == "refused":
			v := add(status.Verbale{Domain: status.Domain(word[1]), Kind: status.KindFirst})
			v.Outcome = status.Outcome{Degree: status.DegreeNone, Percent: number(t, word[2:])}
		case word[0] == "on":
			last().Decision = date(word[1])
			last().Effect = last().Decision
		case word[0] == "revision":
			last().Revision = date(word[1])
		case word[0] == "court", word[0] == "reform_certificate":
			last().Kind = status.Kind(word[0])
		case word[0] == "no_annotations":
			last().Outcome.Annotations = status.NoAnnotations()
		case isAnnotation:
			setAnnotation(t, &last().Outcome.Annotations, name, status.Tri(answer))
		default:
			degree := status.Degree(word[0])
			require.NotEmpty(t, degree.Facts().Domain, "%q in %q", word[0], words)
			v := add(status.Verbale{Domain: degree.Facts().Domain, Kind: status.KindFirst})
			v.Outcome = status.Outcome{Degree: degree, Percent: number(t, word[1:])}
		}
	}
	s, err := status.Current(list, birth, today)
	require.NoError(t, err, "%s", words)
	s.Complete = complete
	return s
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
		status.AnnotationGraveWalking: &a.GraveWalking, status.AnnotationPsychicAttendance: &a.PsychicAttendance,
		status.AnnotationBlind: &a.Blind, status.AnnotationDeaf: &a.Deaf,
	}
	require.Contains(t, fields, status.Annotation(name))
	*fields[status.Annotation(name)] = value
}

func (c caseFile) decide(t testing.TB) benefit.Decision {
	b, ok := benefit.Default().Lookup(c.benefit)
	require.True(t, ok, "no benefit %s", c.benefit)
	if c.level == "first" {
		return b.FirstLevel(c.status.FirstLevel(c.policy), c.seen)
	}
	require.Equal(t, "second", c.level)
	return b.SecondLevel(c.status, c.seen)
}

func TestCaseFiles(t *testing.T) {
	law := regexp.MustCompile(`: .*[0-9]+/[0-9]{4}|: (.* )?(DM|DPCM) [0-9]+ [A-Z]|: (INPS|MiBAC|conditions|regional|own rule)`)
	seen := map[string]bool{}
	for _, c := range readCases(t) {
		t.Run(c.benefit+"/"+c.why, func(t *testing.T) {
			assert.Regexp(t, law, c.why, "a case names its law")
			key := c.benefit + c.person + c.ask
			assert.False(t, seen[key], "line %d stands there twice", c.line)
			seen[key] = true
			d := c.decide(t)
			assert.Equal(t, c.outcome, d.Outcome, "line %d: %s, asked %s", c.line, c.person, c.ask)
			assert.Equal(t, c.clause, d.Clause, "line %d", c.line)
		})
	}
	assert.GreaterOrEqual(t, len(seen), 150)
}

// Every benefit is satisfied by somebody, not by somebody else, and leaves a third one open.
func TestEveryBenefitHasItsCases(t *testing.T) {
	have := map[string]map[string]bool{}
	for _, c := range readCases(t) {
		if have[c.benefit] == nil {
			have[c.benefit] = map[string]bool{}
		}
		switch c.outcome {
		case benefit.Satisfied, benefit.NotSatisfied:
			have[c.benefit][string(c.outcome)] = true
		default:
			have[c.benefit]["more"] = true
		}
	}
	for _, b := range benefit.Default().All() {
		for _, sort := range []string{string(benefit.Satisfied), string(benefit.NotSatisfied), "more"} {
			assert.True(t, have[b.ID][sort], "%s has no case that is %s", b.ID, sort)
		}
	}
}
