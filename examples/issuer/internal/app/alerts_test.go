package app

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// The metrics and labels in the alert rules of the docs exist.
func TestAlerts(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "alerts.yaml"))
	require.NoError(t, err)
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr         string
				Labels, Annotations map[string]string
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(text, &file))
	m := newMetrics()
	m.call(t.Context(), service.Call{Outcome: "confirmed"})
	m.code(t.Context(), otp.Event{Kind: otp.EventSendFail})
	labels := map[string][]string{}
	families, err := m.registry.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels[f.GetName()] = append(labels[f.GetName()], l.GetName())
		}
	}
	selector := regexp.MustCompile(`(attesta_[a-z_]+)\{([a-z]+)(?:=|!=)"[a-z]*"\}\[1h\]`)
	rules := 0
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			rules++
			assert.NotEmpty(t, r.Labels["severity"], r.Alert)
			assert.NotEmpty(t, r.Annotations["summary"], r.Alert)
			found := selector.FindAllStringSubmatch(r.Expr, -1)
			assert.NotEmpty(t, found, r.Alert)
			for _, s := range found {
				assert.Contains(t, labels[s[1]], s[2], r.Alert)
			}
		}
	}
	assert.Equal(t, 3, rules)
}

// Wrong codes and refusals are counted apart, from zero, and a refusal for another reason is not among them.
func TestMismatchesAreCounted(t *testing.T) {
	a, _, _ := newWatched(t)
	for _, limit := range []string{"none", "document", "caller"} {
		assert.Contains(t, metricsText(a), `attesta_mismatches_total{limit="`+limit+`"} 0`)
	}
	for _, c := range []service.Call{
		{Mismatch: true}, {Mismatch: true}, {Limit: api.LimitDocument}, {Limit: api.LimitCaller},
		{Limit: api.LimitCalls}, {Code: "no_match"},
	} {
		a.metrics.call(t.Context(), c)
	}
	for limit, n := range map[string]string{"none": "2", "document": "1", "caller": "1"} {
		assert.Contains(t, metricsText(a), `attesta_mismatches_total{limit="`+limit+`"} `+n)
	}
}
