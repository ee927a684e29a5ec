package status_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
)

func people(t *testing.T) []any {
	s := anna(t)
	v := good()
	return []any{
		s, s.In(ic), s.SecondLevel()[0], s.FirstLevel(status.PolicySubKinds), v, v.Outcome,
		status.Record{Birth: adult, Verbali: []status.Verbale{v}}, status.Status{}, status.DomainStatus{},
		status.Detail{}, status.FirstLevel{}, status.Verbale{}, status.Outcome{}, status.Record{},
	}
}

func TestPrintingShowsNothing(t *testing.T) {
	for _, p := range people(t) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%-30s"} {
			assert.Equal(t, "[health data]", fmt.Sprintf(verb, p), "%T", p)
		}
		assert.Equal(t, "[health data]", fmt.Sprint(p))
		assert.Equal(t, "[[health data]]", fmt.Sprint([]any{p}))
		assert.Equal(t, "{[health data]}", fmt.Sprintf("%v", struct{ P any }{p}))
	}
	assert.Equal(t, "&{[health data] x}", fmt.Sprintf("%v", &struct {
		Status status.Status
		Note   string
	}{Note: "x"}))
}

func TestLoggingShowsNothing(t *testing.T) {
	for _, p := range people(t) {
		var out bytes.Buffer
		timeless := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{} // its digits are no leak
			}
			return a
		}}
		slog.New(slog.NewJSONHandler(&out, timeless)).Info("x", "who", p)
		slog.New(slog.NewTextHandler(&out, timeless)).Info("x", "who", p, "all", []any{p})
		assert.Contains(t, out.String(), `"who":"[health data]"`)
		for _, leak := range []string{"ic_", "blind", "law_", "100", "VRB", "1980", "confirmed"} {
			assert.NotContains(t, out.String(), leak, "%T", p)
		}
	}
}

func TestDerivedValuesAreNotMarshalled(t *testing.T) {
	s := anna(t)
	for _, p := range []any{s, s.In(ic), s.SecondLevel()[0], s.FirstLevel(""), s.SecondLevel(),
		map[string]any{"s": s}} {
		_, err := json.Marshal(p)
		assert.ErrorIs(t, err, status.ErrMarshal, "%T", p)
	}
	_, err := xml.Marshal(s.In(ic))
	assert.ErrorIs(t, err, status.ErrMarshal)
}

// A registry stores a value and gets the same value back.
func TestEventsAreMarshalled(t *testing.T) {
	record := status.Record{Birth: adult, Verbali: []status.Verbale{
		good(),
		annuls(event("X", ic, status.KindAutotutela, 20250901), "B"),
		notHeld(event("C", ic, status.KindCourt, 20250610), status.ClassCourt),
	}}
	out, err := json.Marshal(record)
	require.NoError(t, err)
	var back status.Record
	require.NoError(t, json.Unmarshal(out, &back))
	assert.Equal(t, record, back)

	out, err = json.Marshal(good())
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"id": "VRB/2024-1", "domain": "civil_invalidity", "kind": "first_assessment",
		"decision": "2024-05-10", "effect": "2024-05-10", "definitive": true,
		"outcome": {"degree": "ic_over_two_thirds", "percent": 70,
			"formula": {"scheme": "verbale", "code": "5"},
			"annotations": {"parking_art_381": "yes", "blind_art_6": "no"}},
		"revision": "2027-05-10"}`, string(out))
	out, err = json.Marshal(event("S", ic, status.KindSuspension, 20260603))
	require.NoError(t, err)
	assert.JSONEq(t, `{"id": "S", "domain": "civil_invalidity", "kind": "suspension",
		"decision": "2026-06-03", "effect": "2026-06-03", "definitive": true}`, string(out))
}
