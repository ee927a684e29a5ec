package codicefiscale_test

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	htmltemplate "html/template"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

type exportedField struct{ CF codicefiscale.Code }

// Printing cannot call the methods of an unexported field.
type unexportedField struct{ cf codicefiscale.Code }

type attribute struct {
	CF codicefiscale.Code `xml:"cf,attr"`
}

type embedded struct{ codicefiscale.Code }

type failure struct{ cf codicefiscale.Code }

func (f failure) Error() string { return fmt.Sprintf("refused %v", f.cf) }

// leakSubjects returns codes of which no four characters in a row could be part of the address of
// a pointer, and one that consists of digits only.
func leakSubjects(t *testing.T) []codicefiscale.Code {
	return []codicefiscale.Code{
		mustParse(t, "RSSMRA77L18H501W"),
		mustParse(t, "RSSMRAULALMHRLMD"),
		mustParseProvisional(t, provisional),
	}
}

func containers(code codicefiscale.Code) map[string]any {
	return map[string]any{
		"code":                    code,
		"pointer":                 &code,
		"exported field":          exportedField{code},
		"pointer to struct":       &exportedField{code},
		"unexported field":        unexportedField{code},
		"pointer to unexported":   &unexportedField{code},
		"unexported in a slice":   []unexportedField{{code}},
		"unexported in interface": struct{ v any }{code},
		"embedded":                embedded{code},
		"slice":                   []codicefiscale.Code{code},
		"array":                   [2]codicefiscale.Code{code},
		"map key":                 map[codicefiscale.Code]int{code: 1},
		"map value":               map[string]codicefiscale.Code{"cf": code},
		"error":                   failure{code},
		"wrapped error":           fmt.Errorf("lookup: %w", failure{code}),
		"code in an error text":   fmt.Errorf("lookup of %v", code),
	}
}

// assertHidden fails if the text contains any four neighbouring characters of the code, in either
// case, in hexadecimal, or as a list of bytes.
func assertHidden(t *testing.T, code codicefiscale.Code, text, where string) {
	t.Helper()
	text = strings.ToUpper(text)
	cf := code.Reveal()
	for i := range len(cf) - 3 {
		run := cf[i : i+4]
		hexadecimal := strings.ToUpper(hex.EncodeToString([]byte(run)))
		list := strings.Trim(fmt.Sprint([]byte(run)), "[]")
		if strings.Contains(text, run) || strings.Contains(text, hexadecimal) ||
			strings.Contains(text, list) {
			assert.Fail(t, "leak", "%s shows part %d of a code: %s", where, i, text)
			return
		}
	}
}

func TestPrintingShowsNothing(t *testing.T) {
	const verbs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!"
	for _, code := range leakSubjects(t) {
		for name, v := range containers(code) {
			for _, flags := range []string{"", "+", "#", "-", " ", "0", "+#", "40", ".3", "08.4"} {
				for _, verb := range verbs {
					if verb == 'p' && reflect.TypeOf(v).Kind() != reflect.Struct {
						continue // the address of a pointer, a slice or a map
					}
					format := "%" + flags + string(verb)
					assertHidden(t, code, fmt.Sprintf(format, v), name+" "+format)
				}
			}
			assertHidden(t, code, fmt.Sprint(v), name)
		}
	}
}

func TestPrintingShowsTheMask(t *testing.T) {
	code := mustParse(t, plain)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%40s", "%.2s"} {
		assert.Equal(t, "[codice fiscale]", fmt.Sprintf(verb, code), verb)
		assert.Equal(t, "[codice fiscale]", fmt.Sprintf(verb, &code), verb)
		assert.Equal(t, "[no codice fiscale]", fmt.Sprintf(verb, codicefiscale.Code{}), verb)
	}
	assert.Equal(t, "{CF:[codice fiscale]}", fmt.Sprintf("%+v", exportedField{code}))
	assert.Equal(t, "map[[codice fiscale]:1]", fmt.Sprint(map[codicefiscale.Code]int{code: 1}))
	assert.Equal(t, "[codice fiscale]", code.String())
	assert.Equal(t, "[codice fiscale]", code.GoString())
	assert.Equal(t, "[codice fiscale]", code.LogValue().String())
	assert.Equal(t, "[no codice fiscale]", codicefiscale.Code{}.String())
}

func TestLogsShowNothing(t *testing.T) {
	for _, code := range leakSubjects(t) {
		for name, v := range containers(code) {
			var text, object bytes.Buffer
			for _, h := range []slog.Handler{slog.NewTextHandler(&text, nil),
				slog.NewJSONHandler(&object, nil)} {
				// Without a time, whose digits might repeat those of a code.
				r := slog.NewRecord(time.Time{}, slog.LevelInfo, "checked", 0)
				r.AddAttrs(slog.Any("value", v), slog.Group("group", slog.Any("value", v)))
				require.NoError(t, h.Handle(context.Background(), r))
			}
			assertHidden(t, code, text.String(), name+" in a text log")
			assertHidden(t, code, object.String(), name+" in a JSON log")
			if name == "code" || name == "pointer" {
				assert.Contains(t, text.String(), "value=\"[codice fiscale]\"")
				assert.Contains(t, object.String(), `"value":"[codice fiscale]"`)
			}
		}
	}
}

