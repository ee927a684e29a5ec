package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// settingNames returns the flags that have a variable in the environment, and the variables.
func settingNames() (flags, names []string) {
	var v serving
	fs := flag.NewFlagSet("serve", flag.ContinueOnError)
	v.flags(fs)
	fs.VisitAll(func(f *flag.Flag) {
		flags = append(flags, f.Name)
		names = append(names, settingName(f.Name))
	})
	return flags, names
}

// Every setting in the pages for operators and in the container files exists.
func TestDocumentedSettings(t *testing.T) {
	flags, names := settingNames()
	for _, file := range []string{"docs/operations.md", "docs/login.md", "compose.yaml", "Dockerfile",
		"deploy/helm/attesta/values.yaml", "deploy/helm/attesta/templates/deployment.yaml"} {
		text, err := os.ReadFile(filepath.Join("..", "..", file))
		require.NoError(t, err)
		for _, name := range regexp.MustCompile(`ISSUER_[A-Z_]+`).FindAllString(string(text), -1) {
			known := slices.Contains(names, name) ||
				slices.Contains(names, strings.TrimSuffix(name, fileSuffix))
			assert.True(t, known, "%s: %s", file, name)
		}
		for _, found := range regexp.MustCompile("`-([a-z][a-z-]*)").FindAllStringSubmatch(string(text), -1) {
			assert.True(t, slices.Contains(flags, found[1]) || found[1] == "tags" || found[1] == "wal",
				"%s: -%s", file, found[1])
		}
	}
}

// The help's first page has each flag where one looks for it.
func TestUsageHasEachFlag(t *testing.T) {
	flags, _ := settingNames()
	var listed []string
	for _, found := range regexp.MustCompile(` -([a-z][a-z-]*)`).FindAllStringSubmatch(
		strings.Split(serveUsage, "Each flag")[0], -1) {
		listed = append(listed, found[1])
	}
	assert.ElementsMatch(t, flags, listed)
}

func TestComposeFile(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "compose.yaml"))
	require.NoError(t, err)
	var compose struct {
		Services map[string]struct {
			Build       string
			Environment map[string]string
			Networks    []string
		}
		Volumes, Configs map[string]any
		Networks         map[string]struct{ Internal bool }
	}
	require.NoError(t, yaml.Unmarshal(text, &compose))
	replicas := 0
	for name, s := range compose.Services {
		reached := slices.Contains(s.Networks, "store")
		assert.Equal(t, name != "proxy", reached, "the proxy does not reach database and Redis")
		if s.Build != "" {
			replicas++
			assert.Equal(t, "127.0.0.1:9464", s.Environment["ISSUER_OPS_ADDR"])
			assert.True(t, strings.HasPrefix(s.Environment["ISSUER_DB"], "postgres://"))
		}
	}
	assert.Equal(t, 2, replicas)
	assert.True(t, compose.Networks["store"].Internal)
	image, err := os.ReadFile(filepath.Join("..", "..", "Dockerfile"))
	require.NoError(t, err)
	assert.Contains(t, string(image), " ISSUER_OPS_ADDR=127.0.0.1:9464\n")
	assert.NotContains(t, string(image), "EXPOSE 8080 9464")
}
