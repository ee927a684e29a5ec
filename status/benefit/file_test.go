package benefit_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

// good is a file; each of the cases below breaks it in one place.
const good = `attesta-benefits 1 2026-11-01
# a bus
benefit town.bus
  it: Autobus
  en: Bus
  de: Busse
  fr: Autobus urbain
  sl: Avtobus
  law: L. 1/2026
  checked: 2026-11-01 read
  condition: percent >= 67
    or category(blind)
  unchecked: town.age

evidence town.age
  it: Età
  en: Age
  de: Alter
  fr: Âge
  sl: Starost
`

func TestFileErrors(t *testing.T) {
	type change struct{ old, new string }
	cases := []struct {
		name         string
		change       change
		line, column int
		found        string
		err          benefit.Error
	}{
		{"no header", change{"attesta-benefits 1 2026-11-01\n", ""}, 2, 1, "benefit town.bus",
			benefit.ErrHeader},
		{"another format", change{"attesta-benefits 1", "attesta-benefits 2"}, 1, 1,
			"attesta-benefits 2 2026-…", benefit.ErrHeader},
		{"edition that does not exist", change{"1 2026-11-01", "1 2026-11-31"}, 1, 20, "2026-11-31",
			benefit.ErrDate},
		{"row of an unknown sort", change{"benefit town", "discount town"}, 3, 1, "discount town.bus",
			benefit.ErrRow},
		{"row without an identifier", change{"benefit town.bus", "benefit"}, 3, 1, "benefit", benefit.ErrRow},
		{"field before any row", change{"# a bus", "  it: Autobus"}, 2, 3, "it: Autobus", benefit.ErrRow},
		{"capital letter", change{"benefit town.bus", "benefit Town.bus"}, 3, 9, "Town.bus", benefit.ErrID},
		{"two words", change{"benefit town.bus", "benefit town bus"}, 3, 9, "town bus", benefit.ErrID},
		{"empty part", change{"benefit town.bus", "benefit town..bus"}, 3, 9, "town..bus", benefit.ErrID},
		{"digit first", change{"benefit town.bus", "benefit 1town"}, 3, 9, "1town", benefit.ErrID},
		{"49 characters", change{"benefit town.bus", "benefit " + strings.Repeat("a", 49)}, 3, 9,
			strings.Repeat("a", 24) + "…", benefit.ErrID},
		{"unknown field", change{"  law:", "  laws:"}, 9, 3, "laws", benefit.ErrField},
		{"field of a benefit in an evidence", change{"  it: Età", "  law: L. 1/2026"}, 16, 3, "law",
			benefit.ErrField},
		{"no colon", change{"  en: Bus\n", "  en Bus\n"}, 5, 3, "en Bus", benefit.ErrField},
		{"field twice", change{"  en: Bus\n", "  en: Bus\n  en: Coach\n"}, 6, 3, "en", benefit.ErrRepeated},
		{"title missing", change{"  it: Autobus\n", ""}, 3, 9, "it", benefit.ErrMissing},
		{"title empty", change{"  de: Alter\n", "  de:\n"}, 15, 10, "de", benefit.ErrMissing},
		{"law missing", change{"  law: L. 1/2026\n", ""}, 3, 9, "law", benefit.ErrMissing},
		{"condition missing", change{"  condition: percent >= 67\n    or category(blind)\n", ""}, 3, 9,
			"condition", benefit.ErrMissing},
		{"law too long", change{"L. 1/2026", strings.Repeat("L", 1024+1)}, 9, 8 + 1024,
			"", benefit.ErrSize},
		{"checked in another form", change{"checked: 2026-11-01 read", "checked: 1/11/2026"}, 10, 12,
			"1/11/2026", benefit.ErrDate},
		{"not checked", change{"  checked: 2026-11-01 read\n", ""}, 3, 9, "checked", benefit.ErrMissing},
		{"evidence without words", change{"unchecked: town.age", "unchecked: town.ages"}, 13, 14, "town.ages",
			benefit.ErrEvidence},
		{"second of two", change{"unchecked: town.age", "unchecked: town.age,  town.ages"}, 13, 25,
			"town.ages", benefit.ErrEvidence},
		{"list with a hole", change{"unchecked: town.age", "unchecked: town.age, , town.age"}, 13, 23, "",
			benefit.ErrID},
		{"evidence of a condition without words", change{"or category(blind)", "or evidence(town.ages)"}, 12,
			17, "town.ages", benefit.ErrEvidence},
		{"unknown code on the second line of a condition", change{"category(blind)", "category(blond)"}, 12,
			17, "blond", benefit.ErrUnknown},
		{"condition that breaks off", change{"or category(blind)", "or"}, 12, 7, "", benefit.ErrOperand},
		{"empty condition", change{" percent >= 67\n    or category(blind)", ""}, 11, 13, "",
			benefit.ErrOperand},
		{"behind a letter of two bytes", change{"  it: Età", "  it: Età\x00"}, 16, 10, "",
			benefit.ErrEncoding},
		{"not UTF-8", change{"  it: Età", "  it: Et\xe0"}, 16, 9, "", benefit.ErrEncoding},
		{"carriage return within a line", change{"  it: Età", "  it: Et\ra"}, 16, 9, "", benefit.ErrEncoding},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Contains(t, good, c.change.old)
			checkFileError(t, strings.Replace(good, c.change.old, c.change.new, 1), c.line, c.column, c.found,
				c.err)
		})
	}
	t.Run("whole row twice", func(t *testing.T) {
		_, rows, _ := strings.Cut(good, "\n")
		checkFileError(t, good+rows, 22, 9, "town.bus", benefit.ErrRepeated)
	})
	t.Run("evidence twice", func(t *testing.T) {
		checkFileError(t, good+good[strings.Index(good, "evidence"):], 21, 10, "town.age",
			benefit.ErrRepeated)
	})
	t.Run("empty", func(t *testing.T) { checkFileError(t, "", 1, 1, "", benefit.ErrHeader) })
	t.Run("comments only", func(t *testing.T) {
		checkFileError(t, "# a\n# b\n", 3, 1, "",
			benefit.ErrHeader)
	})
	t.Run("too long", func(t *testing.T) {
		checkFileError(t, good+strings.Repeat("\n", benefit.MaxFile), 1+benefit.MaxFile-len(good)+20, 1, "",
			benefit.ErrSize)
	})
	t.Run("condition too long", func(t *testing.T) {
		long := strings.Replace(good, "or category(blind)", strings.Repeat("or category(blind)\n    ", 200),
			1)
		_, err := benefit.Catalogue{}.Merge([]byte(long))
		assert.ErrorIs(t, err, benefit.ErrSize)
	})
}

