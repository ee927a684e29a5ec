package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The answer lists what is still to be seen. With it the answer is a yes or a no, on what the desk declared.
func TestCheckWithEvidence(t *testing.T) {
	w := newWorld(t, nil)
	paper := w.paper(t, mario, 0)
	ask := func(more ...string) (int, string, string) {
		return w.command(t, nil, append([]string{"check", "-cf", mario, "-benefit", "aids", paper},
			more...)...)
	}
	code, out, errs := ask()
	assert.Equal(t, 2, code, errs)
	assert.Contains(t, out, "Still to be seen:\n  aid_prescription: ")
	assert.NotContains(t, out, "On what the desk declared")

	code, out, errs = ask("-evidence", "aid_prescription=yes")
	assert.Equal(t, 0, code, out+errs)
	assert.Contains(t, out, "On what the desk declared")
	assert.NotContains(t, out, "Still to be seen")

	code, out, _ = ask("-evidence", "aid_prescription=no")
	assert.Equal(t, 1, code, out)
	assert.Contains(t, out, "[not_entitled]")

	_, out, _ = ask("-json")
	assert.Contains(t, out, `"needs":["aid_prescription"]`)
}

func TestEvidenceUsage(t *testing.T) {
	w := newWorld(t, nil)
	paper := w.paper(t, mario, 0)
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"another row's code", []string{"-benefit", "aids", "-evidence", "cude_held=yes"},
			"-evidence for aids takes: war_service_1_8, aid_awaiting_recognition, aid_prescription"},
		{"a row that takes none", []string{"-benefit", "ticket_c01", "-evidence", "cude_held=yes"},
			"ticket_c01 takes none"},
		{"a mistyped id", []string{"-benefit", "museum"}, "isee_medium, isee_severe"},
		{"no benefit", []string{"-evidence", "cude_held=yes"}, "-evidence is for a -benefit"},
		{"neither yes nor no", []string{"-benefit", "aids", "-evidence", "aid_prescription"},
			"CODE=yes or CODE=no"},
		{"twice", []string{"-benefit", "aids", "-evidence", "a=yes", "-evidence", "a=no"},
			"once for each code"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := w.command(t, nil, append([]string{"check", "-cf", mario, paper},
				tt.args...)...)
			assert.Equal(t, 3, code, out+errs)
			assert.Contains(t, errs, tt.want)
		})
	}
	assert.Empty(t, w.sent.Messages())
	code, _, errs := w.second(t, types(), "-benefit", "aids", "-evidence", "cude_held=yes")
	assert.Equal(t, 3, code)
	assert.Contains(t, errs, "-evidence for aids takes: ")
	assert.Empty(t, w.sent.Messages(), "nobody is disturbed by a wrong question")
}

func TestSecondLevelWithEvidence(t *testing.T) {
	w := newWorld(t, nil)
	code, out, errs := w.second(t, (&operator{}).then(w.told), "-benefit", "early_pension")
	assert.Equal(t, 2, code, errs)
	assert.Contains(t, out, "Still to be seen:\n  l222_assessment: ")
	code, out, errs = w.second(t, (&operator{}).then(w.told), "-benefit", "early_pension",
		"-evidence", "l222_assessment=yes")
	assert.Equal(t, 0, code, out+errs)
	assert.Contains(t, out, "On what the desk declared")
}
