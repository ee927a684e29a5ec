package intake_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/intake"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// read returns the entries of a file in a comparable form.
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
	header = "codice_fiscale,birth,given_name,family_name,verbale_id,domain,kind,decision,effect," +
		"definitive,degree,percent\n"
	rossi = "RSSMRA80A01H501U,1980-01-01,Mario,Rossi,IC/1,civil_invalidity,first_assessment," +
		"2021-03-15,2021-03-15,true,ic_over_two_thirds,74\n"
)

func TestCSV(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"two verbali of one person": {
			header + rossi + strings.Replace(rossi, "IC/1", "IC/2", 1),
			[]string{"2: RSSMRA80A01H501U 1980-01-01 Mario Rossi IC/1 ic_over_two_thirds 74",
				"3: RSSMRA80A01H501U 1980-01-01 Mario Rossi IC/2 ic_over_two_thirds 74"},
		},
		"as Italian spreadsheets write": {
			"\ufeff" + strings.ReplaceAll(
				"codice_fiscale,given_name\n\"rssmra80a01h501u\",\"De \"\"Rossi\"\"\"\n", ",", ";"),
			[]string{`2: RSSMRA80A01H501U no date De "Rossi"`},
		},
		"line ends of Windows, empty lines, no end of the last": {
			"codice_fiscale,phone,voice_phone\r\n\r\nRSSMRA80A01H501U,+393510000101," +
				"+39061234567\r\n  \r\nRSSMRA80A01H501U,,",
			[]string{"3: RSSMRA80A01H501U no date  sms+393510000101 voice+39061234567",
				"5: RSSMRA80A01H501U no date "},
		},
		"a quotation mark that is not closed spoils its own line": {
			"codice_fiscale,given_name\nRSSMRA80A01H501U,\"Mario\nRSSMRA80A01H501U,Mario\n",
			[]string{"2: quotation marks do not match", "3: RSSMRA80A01H501U no date Mario"},
		},
		"columns": {
			"codice_fiscale,given_name\nRSSMRA80A01H501U\nRSSMRA80A01H501U,Mario," +
				"Rossi\nRSSMRA80A01H501U,Mario\n",
			[]string{"2: has 1 columns, the header 2", "3: has 3 columns, the header 2",
				"4: RSSMRA80A01H501U no date Mario"},
		},
		"values": {
			header + strings.Replace(rossi, "501U", "501X", 1) + strings.Replace(rossi, "1980-01-01",
				"1981-01-01", 1) +
				strings.Replace(rossi, "1980-01-01", "01/01/1980", 1) + strings.Replace(rossi, "true", "yes",
				1) +
				strings.Replace(rossi, "74", "many", 1) + strings.Replace(rossi, "74", "20", 1) +
				strings.Replace(rossi, "ic_over_two_thirds", "ic_over", 1) + strings.Replace(rossi, "IC/1",
				"RSSMRA80A01H501U", 1),
			[]string{
				"2: codice_fiscale: codice fiscale has a wrong check character",
				"3: RSSMRA80A01H501U 1981-01-01 Mario Rossi IC/1 ic_over_two_thirds 74",
				"4: birth: is not a date from 1900 to 2199", "5: definitive: is neither true nor false",
				"6: percent: is not a number from 0 to 1023",
				"7: outcome.percent is outside the band of the degree",
				"8: outcome.degree is not a known code", "9: id contains a codice fiscale or a diagnosis",
			},
		},
		"a century that nobody can tell may be known": {
			"codice_fiscale\nBNCGLI16E52M999U\n", []string{"2: BNCGLI16E52M999U no date "},
		},
		"a provisional code": {
			"codice_fiscale,birth\n12345671510,1990-05-05\n", []string{"2: 12345671510 1990-05-05 "},
		},
		"not UTF-8": {"codice_fiscale,given_name\nRSSMRA80A01H501U,Jos\xe9\n",
			[]string{"2: is not UTF-8"}},
		"a line too long": {"codice_fiscale\n" + strings.Repeat("x", 3<<20) + "\nRSSMRA80A01H501U\n",
			[]string{"2: is longer than a MiB", "3: RSSMRA80A01H501U no date "}},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, read(t, test.text, intake.CSV)) })
	}
}