func TestMarshallingIsRefused(t *testing.T) {
	encoders := map[string]func(any) ([]byte, error){
		"json": json.Marshal,
		"xml":  xml.Marshal,
		"gob": func(v any) ([]byte, error) {
			var b bytes.Buffer
			err := gob.NewEncoder(&b).Encode(v)
			return b.Bytes(), err
		},
	}
	for _, code := range leakSubjects(t) {
		for name, encode := range encoders {
			for _, v := range []any{code, &code, exportedField{code}, &exportedField{code}, attribute{code},
				[]codicefiscale.Code{code}} {
				out, err := encode(v)
				assert.ErrorIs(t, err, codicefiscale.ErrMarshal, "%s of %T", name, v)
				assert.ErrorContains(t, err, "Reveal()")
				assertNothing(t, code, out, err)
			}
			out, err := encode(unexportedField{code})
			assertNothing(t, code, out, err)
		}
		out, err := json.Marshal(map[codicefiscale.Code]int{code: 1})
		assert.ErrorContains(t, err, codicefiscale.ErrMarshal.Error())
		assertNothing(t, code, out, err)

		_, err = driver.DefaultParameterConverter.ConvertValue(code)
		assert.ErrorIs(t, err, codicefiscale.ErrMarshal)

		// encoding/binary reads unexported fields and cannot be refused.
		var b bytes.Buffer
		require.NoError(t, binary.Write(&b, binary.BigEndian, code))
		assertNothing(t, code, b.Bytes(), nil)
	}
}

func assertNothing(t *testing.T, code codicefiscale.Code, out []byte, err error) {
	t.Helper()
	assertHidden(t, code, string(out), "output")
	assertHidden(t, code, fmt.Sprint(err), "error")
}

// The zero Code is refused as well, so that a forgotten call shows in the first test. Only gob
// leaves out a zero field before it asks.
func TestMarshallingZeroIsRefused(t *testing.T) {
	_, err := json.Marshal(exportedField{})
	assert.ErrorIs(t, err, codicefiscale.ErrMarshal)
	_, err = xml.Marshal(exportedField{})
	assert.ErrorIs(t, err, codicefiscale.ErrMarshal)
	_, err = driver.DefaultParameterConverter.ConvertValue(codicefiscale.Code{})
	assert.ErrorIs(t, err, codicefiscale.ErrMarshal)
}

// Parsing is also the only way in.
func TestUnmarshallingMakesNoCode(t *testing.T) {
	code := mustParse(t, plain)
	var v exportedField
	err := json.Unmarshal([]byte(`{"CF":"`+plain+`"}`), &v)
	require.Error(t, err)
	assertHidden(t, code, err.Error(), "json")
	assert.True(t, v.CF.IsZero())
	require.NoError(t, json.Unmarshal([]byte(`{"CF":{"hi":1,"lo":1}}`), &v))
	assert.True(t, v.CF.IsZero())
}

func TestTemplatesShowTheMask(t *testing.T) {
	v := exportedField{mustParse(t, plain)}
	var b strings.Builder
	require.NoError(t, template.Must(template.New("").Parse(`{{.CF}} {{printf "%s" .CF}} {{.}}`)).Execute(&b,
		v))
	assert.Equal(t, "[codice fiscale] [codice fiscale] {[codice fiscale]}", b.String())
	b.Reset()
	page := htmltemplate.Must(htmltemplate.New("").Parse(`<a title="{{.CF}}">{{.CF}}</a>`))
	require.NoError(t, page.Execute(&b, v))
	assert.Equal(t, `<a title="[codice fiscale]">[codice fiscale]</a>`, b.String())
}

type failedTest struct{ strings.Builder }

func (f *failedTest) Errorf(format string, args ...any) { fmt.Fprintf(f, format, args...) }

// A failed test prints both values with reflection, and its log is often public.
func TestFailedTestsShowNothing(t *testing.T) {
	for _, code := range leakSubjects(t) {
		var f failedTest
		assert.Equal(&f, exportedField{code}, exportedField{})
		assert.Equal(&f, unexportedField{code}, unexportedField{})
		assert.Nil(&f, code)
		assert.NotEmpty(t, f.String())
		for line := range strings.Lines(f.String()) {
			if !strings.Contains(line, ".go:") { // line numbers and paths
				assertHidden(t, code, line, "failed test")
			}
		}
	}
}
