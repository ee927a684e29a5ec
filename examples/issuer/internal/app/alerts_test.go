package app

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// exported returns the labels of each metric that the program exports.
func exported() map[string][]string {
	descs := make(chan *prometheus.Desc)
	go func() {
		newMetrics().registry.Describe(descs)
		databasePool(nil, "issuer").Describe(descs)
		close(descs)
	}()
	form := regexp.MustCompile(`fqName: "([^"]+)".*constLabels: \{(.*)\}, variableLabels: \{(.*)\}\}`)
	names := make(map[string][]string)
	for d := range descs {
		found := form.FindStringSubmatch(d.String())
		names[found[1]] = append(regexp.MustCompile(`[a-z_]+`).FindAllString(found[2]+" "+found[3], -1), "le")
	}
	return names
}

// assertExported asserts that the metrics in an expression, and the labels that it selects, exist.
func assertExported(t *testing.T, names map[string][]string, expr string) {
	t.Helper()
	found := regexp.MustCompile(`((?:attesta|go|process)_[a-z_]+)(?:\{([^}]*)\})?`).
		FindAllStringSubmatch(expr, -1)
	assert.NotEmpty(t, found, expr)
	for _, s := range found {
		labels, ok := names[strings.TrimSuffix(s[1], "_bucket")]
		assert.True(t, ok, "%s in %s", s[1], expr)
		for _, label := range regexp.MustCompile(`([a-z_]+)[!=]?[=~]"`).FindAllStringSubmatch(s[2], -1) {
			assert.Contains(t, labels, label[1], expr)
		}
	}
}

func docs(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", name))
	require.NoError(t, err)
	return string(text)
}

// The metrics and labels in the alert rules of the docs exist, and each alert has a line of what to do.
func TestAlerts(t *testing.T) {
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr         string
				Labels, Annotations map[string]string
			}
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(docs(t, "alerts.yaml")), &file))
	names, runbook, rules := exported(), docs(t, "operations.md"), 0
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			rules++
			assert.Contains(t, []string{"warning", "critical"}, r.Labels["severity"], r.Alert)
			assert.NotEmpty(t, r.Annotations["summary"], r.Alert)
			assert.NotEmpty(t, r.Annotations["description"], r.Alert)
			assertExported(t, names, r.Expr)
			assert.Contains(t, runbook, "\n| `"+r.Alert+"` | ")
		}
	}
	assert.Equal(t, 23, rules)
	assert.Equal(t, rules, strings.Count(runbook, "\n| `Attesta"), "alerts that are gone have no line")
}

// The rules fire when they should, and only then.
func TestAlertsFire(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("no promtool here")
	}
	require.NoError(t, err)
	file := filepath.Join("..", "..", "..", "..", "docs", "alerts_test.yaml")
	out, err := exec.CommandContext(t.Context(), promtool, "test", "rules", file).CombinedOutput()
	assert.NoError(t, err, string(out))
}

// The metrics of the dashboard exist.
func TestDashboard(t *testing.T) {
	var board struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	require.NoError(t, json.Unmarshal([]byte(docs(t, "dashboard.json")), &board))
	assert.Len(t, board.Panels, 10)
	names := exported()
	for _, p := range board.Panels {
		assert.NotEmpty(t, p.Targets)
		for _, target := range p.Targets {
			assertExported(t, names, target.Expr)
		}
	}
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
