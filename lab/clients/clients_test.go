//go:build clients

package clients_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// said is what each program prints: what it got, encoded again from the types that were generated.
type said struct {
	CheckID string          `json:"check_id"`
	Keys    json.RawMessage `json:"keys"`
	Answer  json.RawMessage `json:"answer"`
	Refusal api.Problem     `json:"refusal"`
}

// A client that is generated as the docs say compiles, makes a check at the first level and reads a refusal.
// Its types hold everything that a desk needs to verify the receipt.
func TestGeneratedClients(t *testing.T) {
	person, err := codicefiscale.Parse(servicetest.Person)
	require.NoError(t, err)
	for generator, run := range map[string]string{
		"ogen":               `go run . "$@"`,
		"oapi-codegen":       `go run . "$@"`,
		"openapi-typescript": `npx tsc && node check.js "$@"`,
	} {
		t.Run(generator, func(t *testing.T) {
			body := servicetest.New(t)
			paper := body.Paper(t, person)
			folder := t.TempDir()
			require.NoError(t, os.CopyFS(folder, os.DirFS(filepath.Join("testdata", generator))))
			if generator == "openapi-typescript" {
				packages := filepath.Join(os.Getenv("ATTESTA_CLIENTS"), "node_modules")
				require.DirExists(t, packages, "ATTESTA_CLIENTS is set by .ci/clients.sh")
				require.NoError(t, os.Symlink(packages, filepath.Join(folder, "node_modules")))
			}
			for _, command := range commands(t, generator) {
				bash(t, folder, strings.ReplaceAll(command, servicetest.Name, body.Server.URL))
			}
			var got said
			text := bash(t, folder, run, body.Server.URL, paper, servicetest.Person)
			require.NoError(t, json.Unmarshal(text, &got), string(text))

			var answer api.Result
			require.NoError(t, json.Unmarshal(got.Answer, &answer))
			assert.Equal(t, api.Confirmed, answer.Outcome)
			assert.Equal(t, api.MalformedCF, got.Refusal.Code)
			verified(t, got, answer, paper)
		})
	}
}

// verified verifies the receipt with the keys that the program got.
func verified(t *testing.T, got said, answer api.Result, paper string) {
	t.Helper()
	keys, err := token.ParseJWKS(got.Keys, "")
	require.NoError(t, err, string(got.Keys))
	payload, err := token.VerifyJWS(api.ReceiptType, answer.Receipt, keys, api.MaxReceipt)
	require.NoError(t, err)
	receipt, err := api.ParseReceipt(payload)
	require.NoError(t, err)
	question := api.Question{CheckID: got.CheckID, Token: paper, CodiceFiscale: servicetest.Person}
	assert.Equal(t, question.Digest(), receipt.Check)
	digest, err := api.AnswerDigest(got.CheckID, got.Answer)
	require.NoError(t, err)
	assert.Equal(t, receipt.Answer, digest, string(got.Answer))
}

// commands returns the commands of the docs that fetch the document and generate a client.
func commands(t *testing.T, generator string) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/verify-in-any-language.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "### A generated client\n")
	require.True(t, found)
	_, rest, _ = strings.Cut(rest, "```sh\n")
	block, _, _ := strings.Cut(rest, "```\n")
	var list []string
	for _, line := range strings.Split(block, "\n") {
		if strings.HasPrefix(line, "curl ") || strings.Contains(line, generator) {
			list = append(list, line)
		}
	}
	require.Len(t, list, 2, "curl and %s", generator)
	return list
}

// bash runs a command in the folder and returns its standard output.
func bash(t *testing.T, folder, command string, args ...string) []byte {
	t.Helper()
	c := exec.CommandContext(t.Context(), "bash", append([]string{"-ec", command, "bash"}, args...)...)
	c.Dir, c.Env = folder, append(os.Environ(), "GOWORK=off")
	var warnings strings.Builder
	c.Stderr = &warnings
	text, err := c.Output()
	require.NoError(t, err, "%s\n%s%s", command, text, warnings.String())
	return text
}
