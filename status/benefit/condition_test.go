package benefit_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/benefit"
)

func TestParseCondition(t *testing.T) {
	for text, want := range map[string]string{
		"percent>=67":                          "percent >= 67",
		"percent < 074":                        "percent < 74",
		"age\n<=\t17":                          "age <= 17",
		"percent = 100 # all of it":            "percent = 100",
		"# first\npercent > 45":                "percent > 45",
		"category( deaf,blind )":               "category(deaf, blind)",
		"category(any)":                        "category(any)",
		"subkind(law_104_c3)":                  "subkind(law_104_c3)",
		"degree(blind_tenth,deaf)":             "degree(blind_tenth, deaf)",
		"recognised(law_68)":                   "recognised(law_68)",
		"recognised(school_inclusion)":         "recognised(school_inclusion)",
		"degree(ic_band_34_73)":                "degree(ic_band_34_73)",
		"age >= 67+3":                          "age >= 67+3",
		"age < 067+00":                         "age < 67+0",
		"age>=pension_age":                     "age >= pension_age",
		"class(a,b.c)":                         "class(a, b.c)",
		"at_18(applied)":                       "at_18(applied)",
		"at_18( without_visit,applied )":       "at_18(without_visit, applied)",
		"annotation(deaf_art_6)":               "annotation(deaf_art_6)",
		"annotation(deaf_art_6 in deafness)":   "annotation(deaf_art_6 in deafness)",
		"evidence(region.card_2)":              "evidence(region.card_2)",
		"((percent > 1))":                      "percent > 1",
		"not not (age < 3)":                    "not not age < 3",
		"not (age < 3 or age > 4)":             "not (age < 3 or age > 4)",
		"age < 3 or age > 4 and percent > 5":   "age < 3 or age > 4 and percent > 5",
		"(age < 3 or age > 4) and percent > 5": "(age < 3 or age > 4) and percent > 5",
		"age < 3 or (age > 4 and percent > 5)": "age < 3 or age > 4 and percent > 5",
		"(age < 3 or age > 4) or percent > 5":  "(age < 3 or age > 4) or percent > 5",
		"age < 3 and (age > 4 and percent> 5)": "age < 3 and (age > 4 and percent > 5)",
		"not age < 3 and age > 4":              "not age < 3 and age > 4",
	} {
		t.Run(text, func(t *testing.T) {
			c, err := benefit.ParseCondition(text)
			require.NoError(t, err)
			assert.Equal(t, want, c.String())
			again, err := benefit.ParseCondition(want)
			require.NoError(t, err)
			assert.Equal(t, c, again)
		})
	}
}

