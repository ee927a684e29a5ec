package codicefiscale_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// A vector is one entry of testdata/vectors.json, which is plain JSON so that programs in other
// languages can run it too.
type vector struct {
	ID      string
	Parser  string // final, provisional, either or subject
	Input   string
	Want    string // "valid" or a key of rules
	Code    string // of a valid one
	Decoded *struct {
		YearOfCentury int `json:"year_of_century"`
		Month         time.Month
		Day           int
		Sex           codicefiscale.Sex
		Place         string
	} // absent for a provisional code
	Comment string
	Source  string
}

var parsers = map[string]func(string) (codicefiscale.Code, error){
	"final":       codicefiscale.Parse,
	"provisional": codicefiscale.ParseProvisional,
	"either":      codicefiscale.ParseAny,
	"subject":     codicefiscale.ParseSubject,
}

var rules = map[string]codicefiscale.Error{
	"prefix":   codicefiscale.ErrPrefix,
	"alphabet": codicefiscale.ErrAlphabet,
	"length":   codicefiscale.ErrLength,
	"shape":    codicefiscale.ErrShape,
	"month":    codicefiscale.ErrMonth,
	"day":      codicefiscale.ErrDay,
	"date":     codicefiscale.ErrDate,
	"place":    codicefiscale.ErrPlace,
	"check":    codicefiscale.ErrCheck,
	"person":   codicefiscale.ErrPerson,
}

func readVectors(t testing.TB) []vector {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var vs []vector
	require.NoError(t, json.Unmarshal(data, &vs))
	return vs
}

func TestVectors(t *testing.T) {
	ids := map[string]bool{}
	perWant := map[string]int{}
	for _, v := range readVectors(t) {
		t.Run(v.ID, func(t *testing.T) {
			require.False(t, ids[v.ID], "this id stands twice in the file")
			ids[v.ID] = true
			perWant[v.Want]++
			require.NotEmpty(t, v.Comment)
			require.NotEmpty(t, v.Source)
			require.Contains(t, parsers, v.Parser)

			code, err := parsers[v.Parser](v.Input)
			if v.Want != "valid" {
				require.Contains(t, rules, v.Want)
				assert.Equal(t, rules[v.Want], err)
				assert.Equal(t, codicefiscale.Code{}, code)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, v.Code, code.Reveal())
			assert.False(t, code.IsZero())
			assert.Equal(t, len(v.Code) == 11, code.IsProvisional())

			birth, hasBirth := code.Birth()
			sex, hasSex := code.Sex()
			place, hasPlace := code.Place()
			if v.Decoded == nil {
				assert.True(t, code.IsProvisional())
				assert.False(t, hasBirth || hasSex || hasPlace)
				assert.Zero(t, birth)
				assert.Zero(t, sex)
				assert.Zero(t, place)
				return
			}
			assert.True(t, hasBirth && hasSex && hasPlace)
			assert.Equal(t, codicefiscale.Birth{
				YearOfCentury: v.Decoded.YearOfCentury, Month: v.Decoded.Month, Day: v.Decoded.Day,
			}, birth)
			assert.Equal(t, v.Decoded.Sex, sex)
			assert.Equal(t, v.Decoded.Place, place)
		})
	}

	// An empty or shortened file must not pass.
	assert.GreaterOrEqual(t, len(ids), 170)
	assert.GreaterOrEqual(t, perWant["valid"], 45)
	for rule := range rules {
		assert.GreaterOrEqual(t, perWant[rule], 5, rule)
	}
}

// The cases of the folder that ATTESTA_CASES names. Each is also among the vectors, so this
// module does not need the folder.
func TestCases(t *testing.T) {
	folder := os.Getenv("ATTESTA_CASES")
	if folder == "" {
		t.Skip("ATTESTA_CASES is not set")
	}
	data, err := os.ReadFile(filepath.Join(folder, "cf.json"))
	require.NoError(t, err)
	var cases []struct{ ID, CF, Mode, Expect string }
	require.NoError(t, json.Unmarshal(data, &cases))
	require.NotEmpty(t, cases)
	expected := map[string]string{
		"not a natural person": "person",
		"provisional allowed?": "length", // no: see ParseSubject
	}
	mine := map[string]string{}
	for _, v := range readVectors(t) {
		mine[v.Parser+" "+v.Input] = v.Want
	}
	for _, c := range cases {
		require.Contains(t, parsers, c.Mode, c.ID)
		want := c.Expect
		if rule, ok := expected[want]; ok {
			want = rule
		}
		assert.Equal(t, want, mine[c.Mode+" "+c.CF], c.ID)
		_, err := parsers[c.Mode](c.CF)
		if want == "valid" {
			assert.NoError(t, err, c.ID)
			continue
		}
		require.Contains(t, rules, want, c.ID)
		assert.Equal(t, rules[want], err, c.ID)
	}
}

func TestRulesAreToldApart(t *testing.T) {
	texts := map[string]bool{codicefiscale.ErrMarshal.Error(): true}
	for rule, err := range rules {
		assert.False(t, texts[err.Error()], rule)
		texts[err.Error()] = true
	}
}