func TestHeader(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "header: is empty",
		"birth\n":                               "header: there is no column codice_fiscale",
		"codice_fiscale,RSSMRA80A01H501U\n":     "header: column 2 has a name that is not known",
		"codice_fiscale,birth,birth\n":          "header: column birth occurs twice",
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
	const one = `{"codice_fiscale":"RSSMRA80A01H501U","given_name":"Mario","verbali":[{"id":"IC/1",` +
		`"domain":"civil_invalidity",` +
		`"kind":"first_assessment","decision":"2021-03-15","effect":"2021-03-15","definitive":true,` +
		`"outcome":{"degree":"ic_over_two_thirds","percent":74}}]}`
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
		"1: RSSMRA80A01H501U no date Mario IC/1 ic_over_two_thirds 74",
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
		"12: RSSMRA80A01H501U no date Mario IC/1 ic_over_two_thirds 74",
	}, read(t, text, intake.JSONL))
}

// The two formats have the same fields.
func TestEveryColumn(t *testing.T) {
	var said [][]registry.Person
	for _, format := range []string{intake.CSV, intake.JSONL} {
		f, err := os.Open("testdata/people." + format)
		require.NoError(t, err)
		defer f.Close()
		entries, err := intake.Open(f, format)
		require.NoError(t, err)
		var people []registry.Person
		for {
			line, err := entries.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			require.NoError(t, line.Err, line.Number)
			people = append(people, line.Person)
		}
		said = append(said, people)
	}
	require.Equal(t, len(said[0]), len(said[1]))
	used := map[string]bool{}
	for i, p := range said[0] {
		q := said[1][i]
		for n, phone := range p.Contacts.Phones { // phones compare by their revealed numbers
			assert.Equal(t, phone.Channel, q.Contacts.Phones[n].Channel)
			assert.Equal(t, phone.Number.Reveal(), q.Contacts.Phones[n].Number.Reveal())
		}
		p.Contacts.Phones, q.Contacts.Phones = nil, nil
		assert.True(t, reflect.DeepEqual(p, q), "entry %d", i)
		filled(reflect.ValueOf(p), "Person", used)
	}
	delete(used, "Person.Contacts.Phones")
	delete(used, "Person.Contacts.Unconfirmed") // the registry's own, no feed says it
	assert.False(t, said[0][0].Previous.IsZero())
	assert.False(t, said[0][0].Contacts.Verified.IsZero())
	for field, is := range used {
		assert.True(t, is, "%s is in no column of the examples", field)
	}
}

// filled records which fields are not empty.
func filled(v reflect.Value, name string, used map[string]bool) {
	switch {
	case v.Type().PkgPath() == "time" || v.Type() == reflect.TypeFor[codicefiscale.Code]():
		used[name] = true
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			filled(v.Field(i), name+"."+v.Type().Field(i).Name, used)
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		for i := range v.Len() {
			filled(v.Index(i), name, used)
		}
	default:
		used[name] = used[name] || !v.IsZero()
	}
}

// An unsaid field and a withdrawn one differ, in both formats.
func TestNotSaid(t *testing.T) {
	one := func(text, format string) registry.Person {
		entries, err := intake.Open(strings.NewReader(text), format)
		require.NoError(t, err)
		line, err := entries.Next()
		require.NoError(t, err)
		require.NoError(t, line.Err)
		return line.Person
	}
	nothing := one("codice_fiscale\nRSSMRA80A01H501U", intake.CSV)
	assert.Equal(t, registry.Person{CF: nothing.CF}, nothing)
	const columns = "codice_fiscale,died,complete,elsewhere,phone,voice_phone,email\nRSSMRA80A01H501U,"
	assert.Equal(t, nothing, one(columns+",,,,,", intake.CSV))
	assert.Equal(t, nothing, one(`{"codice_fiscale":"RSSMRA80A01H501U"}`, intake.JSONL))
	assert.Equal(t, nothing,
		one(
			`{"codice_fiscale":"RSSMRA80A01H501U","died":null,"complete":null,"email":"",`+
				`"phone":null,"died":""}`, intake.JSONL))

	back := nothing
	back.Not = registry.Not{Died: true, Complete: true, Elsewhere: true, SMS: true, Voice: true, Email: true}
	assert.Equal(t, back, one(columns+"none,false,false,none,none,none", intake.CSV))
	assert.Equal(t, back,
		one(
			`{"codice_fiscale":"RSSMRA80A01H501U","died":"none","complete":false,"elsewhere":false,`+
				`"phone":"none",`+
				`"voice_phone":"none","email":"none"}`, intake.JSONL))
}

