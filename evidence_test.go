package attesta_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Pages name the tests that show a claim as [Name](file), and scripts and pages as [what](file).
var (
	namedTest = regexp.MustCompile(`\[((?:Test|Fuzz|Example)\w*)\]\(\.\./([^)#]+_test\.go)\)`)
	anyTest   = regexp.MustCompile(`\b(?:Test|Fuzz|Example)[A-Z]\w*`)
	fileLink  = regexp.MustCompile(`\]\((\.\./)?[^):#]+\)`)
)

// rows returns the cells of the tables of a page, without headings.
func rows(text string) (list [][]string) {
	heading := true
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case !strings.HasPrefix(line, "|"):
			heading = true
		case strings.HasPrefix(line, "|-"):
			heading = false
		case !heading:
			cells := strings.Split(strings.Trim(line, "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			list = append(list, cells)
		}
	}
	return list
}

// declares reports whether the file declares the function.
func declares(file, name string) bool {
	text, err := os.ReadFile(file)
	return err == nil && strings.Contains(string(text), "\nfunc "+name+"(")
}

// moved returns the file beside the given one that declares the test, or the given one if there is none.
func moved(t *testing.T, file, name string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*_test.go"))
	require.NoError(t, err)
	for _, other := range files {
		if declares(other, name) {
			return filepath.ToSlash(other)
		}
	}
	return file
}

// Every test that a page names is in the file that it links to, and no name is without its file.
func TestNamedTestsExist(t *testing.T) {
	for page, least := range map[string]int{"docs/threat-model.md": 50, "docs/asvs.md": 50,
		"docs/accessibility.md": 15, "docs/dpia.md": 15} {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		named := namedTest.FindAllStringSubmatch(string(text), -1)
		require.Greater(t, len(named), least, page)
		all := anyTest.FindAllString(string(text), -1)
		assert.Len(t, all, len(named), "%s: a test without its file", page)
		for _, name := range named {
			file := name[2]
			if *update && !declares(file, name[1]) {
				file = moved(t, file, name[1])
				text = bytes.ReplaceAll(text, []byte(name[0]), []byte("["+name[1]+"](../"+file+")"))
			}
			assert.True(t, declares(file, name[1]), "%s: %s has no %s; go test . -update finds it beside",
				page, file, name[1])
		}
		if *update {
			require.NoError(t, os.WriteFile(page, text, 0o644))
		}
	}
}

// Every cell of the threat model has its test, or says that there is none.
func TestThreatsHaveTests(t *testing.T) {
	text, err := os.ReadFile("docs/threat-model.md")
	require.NoError(t, err)
	_, attackers, found := strings.Cut(string(text), "\n## Attackers\n")
	require.True(t, found)
	list := rows(attackers)
	require.Greater(t, len(list), 50)
	for _, row := range list {
		require.Len(t, row, 4, "%q", row)
		assert.True(t, namedTest.MatchString(row[3]) || strings.HasPrefix(row[3], "none: "), "%q", row)
	}
}

// Every measure of the DPIA has its test.
func TestMeasuresHaveTests(t *testing.T) {
	text, err := os.ReadFile("docs/dpia.md")
	require.NoError(t, err)
	_, risks, found := strings.Cut(string(text), "\n## Risks and measures\n")
	require.True(t, found)
	for _, row := range rows(risks) {
		require.Len(t, row, 4, "%q", row)
		assert.Regexp(t, namedTest, row[2], row[0])
	}
}

// criteria are the numbers of the criteria of WCAG 2.2, levels A and AA, in each guideline.
var criteria = map[string]int{"1.1": 1, "1.2": 5, "1.3": 5, "1.4": 9, "2.1": 3, "2.2": 2, "2.3": 1, "2.4": 8,
	"2.5": 6, "3.1": 2, "3.2": 5, "3.3": 6, "4.1": 2}

// Every criterion is there once, and what holds has its evidence.
func TestCriteriaHaveEvidence(t *testing.T) {
	text, err := os.ReadFile("docs/accessibility.md")
	require.NoError(t, err)
	seen, count := map[string]bool{}, map[string]int{}
	pages, others, found := strings.Cut(string(text), "\n## Other clauses\n")
	require.True(t, found)
	for _, row := range rows(pages) {
		require.Len(t, row, 5, "%q", row)
		assert.False(t, seen[row[0]], row[0])
		seen[row[0]] = true
		count[row[0][:3]]++
	}
	assert.Equal(t, criteria, count)
	for _, row := range append(rows(pages), rows(others)...) {
		state, shown := row[len(row)-2], row[len(row)-1]
		assert.Contains(t, []string{"holds", "in part", "does not apply", "open"}, state, row[0])
		assert.NotEmpty(t, shown, row[0])
		if state == "holds" {
			assert.Regexp(t, fileLink, shown, row[0])
		}
	}
}

// The table of retention periods quotes the code.
func TestRetentionIsTheCodes(t *testing.T) {
	text, err := os.ReadFile("docs/operations.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(text), "\n## Retention\n")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n## ")
	quotes := regexp.MustCompile("\\[`([^`]+)`\\]\\(\\.\\./([^)]+)\\)").FindAllStringSubmatch(table, -1)
	require.Greater(t, len(quotes), 10)
	for _, quote := range quotes {
		code, err := os.ReadFile(quote[2])
		require.NoError(t, err)
		assert.Contains(t, string(code), quote[1], quote[2])
	}
}

// requirements are the numbers of requirements of levels 1 and 2 in the chapters of OWASP ASVS 5.0.0, but for
// chapter 17, which does not apply.
var requirements = []int{27, 11, 19, 10, 9, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16}

// Every requirement of levels 1 and 2 is there once, and what holds has its evidence.
func TestRequirementsHaveEvidence(t *testing.T) {
	text, err := os.ReadFile("docs/asvs.md")
	require.NoError(t, err)
	seen, count := map[string]bool{}, make([]int, len(requirements))
	for _, row := range rows(string(text)) {
		require.Len(t, row, 4, "%q", row)
		if strings.HasPrefix(row[0], "**") {
			continue // the name of a chapter
		}
		first, last, isRange := strings.Cut(row[0], "–")
		chapter, from := number(t, first)
		if !isRange {
			last = first
		}
		_, to := number(t, last)
		require.LessOrEqual(t, from, to, row[0])
		for n := from; n <= to; n++ {
			one := fmt.Sprintf("%s%d", first[:strings.LastIndex(first, ".")+1], n)
			assert.False(t, seen[one], one)
			seen[one] = true
			count[chapter-1]++
		}
		assert.Contains(t, []string{"holds", "does not apply", "open"}, row[2], row[0])
		assert.NotEmpty(t, row[3], row[0])
		if row[2] == "holds" {
			assert.Regexp(t, fileLink, row[3], row[0])
		}
	}
	assert.Equal(t, requirements, count)
}

// number returns chapter and number of a requirement such as 6.2.12.
func number(t *testing.T, id string) (chapter, n int) {
	t.Helper()
	var section int
	_, err := fmt.Sscanf(id, "%d.%d.%d", &chapter, &section, &n)
	require.NoError(t, err, id)
	return chapter, n
}
