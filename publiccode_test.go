package attesta_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/qr-invalidita/attesta/status"
)

// publiccode.yml has the keys that publiccode.yml 0 wants, with its limits (v0.go of publiccode-parser-go v5), no
// other key, and the languages of the pages. What is still a placeholder stops .ci/release.sh, not this test.
func TestPubliccode(t *testing.T) {
	var file struct {
		Version           string `yaml:"publiccodeYmlVersion"`
		Name, URL         string
		SoftwareType      string `yaml:"softwareType"`
		DevelopmentStatus string `yaml:"developmentStatus"`
		Platforms         []string
		Categories        []string
		IntendedAudience  struct{ Countries, Scope []string } `yaml:"intendedAudience"`
		Description       map[string]struct {
			Short    string `yaml:"shortDescription"`
			Long     string `yaml:"longDescription"`
			Features []string
		}
		Legal struct {
			License string
			Owner   string `yaml:"mainCopyrightOwner"`
		}
		Maintenance struct {
			Type     string
			Contacts []struct{ Name, Email string }
		}
		Localisation struct {
			Ready     bool              `yaml:"localisationReady"`
			Languages []status.Language `yaml:"availableLanguages"`
		}
		IT struct {
			Version     string `yaml:"countryExtensionVersion"`
			Piattaforme map[string]bool
		} `yaml:"IT"`
	}
	text, err := os.ReadFile("publiccode.yml")
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&file))

	assert.Equal(t, "0", file.Version)
	assert.Equal(t, "1.0", file.IT.Version)
	assert.NotEmpty(t, file.Name)
	assert.Regexp(t, `^https://`, file.URL)
	assert.NotEmpty(t, file.Platforms)
	assert.Equal(t, "library", file.SoftwareType)
	assert.Contains(t, []string{"concept", "development", "beta", "stable", "obsolete"}, file.DevelopmentStatus)
	assert.Contains(t, file.Description, "it", "the Italian catalogue wants it")
	for lang, d := range file.Description {
		assert.True(t, d.Short != "" && utf8.RuneCountInString(d.Short) <= 150, lang)
		long := utf8.RuneCountInString(d.Long)
		assert.True(t, long >= 150 && long <= 10_000, "%s: %d", lang, long)
		assert.NotEmpty(t, d.Features, lang)
	}
	assert.Equal(t, "Apache-2.0", file.Legal.License)
	assert.Contains(t, []string{"internal", "contract", "community", "none"}, file.Maintenance.Type)
	require.NotEmpty(t, file.Maintenance.Contacts)
	for _, c := range file.Maintenance.Contacts {
		assert.NotEmpty(t, c.Name)
		assert.Contains(t, c.Email, "@")
	}
	assert.True(t, file.Localisation.Ready)
	assert.ElementsMatch(t, status.Languages(), file.Localisation.Languages)
	pages, err := filepath.Glob("verifier/page/web/words/*.json")
	require.NoError(t, err)
	assert.Len(t, pages, len(file.Localisation.Languages))
}
