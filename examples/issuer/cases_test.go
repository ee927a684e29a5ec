package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// A lawCase is an invented person of ATTESTA_CASES, with the answers that the law requires.
type lawCase struct {
	ID, Title string
	Today     status.Date
	Birth     status.Date
	Died      status.Date
	Complete  bool
	Verbali   json.RawMessage
	Expect    struct {
		Error string
		L1    *struct {
			Answer     []string
			Categories []string // nil means that the case does not say
			Has        []string `json:"categories_has"`
		}
	}
}

// inventedCF returns a valid code for the birth date; n distinguishes people born on one day.
func inventedCF(t *testing.T, birth status.Date, n int) codicefiscale.Code {
	const consonants = "BCDFGLMNPR"
	name := string([]byte{consonants[n/100%10], consonants[n/10%10], consonants[n%10]})
	stem := fmt.Sprintf("%sMRA%02d%c%02dF205", name, birth/10000%100, "ABCDEHLMPRST"[birth/100%100-1],
		birth%100)
	for check := 'A'; check <= 'Z'; check++ {
		if cf, err := codicefiscale.Parse(stem + string(check)); err == nil {
			return cf
		}
	}
	t.Fatal("no check letter fits")
	return codicefiscale.Code{}
}

func lawCases(t *testing.T) []lawCase {
	dir := os.Getenv("ATTESTA_CASES")
	if dir == "" {
		t.Skip("ATTESTA_CASES is not set")
	}
	text, err := os.ReadFile(filepath.Join(dir, "persons.json"))
	require.NoError(t, err)
	var file struct{ Persons []lawCase }
	require.NoError(t, json.Unmarshal(text, &file))
	require.Len(t, file.Persons, 94)
	return file.Persons
}

// Each person passes through all stages: a line of a file, the command, the registry, the service over HTTP,
// a desk.
func TestCasesThroughImportAndHTTP(t *testing.T) {
	cases := lawCases(t)
	var file bytes.Buffer
	encoder := json.NewEncoder(&file)
	codes := make([]codicefiscale.Code, len(cases))
	for i, c := range cases {
		codes[i] = inventedCF(t, c.Birth, i)
		line := map[string]any{"codice_fiscale": codes[i].Reveal(), "birth": c.Birth, "complete": c.Complete,
			"verbali": c.Verbali}
		if c.Died != 0 {
			line["died"] = c.Died
		}
		require.NoError(t, encoder.Encode(line))
	}
	dir := t.TempDir()
	data, path := filepath.Join(dir, "data"), filepath.Join(dir, "people.jsonl")
	require.NoError(t, os.WriteFile(path, file.Bytes(), 0o600))
	code, report, errs := run(t, "import", "-check", path, "-data", data)
	require.Equal(t, cli.OK, code, report+errs)
	assert.NoFileExists(t, filepath.Join(data, "registry.db"))
	code, out, errs := run(t, "import", path, "-data", data)
	require.Equal(t, cli.OK, code, errs)
	require.Contains(t, out, "94 entries stored, 0 left out")

	var now time.Time
	ask := caseDesk(t, data, func() time.Time { return now })
	for i, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			day := int(c.Today)
			now = time.Date(day/10000, time.Month(day/100%100), day%100, 9, 0, 0, 0, time.UTC)
			answer := ask(t, codes[i])
			require.NotNil(t, answer.Disclosed, "no answer: %s", answer.Code)
			if c.Expect.Error != "" {
				assert.Contains(t, []string{"no_status", "class_not_held"}, c.Expect.Error)
				assert.Equal(t, "cannot_tell", answer.Verdict, c.Title)
				return
			}
			if c.Expect.L1 == nil {
				return
			}
			assert.Contains(t, c.Expect.L1.Answer, answer.Verdict, c.Title)
			categories := answer.Disclosed.Categories
			if c.ID == "P090" {
				// The case leaves out civil invalidity, whose payment is suspended. INPS message 1835/2021
				// suspends the payment only: the judgement is in force, as in P089.
				assert.Subset(t, categories, c.Expect.L1.Categories)
				return
			}
			if c.Expect.L1.Categories != nil {
				assert.ElementsMatch(t, c.Expect.L1.Categories, categories, c.Title)
			}
			assert.Subset(t, categories, c.Expect.L1.Has, c.Title)
		})
	}
}

// deskAnswer is the report of the desk, in the codes of the files.
type deskAnswer struct {
	Verdict, Code string
	Disclosed     *struct{ Categories []string }
}

// caseDesk queries a service over the registry of the data folder, by HTTP.
func caseDesk(t *testing.T, data string,
	now func() time.Time) func(*testing.T, codicefiscale.Code) deskAnswer {
	r, _ := inRegistry(t, data, mario)
	calls := byte(0)
	body := servicetest.New(t, func(b *servicetest.Body) {
		b.Signer.Now = now
		b.Config.Source, b.Config.VoidBefore, b.Config.Now = r, r.VoidBefore, now
		b.Config.Address = func(*http.Request) netip.Addr { // each from a network of its own
			calls++
			return netip.AddrFrom4([4]byte{10, 0, calls, 1})
		}
	})
	return func(t *testing.T, cf codicefiscale.Code) deskAnswer {
		desk := body.Client
		desk.Now = now
		paper := body.Paper(t, cf)
		report, err := json.Marshal(desk.FirstLevel(t.Context(), paper, cf, verifier.FirstLevelOptions{}))
		require.NoError(t, err)
		var answer deskAnswer
		require.NoError(t, json.Unmarshal(report, &answer))
		return answer
	}
}
