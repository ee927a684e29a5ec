package benefit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

func TestDecisionDoesNotPrint(t *testing.T) {
	d := benefit.Decision{Outcome: benefit.Satisfied, Clause: "percent >= 80"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		assert.Equal(t, "[health data]", fmt.Sprintf(verb, d))
	}
	assert.Equal(t, "[health data]", fmt.Sprint(d))
	assert.Equal(t, "[{[health data]}]", fmt.Sprint([]struct{ D benefit.Decision }{{d}}))
	assert.Equal(t, fmt.Sprint(d), fmt.Sprint(benefit.Decision{}))

	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("asked", "decision", d)
	assert.Contains(t, log.String(), "[health data]")
	assert.NotContains(t, log.String(), "satisfied")

	_, err := json.Marshal(d)
	assert.ErrorIs(t, err, status.ErrMarshal)
}

func TestOutcomeCodesAreStable(t *testing.T) {
	assert.Equal(t, []benefit.Outcome{
		"satisfied", "not_satisfied", "needs_second_level", "needs_annotation", "needs_evidence",
		"cannot_tell",
	}, benefit.Outcomes())
	assert.Equal(t, []benefit.Level{"first", "first_or_second", "second", "none"},
		[]benefit.Level{benefit.LevelFirst, benefit.LevelFirstOrSecond, benefit.LevelSecond,
			benefit.LevelNone})
}