func checkFileError(t *testing.T, file string, line, column int, found string, want benefit.Error) {
	c, err := benefit.Catalogue{}.Merge([]byte(file))
	var got *benefit.SyntaxError
	require.ErrorAs(t, err, &got)
	assert.Equal(t, &benefit.SyntaxError{Line: line, Column: column, Found: found, Err: want}, got, "%v", err)
	assert.ErrorIs(t, err, want)
	assert.Zero(t, c, "no catalogue comes with an error")
}

func TestFileForms(t *testing.T) {
	want, err := benefit.Catalogue{}.Merge([]byte(good))
	require.NoError(t, err)
	for name, file := range map[string]string{
		"line ends of Windows": strings.ReplaceAll(good, "\n", "\r\n"),
		"byte order mark":      "\uFEFF" + good,
		"tabs":                 strings.ReplaceAll(good, "\n  ", "\n\t"),
		"no end of line":       strings.TrimSuffix(good, "\n"),
		"white space at ends":  strings.ReplaceAll(good, "\n", " \t\n"),
		"comment in between":   strings.ReplaceAll(good, "\n    or", "\n# c\n\n    # d\n    or"),
		"evidence first": "attesta-benefits 1 2026-11-01\n" + good[strings.Index(good,
			"evidence"):] + good[strings.Index(good, "benefit town"):strings.Index(good, "evidence")],
		"condition on one line":  strings.Replace(good, "67\n    or", "67 or", 1),
		"condition on next line": strings.Replace(good, "condition: percent", "condition:\n    percent", 1),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := benefit.Catalogue{}.Merge([]byte(file))
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

// Some test of a file or a condition breaks every rule of the package.
func TestErrorsAreReached(t *testing.T) {
	source, err := os.ReadFile("errors.go")
	require.NoError(t, err)
	var tests []byte
	for _, name := range []string{"file_test.go", "rich_test.go", "condition_test.go"} {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		tests = append(tests, data...)
	}
	count := 0
	for line := range strings.Lines(string(source)) {
		if name, _, ok := strings.Cut(strings.TrimSpace(line), " "); ok && strings.HasPrefix(name,
			"Err") && name != "Err" {
			count++
			assert.True(t, bytes.Contains(tests, []byte("benefit."+name+"}")) || bytes.Contains(tests,
				[]byte("benefit."+name+")")), name)
		}
	}
	assert.Equal(t, 26, count)
}

// If a line is removed or a character changed, the file is valid or the error has a place in it.
func TestMangledFile(t *testing.T) {
	lines := strings.SplitAfter(good, "\n")
	refused := 0
	for i := range lines {
		file := strings.Join(lines[:i], "") + strings.Join(lines[i+1:], "")
		refused += loadsOrPoints(t, file)
	}
	assert.Equal(t, 8, refused,
		"all but comment, blank lines, other languages, unchecked, and the second line of the condition")
	for i := range len(good) {
		for _, c := range []string{"", "\n", "\x00", "(", "#", ":", "é", "0"} {
			loadsOrPoints(t, good[:i]+c+good[i+1:])
		}
		loadsOrPoints(t, good[:i])
	}
}

// loadsOrPoints returns 1 if the file is refused.
func loadsOrPoints(t testing.TB, file string) int {
	c, err := benefit.Catalogue{}.Merge([]byte(file))
	if err == nil {
		for _, b := range c.All() {
			found, ok := c.Lookup(b.ID, max(b.ValidFrom, 19000101))
			require.Equal(t, b.ValidUntil == 0 || b.ValidUntil >= 19000101, ok)
			require.True(t, !ok || found.ID == b.ID)
			require.True(t, b.Checked.Valid())
			for _, lang := range status.Languages() {
				require.NotEmpty(t, b.Law.In(lang))
				require.NotEmpty(t, b.Title.In(lang))
			}
			for _, code := range append(b.Evidence(), b.Unchecked()...) {
				_, ok := c.Evidence(code)
				require.True(t, ok)
			}
			if b.Never {
				continue
			}
			again, err := benefit.ParseCondition(b.Condition.String())
			require.NoError(t, err)
			require.Equal(t, b.Condition, again)
		}
		return 0
	}
	require.Zero(t, c)
	pointsInto(t, file, err)
	return 1
}

// pointsInto requires a place within the text, or directly after its end.
func pointsInto(t testing.TB, text string, err error) {
	var e *benefit.SyntaxError
	require.True(t, errors.As(err, &e), "%v", err)
	var rule benefit.Error
	require.True(t, errors.As(err, &rule))
	lines := strings.Split(text, "\n")
	require.GreaterOrEqual(t, e.Line, 1)
	require.GreaterOrEqual(t, e.Column, 1)
	require.LessOrEqual(t, e.Line, len(lines))
	require.LessOrEqual(t, e.Column, utf8.RuneCountInString(lines[e.Line-1])+1)
	require.NotContains(t, err.Error(), "\n")
}

func FuzzMerge(f *testing.F) {
	f.Fuzz(func(t *testing.T, file []byte) { loadsOrPoints(t, string(file)) })
}