// A person on the command line has the columns of CSV. What is wrong is named without its value.
func TestReadPairs(t *testing.T) {
	const cf = "codice_fiscale=RSSMRA80A01H501U"
	p, err := intake.ReadPairs([]string{cf, "given_name=Mario=Rossi", "died=none", "phone=+393510000101",
		"verbale_id=IC/1", "percent=74", "title_kind=inail", "title_percent=40", "email="})
	require.NoError(t, err)
	assert.Equal(t, "Mario=Rossi", p.Given, "the first sign of equality counts")
	assert.True(t, p.Not.Died)
	require.Len(t, p.Contacts.Phones, 1)
	require.Len(t, p.Verbali, 1)
	assert.Equal(t, 74, p.Verbali[0].Outcome.Percent)
	require.Len(t, p.Titles, 1)
	assert.Equal(t, 40, p.Titles[0].Percent)
	assert.Empty(t, p.Contacts.Email)

	plain, err := intake.ReadPairs([]string{cf, "verbale_id=", "title_kind="})
	require.NoError(t, err)
	assert.Equal(t, registry.Person{CF: plain.CF}, plain,
		"an empty value says nothing, not even that there is one")

	for pair, want := range map[string]string{
		"given_name":       "want COLUMN=value, by the columns of CSV",
		"=Mario":           "want COLUMN=value, by the columns of CSV",
		"nome=Mario":       "want COLUMN=value, by the columns of CSV",
		"birth=1980-02-30": "birth: is not a date from 1900 to 2199",
		"percent=-1":       "percent: is not a number from 0 to 1023",
		"percent=1024":     "percent: is not a number from 0 to 1023",
		"title_held=yes":   "title_held: is neither true nor false",
		"complete=1":       "complete: is neither true nor false",
		"phone=351000":     "phone: phone number is not in E.164 form",
		"previous_codice_fiscale=RSSMRA80A01H501X": "previous_codice_fiscale: codice fiscale has a wrong " +
			"check character",
	} {
		_, err := intake.ReadPairs([]string{cf, pair})
		assert.EqualError(t, err, want, pair)
	}
	_, err = intake.ReadPairs(nil)
	assert.ErrorContains(t, err, "codice_fiscale")
}

// A line may be as long as a MiB. A file that ends within a longer one ends there.
func TestLongestLine(t *testing.T) {
	const most = 1 << 20
	const start, end = `{"codice_fiscale":"RSSMRA80A01H501U"`, "}\n"
	padded := func(length int) string {
		return start + strings.Repeat(" ", length-len(start)-len(end)) + end
	}
	assert.Equal(t, []string{"1: RSSMRA80A01H501U no date ", "2: RSSMRA80A01H501U no date "},
		read(t, padded(most)+padded(100), intake.JSONL))
	assert.Equal(t, []string{"1: is longer than a MiB", "2: RSSMRA80A01H501U no date "},
		read(t, padded(most+1)+padded(100), intake.JSONL))
	assert.Equal(t, []string{"1: is longer than a MiB"},
		read(t, strings.TrimSuffix(padded(3*most), end), intake.JSONL))
}

// A fault of the disk is no fault of the line, however long the line is.
func TestABrokenFileIsNoLine(t *testing.T) {
	for _, length := range []int{10, 1 << 20, 3 << 20} {
		entries, err := intake.Open(io.MultiReader(strings.NewReader(strings.Repeat("x", length)),
			iotest.ErrReader(errBroken)), intake.JSONL)
		require.NoError(t, err)
		_, err = entries.Next()
		assert.ErrorIs(t, err, errBroken, length)
	}
	_, err := intake.Open(io.MultiReader(strings.NewReader(strings.Repeat("x", 3<<20)),
		iotest.ErrReader(errBroken)), intake.CSV)
	assert.ErrorIs(t, err, errBroken)
}
