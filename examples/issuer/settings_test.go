package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
)

func TestSecretFiles(t *testing.T) {
	const dsn = "postgres://issuer:secret@db.example.it/attesta"
	for name, tt := range map[string]struct {
		text string
		mode os.FileMode
		env  map[string]string // beside ISSUER_DB_FILE
		want string            // of ISSUER_DB
		err  string
	}{
		"a line":          {dsn + "\n", 0o600, nil, dsn, ""},
		"of Windows":      {dsn + "\r\n", 0o400, nil, dsn, ""},
		"open":            {dsn, 0o644, nil, "", "chmod 600"},
		"both":            {dsn, 0o600, map[string]string{"ISSUER_DB": "x"}, "x", "are both set"},
		"a setting _FILE": {dsn, 0o600, map[string]string{"ISSUER_PEPPER_FILE": "/nowhere"}, dsn, ""},
		"missing": {dsn, 0o600, map[string]string{"TWILIO_AUTH_TOKEN_FILE": "/nowhere"}, "",
			"TWILIO_AUTH_TOKEN_FILE"},
		"unknown": {dsn, 0o600, map[string]string{"OTHER_FILE": "/nowhere"}, dsn, ""},
		"another subcommand": {dsn, 0o600, map[string]string{"ISSUER_MIGRATE_DB_FILE": "/nowhere"}, "",
			"ISSUER_MIGRATE_DB_FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "secret")
			require.NoError(t, os.WriteFile(path, []byte(tt.text), tt.mode))
			t.Setenv("ISSUER_DB", "") // and put back at the end
			t.Setenv("ISSUER_DB_FILE", path)
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			err := readSecretFiles()
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				assert.NotContains(t, err.Error(), "secret@")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.want, os.Getenv("ISSUER_DB"))
		})
	}
}

// The program ends with the code of a wrong setting, in the language of the terminal.
func TestWrongSecretFile(t *testing.T) {
	c := exec.Command(os.Args[0], "version", "-lang", "it")
	c.Env = append(os.Environ(), asProgram+"=1", "ISSUER_DB=x", "ISSUER_DB_FILE=/nowhere")
	text, err := c.CombinedOutput()
	require.Error(t, err)
	assert.Equal(t, cli.Usage, c.ProcessState.ExitCode())
	assert.Equal(t, "ISSUER_DB e ISSUER_DB_FILE sono entrambi impostati\n", string(text))
}
