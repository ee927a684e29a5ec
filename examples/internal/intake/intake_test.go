package intake_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/qr-invalidita/attesta/examples/internal/intake"
	"github.com/qr-invalidita/attesta/status"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// read returns the entries of a file, in words that compare.
func read(t *testing.T, text, format string) []string {
	t.Helper()
	entries, err := intake.Open(strings.NewReader(text), format)
	require.NoError(t, err)
	var said []string
	for {
		line, err := entries.Next()
		if errors.Is(err, io.EOF) {
			position, _ := entries.Position()
			assert.EqualValues(t, len(text), position)
			return said
		}
		require.NoError(t, err)
		if line.Err != nil {
			said = append(said, fmt.Sprintf("%d: %v", line.Number, line.Err))
			continue
		}
		p := line.Person
		words := []string{fmt.Sprint(line.Number, ":"), p.CF.Reveal(), p.Birth.String(), p.Name()}
		for _, v := range p.Verbali {
			words = append(words, fmt.Sprint(v.ID, " ", v.Outcome.Degree, " ", v.Outcome.Percent))
		}
		for _, n := range p.Contacts.Phones {
			words = append(words, string(n.Channel)+n.Number.Reveal())
		}
		said = append(said, strings.Join(words, " "))
	}
}

const (
	header = "codice_fiscale,birth,given_name,family_name,verbale_id,domain,kind,decision,effect,definitive,degree,percent\n"
	rossi  = "RSSMRA80A01H501U,1980-01-01,Mario,Rossi,IC/1,civil_invalidity,first_assessment,2021-03-15,2021-03-15,true,ic_over_two_thirds,74\n"
)

func TestCSV(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"two verbali of one person": {
			header + rossi + strings.Replace(rossi, "IC/1", "IC/2", 1),
			[]string{"2: RSSMRA80A01H501U 1980-01-01 Mario Rossi IC/1 ic_over_two_thirds 74", "3: RSSMRA80A01H501U 1980-01-01 Mario Rossi IC/2 ic_over_two_thirds 74"},
		},
		"as Italian spreadsheets write": {
			"\ufeff" + strings.ReplaceAll("codice_fiscale,given_name\n\"rssmra80a01h501u\",\"De \"\"Rossi\"\"\"\n", ",", ";"),
			[]string{`2: RSSMRA80A01H501U 1980-01-01 De "Rossi"`},
		},
		"line ends of Windows, empty lines, no end of the last": {
			"codice_fiscale,phone,voice_phone\r\n\r\nRSSMRA80A01H501U,+393510000101,+39061234567\r\n  \r\nRSSMRA80A01H501U,,",
			[]string{"3: RSSMRA80A01H501U 1980-01-01  sms+393510000101 voice+39061234567", "5: RSSMRA80A01H501U 1980-01-01 "},
		},
		"a quotation mark that is not closed spoils its own line": {
			"codice_fiscale,given_name\nRSSMRA80A01H501U,\"Mario\nRSSMRA80A01H501U,Mario\n",
			[]string{"2: quotation marks do not match", "3: RSSMRA80A01H501U 1980-01-01 Mario"},
		},
		"columns": {
			"codice_fiscale,given_name\nRSSMRA80A01H501U\nRSSMRA80A01H501U,Mario,Rossi\nRSSMRA80A01H501U,Mario\n",
			[]string{"2: has 1 columns, the header 2", "3: has 3 columns, the header 2", "4: RSSMRA80A01H501U 1980-01-01 Mario"},
		},
		"values": {
			header + strings.Replace(rossi, "501U", "501X", 1) + strings.Replace(rossi, "1980-01-01", "1981-01-01", 1) +
				strings.Replace(rossi, "1980-01-01", "01/01/1980", 1) + strings.Replace(rossi, "true", "yes", 1) +
				strings.Replace(rossi, "74", "many", 1) + strings.Replace(rossi, "74", "20", 1) +
				strings.Replace(rossi, "ic_over_two_thirds", "ic_over", 1) + strings.Replace(rossi, "IC/1", "RSSMRA80A01H501U", 1),
			[]string{
				"2: codice_fiscale: codice fiscale has a wrong check character", "3: birth: contradicts the codice fiscale",
				"4: birth: is not a date from 1900 to 2199", "5: definitive: is neither true nor false",
				"6: percent: is not a number from 0 to 255", "7: verbale: outcome.percent is outside the band of the degree",
				"8: verbale: outcome.degree is not a known code", "9: verbale: id contains a codice fiscale",
			},
		},
		"a century that nobody can tell": {
			"codice_fiscale\nBNCGLI16E52M999U\n", []string{"2: birth: is not a date from 1900 to 2199"},
		},
		"a provisional code": {
			"codice_fiscale,birth\n12345671510,1990-05-05\n", []string{"2: 12345671510 1990-05-05 "},
		},
		"not UTF-8":       {"codice_fiscale,given_name\nRSSMRA80A01H501U,Jos\xe9\n", []string{"2: is not UTF-8"}},
		"a line too long": {"codice_fiscale\n" + strings.Repeat("x", 3<<20) + "\nRSSMRA80A01H501U\n", []string{"2: is longer than a MiB", "3: RSSMRA80A01H501U 1980-01-01 "}},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, read(t, test.text, intake.CSV)) })
	}
}

