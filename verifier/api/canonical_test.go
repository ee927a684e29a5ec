package api

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCanonical(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		// RFC 8785, section 3.2.3, with its order of names, and section 3.2.2.2 for strings.
		"sorted by UTF-16": {`{"\u20ac":"Euro Sign","\r":"Carriage Return",` +
			`"\ufb33":"Hebrew Letter Dalet With Dagesh",` +
			`"1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control",` +
			`"\u00f6":"Latin Small Letter O With Diaeresis"}`,
			`{"\r":"Carriage Return","1":"One","` + "\u0080" + `":"Control",` +
				`"ö":"Latin Small Letter O With Diaeresis",` +
				`"€":"Euro Sign","😀":"Emoji: Grinning Face","` + "\ufb33" +
				`":"Hebrew Letter Dalet With Dagesh"}`},
		"string": {`{"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"}`,
			`{"string":"€$\u000f\nA'B\"\\\\\"/"}`},
		"literals": {`{"literals": [null, true, false]}`, `{"literals":[null,true,false]}`},
		// The test data of the RFC's authors, github.com/cyberphone/json-canonicalization, without numbers
		// that are not integers.
		"arrays": {`[56, {"d": true, "10": null, "1": [ ]}]`, `[56,{"1":[],"10":null,"d":true}]`},
		"french": {`{"peach":"This sorting order","péché":"is wrong according to French",` +
			`"pêche":"but canonicalization MUST","sin":"ignore locale"}`,
			`{"peach":"This sorting order","péché":"is wrong according to French",` +
				`"pêche":"but canonicalization MUST","sin":"ignore locale"}`},
		"structures": {`{"1":{"f":{"f":"hi","F":5},"\n":56},"10":{},"":"empty","a":{},` +
			`"111":[{"e":"yes","E":"no"}],"A":{}}`,
			`{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},` +
				`"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}`},
		"not normalised": {`{"Unnormalized Unicode":"A\u030a"}`,
			`{"Unnormalized Unicode":"A` + "\u030a" + `"}`},
		"weird": {`{"</script>":"Browser Challenge","\u20ac":"€","\u007f":"\u2028"}`,
			`{"</script>":"Browser Challenge","` + "\u007f" + `":"` + "\u2028" + `","€":"€"}`},
		// Ours.
		"escapes": {`"\b\t\n\f\r\u0000\u001f\u007f\""`, `"\b\t\n\f\r\u0000\u001f` + "\u007f" + `\""`},
		"html":    {`"<&>\u003c"`, `"<&><"`},
		"integers": {`[0,-1,999999999999999,-999999999999999]`,
			`[0,-1,999999999999999,-999999999999999]`},
		"space":          {" { \"a\"\t: [ 1 ,\r\n2 ] } ", `{"a":[1,2]}`},
		"pair":           {`"\uD83D\ude00"`, `"😀"`},
		"not a pair":     {`"\\ud83d"`, `"\\ud83d"`},
		"the named left": {`{"receipt":"x","b":{"receipt":1}}`, `{"b":{"receipt":1}}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := canonical([]byte(test.text), "receipt")
			require.NoError(t, err)
			assert.Equal(t, test.want, string(got))
			again, err := canonical(got, "receipt")
			require.NoError(t, err)
			assert.Equal(t, test.want, string(again))
		})
	}
	for _, text := range []string{
		"", " ", "{", "{}{}", "{}x", "'a'", `{"a":1,}`, `{"a":1,"a":1}`, `{"a":1,"\u0061":1}`,
		`[{"a":{"b":1,"b":2}}]`,
		`"\ud83d"`, `"\ude00"`, `"\ud83dx"`, `"\ud83d\u0041"`, `"\ude00\ud83d"`, `{"\ud83d":1}`, "\"\xff\"",
		`1.0`, `1e2`, `-0`, `0.5`, `1000000000000000`, `99999999999999999999`, `1E400`, `01`, `+1`,
		"\ufeff{}",
	} {
		_, err := canonical([]byte(text))
		assert.Error(t, err, "%q", text)
	}
}

// Whatever has a form is valid JSON of the same value, and is its own form.
func FuzzCanonical(f *testing.F) {
	for _, text := range []string{`{"b":[1,true,null,"\u00e8"],"a":{"x":"\ud83d\ude00"}}`, `[[]]`,
		`"\u2028"`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		form, err := canonical(text)
		if err != nil {
			return
		}
		again, err := canonical(form)
		require.NoError(t, err)
		require.Equal(t, form, again)
		var x, y any
		require.NoError(t, json.Unmarshal(text, &x))
		require.NoError(t, json.Unmarshal(form, &y))
		require.Equal(t, x, y)
	})
}
