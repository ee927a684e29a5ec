package accesslog_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A program of another module, outside the workspace, builds on the log and writes one. Its requirements
// are those of this module, so that no version is chosen here.
func TestImporter(t *testing.T) {
	here, err := os.Getwd()
	require.NoError(t, err)
	mod := string(must(os.ReadFile("go.mod")))
	const log = "github.com/qr-invalidita/attesta/verifier/accesslog"
	mod = strings.Replace(mod, "module "+log, "module example.org/body", 1)
	mod = strings.Replace(mod, "=> ../..", "=> "+filepath.ToSlash(filepath.Join(here, "../..")), 1)
	mod += fmt.Sprintf("\nrequire %s v0.0.0-00010101000000-000000000000\n", log)
	mod += fmt.Sprintf("\nreplace %s => %s\n", log, filepath.ToSlash(here))
	folder := t.TempDir()
	for name, text := range map[string][]byte{
		"go.mod": []byte(mod), "go.sum": must(os.ReadFile("go.sum")),
		"main.go": must(os.ReadFile("testdata/importer/main.go")),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), text, 0o600))
	}

	command := exec.CommandContext(t.Context(), "go", "run", ".")
	command.Dir = folder
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	output, err := command.CombinedOutput()
	require.NoError(t, err, string(output))
	assert.Equal(t, "COMUNE DI ROMA parking 1\n", string(output))
}