func TestConditionErrors(t *testing.T) {
	for _, c := range []struct {
		text         string
		line, column int
		found        string
		err          benefit.Error
	}{
		{"", 1, 1, "", benefit.ErrOperand},
		{"  # nothing", 1, 12, "", benefit.ErrOperand},
		{"percentage > 3", 1, 1, "percentage", benefit.ErrOperand},
		{"or percent > 3", 1, 1, "or", benefit.ErrOperand},
		{"percent > 3 and", 1, 16, "", benefit.ErrOperand},
		{"not", 1, 4, "", benefit.ErrOperand},
		{"67", 1, 1, "67", benefit.ErrOperand},
		{"percent 67", 1, 9, "67", benefit.ErrOperator},
		{"percent => 67", 1, 10, ">", benefit.ErrNumber},
		{"percent == 67", 1, 10, "=", benefit.ErrNumber},
		{"percent >= 67+1", 1, 12, "67+1", benefit.ErrNumber},
		{"age >= 67+12", 1, 8, "67+12", benefit.ErrNumber},
		{"age >= 67+", 1, 8, "67+", benefit.ErrNumber},
		{"age >= 67 + 1", 1, 11, "+", benefit.ErrCharacter},
		{"age >= Pension", 1, 8, "P", benefit.ErrCharacter},
		{"at_18(visit)", 1, 7, "visit", benefit.ErrUnknown},
		{"class(1)", 1, 7, "1", benefit.ErrCode},
		{"percent >= sixty", 1, 12, "sixty", benefit.ErrNumber},
		{"percent >= 1000", 1, 12, "1000", benefit.ErrNumber},
		{"percent >= 67.5", 1, 12, "67.5", benefit.ErrNumber},
		{"percent >=", 1, 11, "", benefit.ErrNumber},
		{"category deaf", 1, 10, "deaf", benefit.ErrBracket},
		{"category()", 1, 10, ")", benefit.ErrCode},
		{"category(deaf,)", 1, 15, ")", benefit.ErrCode},
		{"category(deaf blind)", 1, 15, "blind", benefit.ErrBracket},
		{"category(deaf", 1, 14, "", benefit.ErrBracket},
		{"category(deafness)", 1, 10, "deafness", benefit.ErrUnknown},
		{"category(Deaf)", 1, 10, "D", benefit.ErrCharacter},
		{"subkind(deaf)", 1, 9, "deaf", benefit.ErrUnknown},
		{"degree(not_recognised)", 1, 8, "not_recognised", benefit.ErrUnknown},
		{"degree(any)", 1, 8, "any", benefit.ErrUnknown},
		{"recognised(deaf)", 1, 12, "deaf", benefit.ErrUnknown},
		{"annotation(parking)", 1, 12, "parking", benefit.ErrUnknown},
		{"annotation(deaf_art_6, blind_art_6)", 1, 22, ",", benefit.ErrBracket},
		{"annotation(deaf_art_6 in deaf)", 1, 26, "deaf", benefit.ErrUnknown},
		{"evidence(a, b)", 1, 11, ",", benefit.ErrBracket},
		{"evidence(a..b)", 1, 10, "a..b", benefit.ErrUnknown},
		{"evidence(1)", 1, 10, "1", benefit.ErrCode},
		{"(percent > 3", 1, 13, "", benefit.ErrBracket},
		{"percent > 3)", 1, 12, ")", benefit.ErrEnd},
		{"percent > 3 age < 4", 1, 13, "age", benefit.ErrEnd},
		{"percent > 3\nand percent ≥ 4", 2, 13, "≥", benefit.ErrCharacter},
		{"percent > 3\n\n  or ${age}", 3, 6, "$", benefit.ErrCharacter},
		{"percent > 3 && age < 4", 1, 13, "&", benefit.ErrCharacter},
		{strings.Repeat("(", 40) + "age < 3", 1, 34, "(", benefit.ErrNesting},
		{strings.Repeat("not ", 40) + "age < 3", 1, 133, "not", benefit.ErrNesting},
		{"age < 3" + strings.Repeat(" ", 4096), 1, 4096 + 1, "",
			benefit.ErrSize},
	} {
		t.Run(c.text[:min(40, len(c.text))], func(t *testing.T) {
			got, err := benefit.ParseCondition(c.text)
			assert.Equal(t, &benefit.SyntaxError{Line: c.line, Column: c.column, Found: c.found, Err: c.err},
				err)
			assert.Zero(t, got)
		})
	}
	deep := strings.Repeat("(", 32) + "age < 3" + strings.Repeat(")", 32)
	_, err := benefit.ParseCondition(deep)
	assert.NoError(t, err, "32 brackets are allowed")
}

func TestErrorTexts(t *testing.T) {
	_, err := benefit.ParseCondition("percent >= 67 or\n  category(blond)")
	assert.EqualError(t, err, `line 2, column 12: "blond" is not a known code`)
	_, err = benefit.ParseCondition("percent >=")
	assert.EqualError(t, err, "line 1, column 11: expected a number of at most three digits, or an age")
}

// A condition is printed in its canonical form, which is read back as the same condition.
func FuzzParseCondition(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		c, err := benefit.ParseCondition(text)
		if err != nil {
			require.Zero(t, c)
			pointsInto(t, text, err)
			return
		}
		again, err := benefit.ParseCondition(c.String())
		if len(c.String()) > 4096 {
			return // the printed form has more white space
		}
		require.NoError(t, err)
		require.Equal(t, c, again)
		require.Equal(t, c.String(), again.String())
	})
}
