package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAccesses(t *testing.T) {
	const (
		key     = "qr.example.it/access+8641488d+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
		another = "another.example+b9ec8b2f+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
		path    = "../../verifier/accesslog/proof/testdata/proof.json"
	)
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		input []byte
		args  []string
		code  int
		want  string
	}{
		"good": {nil, []string{"verify", "-key", key, path}, 0,
			"CAFFÈ D'ARTE (as the operator declared)"},
		"standard input": {file, []string{"verify", "-", "-key", key}, 0, "qr.example.it/access, 7 records"},
		"JSON": {nil, []string{"verify", "-json", "-key", key, path}, 0,
			`"scope":"benefit:museum"`},
		"changed": {bytes.Replace(file, []byte("CAFF"), []byte("GAFF"), 1),
			[]string{"verify", "-key", key, "-"}, 1, "NOT GOOD: record is not in this log"},
		"no proof": {[]byte("{}"), []string{"verify", "-key", key, "-"}, 1,
			"NOT GOOD: proof is malformed"},
		"another log": {nil, []string{"verify", "-key", another, path}, 2, "CANNOT TELL"},
		"no witness": {nil, []string{"verify", "-key", key, "-witness", another, path}, 2,
			"the witness did not sign"},
		"a bad witness": {nil, []string{"verify", "-key", key, "-witness", "x", path}, 3, "-witness: "},
		"no key":        {nil, []string{"verify", path}, 3, "-key"},
		"a bad key":     {nil, []string{"verify", "-key", "x", path}, 3, "-key: malformed"},
		"no action":     {nil, []string{"-key", key, path}, 3, "accesses wants verify"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := run(t, tt.input, append([]string{"accesses"}, tt.args...)...)
			assert.Equal(t, tt.code, code, errs)
			assert.Contains(t, out+errs, tt.want)
		})
	}
}
