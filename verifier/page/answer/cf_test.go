package answer_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

var typed = map[string]string{
	"RSSMRA80A01H501U":    "",
	" rssmra80a01h501u ":  "",
	"RSS MRA 80A01 H501U": "",
	"12345671510":         "",
	"12345 67151 0":       "",
	"\u200b12345671510":   "",
	"\ufeffRSS\u00a0MRA\u00a080A01\u00a0H501U\u200b\r\n": "",
	"RSSMRA\u200b80A01H501U":                             "cf.alphabet",
	"00000000000":                                        "cf.person",
	"80078750587":                                        "cf.person",
	"AABMRA80A01H501J":                                   "cf.shape",
	"RSSMRA80A01Z001A":                                   "cf.shape",
	"00000000001":                                        "cf.check",
	"RSSMRA80A01H5LMQ":                                   "cf.check",
	"RSSMRA80A01H50MM":                                   "",
	"RSSMRA80A01H501":                                    "cf.length",
	"":                                                   "cf.length",
	"RSSMRA80A01H501ù":                                   "cf.alphabet",
	"RSSMRA80A01H5-1U":                                   "cf.alphabet",
	"RSSMRA80A32H501C":                                   "cf.date",
	"RSSMRA80F01H501G":                                   "cf.date",
	"1SSMRA80A01H501U":                                   "cf.shape",
	"RSSMRA80A01H501X":                                   "cf.check",
}

func TestCFKey(t *testing.T) {
	for cf, want := range typed {
		_, err := answer.ReadCF(cf)
		assert.Equal(t, want, answer.CFKey(err), "%q", cf)
	}
}

// The script that checks a codice fiscale during typing accepts all that the server accepts, and names the
// same mistakes. It does not check dates.
func TestScript(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("node is missing")
		}
		t.Skip("node is missing")
	}
	list, err := json.Marshal(typed)
	require.NoError(t, err)
	out, err := exec.Command(node, "--input-type=module", "-e", `
import { fault } from "../web/assets/cf.page.js";
for (const [cf, want] of Object.entries(JSON.parse(process.argv[1]))) {
  const got = fault(cf);
  const expected = { "": [""], "cf.length": ["length"], "cf.check": ["check", ""], "cf.date": [""],
    "cf.person": [""] }[want] ?? ["shape", "check", ""];
  if (!expected.includes(got)) console.log(JSON.stringify(cf), got, want);
}`, string(list)).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Empty(t, string(out))
}