func TestHeader(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "header: is empty",
		"birth\n":                               "header: there is no column codice_fiscale",
		"codice_fiscale,RSSMRA80A01H501U\n":     "header: column 2 has a name that is not known",
		"codice_fiscale,birth,birth\n":          "header: column birth stands twice",
		"codice_fiscale,\"birth\n":              "header: quotation marks do not match",
		strings.Repeat("x", 3<<20):              "header: is longer than a MiB",
		"RSSMRA80A01H501U,1980-01-01,Mario\n":   "header: column 1 has a name that is not known",
		"codice_fiscale\xff\n":                  "header: is not UTF-8",
		`{"codice_fiscale":"RSSMRA80A01H501U"}`: "header: quotation marks do not match",
	} {
		_, err := intake.Open(strings.NewReader(text), intake.CSV)
		assert.EqualError(t, err, want)
	}
	_, err := intake.Open(strings.NewReader(""), "xlsx")
	assert.Error(t, err)
}

func TestJSONLines(t *testing.T) {
	const one = `{"codice_fiscale":"RSSMRA80A01H501U","given_name":"Mario","verbali":[{"id":"IC/1","domain":"civil_invalidity",` +
		`"kind":"first_assessment","decision":"2021-03-15","effect":"2021-03-15","definitive":true,"outcome":{"degree":"ic_over_two_thirds","percent":74}}]}`
	text := strings.Join([]string{
		one,
		`{"codice_fiscale":"RSSMRA80A01H501U"} {}`,
		`{"codice_fiscale":"RSSMRA80A01H501U","RSSMRA80A01H501U":1}`,
		`{"codice_fiscale":80}`,
		`["RSSMRA80A01H501U"]`,
		`{"codice_fiscale":"RSSMRA80A01H501U"`,
		`{"codice_fiscale":"RSSMRA80A01H501U","birth":"RSSMRA80A01H501U"}`,
		`{"codice_fiscale":"RSSMRA80A01H501U","complete":"RSSMRA80A01H501U"}`,
		`{"codice_fiscale":"RSSMRA80A01H501U","phone":"3510000101"}`,
		`{"codice_fiscale":"RSSMRA80A01H501U","email":"a@b, c@d"}`,
		`null`,
		one,
	}, "\n")
	assert.Equal(t, []string{
		"1: RSSMRA80A01H501U 1980-01-01 Mario IC/1 ic_over_two_thirds 74",
		"2: there is something after the object",
		"3: has a member of an unknown name",
		"4: codice_fiscale: is of the wrong type",
		"5: is not a JSON object",
		"6: is not a JSON object",
		"7: a date: is not a date from 1900 to 2199",
		"8: complete: is of the wrong type",
		"9: phone: phone number is not in E.164 form",
		"10: email: is not an address",
		"11: codice_fiscale: codice fiscale has the wrong length",
		"12: RSSMRA80A01H501U 1980-01-01 Mario IC/1 ic_over_two_thirds 74",
	}, read(t, text, intake.JSONL))
}

// The two formats say the same of every field that there is.
func TestEveryColumn(t *testing.T) {
	for format, want := range map[string]int{"people.csv": 2, "people.jsonl": 2} {
		t.Run(format, func(t *testing.T) {
			f, err := os.Open("testdata/" + format)
			require.NoError(t, err)
			defer f.Close()
			entries, err := intake.Open(f, strings.TrimPrefix(format, "people."))
			require.NoError(t, err)
			for range want {
				line, err := entries.Next()
				require.NoError(t, err)
				require.NoError(t, line.Err)
				p := line.Person
				if len(p.Verbali) == 0 || p.Verbali[0].NotHeld != "" {
					assert.True(t, p.Elsewhere)
					continue
				}
				v := p.Verbali[0]
				assert.Equal(t, status.Date(20260101), p.Died)
				assert.True(t, p.Complete)
				assert.Equal(t, status.French, p.Contacts.Language)
				assert.Equal(t, "mario.rossi@example.it", p.Contacts.Email)
				assert.Len(t, p.Contacts.Phones, 2)
				assert.Equal(t, "2026-01-12 12:00:00 +0000 UTC", p.Contacts.Verified.String())
				assert.Equal(t, status.Outcome{
					Degree: status.DegreeOverTwoThirds, Percent: 74, Formula: status.Formula{Scheme: status.SchemeVerbale, Code: "5"},
					Annotations: status.Annotations{Parking: status.Yes, ReducedMobility: status.No, GraveWalking: status.No,
						PsychicAttendance: status.No, Blind: status.No, Deaf: status.No},
				}, v.Outcome)
				v.Outcome = status.Outcome{}
				assert.True(t, v.Equal(status.Verbale{
					ID: "IC/2021/0101", Domain: status.CivilInvalidity, Kind: status.KindAutotutela, Decision: 20210315, Effect: 20210316,
					Definitive: true, Revision: 20240101, Annuls: "IC/2020/0007",
				}))
			}
			_, err = entries.Next()
			assert.ErrorIs(t, err, io.EOF)
		})
	}
}
