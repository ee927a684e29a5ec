package conformance

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/race"
)

const verifiers = "../../../docs/verify"

// A mutant is a bug that somebody could write.
type mutant struct{ name, right, wrong string }

var nodeMutants = []mutant{
	{"size in characters", "Buffer.byteLength(text) <= limit", "text.length <= limit"},
	{"base64url that is not canonical", "check(bytes.toString('base64url') === part, 'shape')", ""},
	{"text after the header", `\+jwt"\}$/`, `\+jwt"\}/`},
	{"the identifier as published", "kid: thumbprint.subarray(0, 8).toString('base64url')", "kid: jwk.kid"},
	{"the first key with an identifier only", "(k.use === 'sig' || typ === k.use))",
		"(k.use === 'sig' || typ === k.use)).slice(0, 1)"},
	{"high s", "=== alg && low &&", "=== alg &&"},
	{"alg from the header", "k.alg === alg && low", "low"},
	{"keys for another use", "['sig', 'attesta-receipt'].includes(use)", "true"},
	{"an empty use", "jwk.use ?? 'sig'", "jwk.use || 'sig'"},
	{"documents under a key for receipts", " && (k.use === 'sig' || typ === k.use)", ""},
	{"receipts under a key for receipts only", "(k.use === 'sig' || typ === k.use)",
		"(k.use === 'attesta-receipt') === (typ === 'attesta-receipt')"},
	{"no keys for receipts", "(k.use === 'sig' || typ === k.use)", "k.use === 'sig'"},
	{"no keys for receipts in a bundle", `"use":"(sig|attesta-receipt)"`, `"use":"sig"`},
	{"an empty alg", "(jwk.alg ?? alg)", "(jwk.alg || alg)"},
	{"private keys", "!('d' in jwk || 'k' in jwk) && ", ""},
	{"short coordinates", " && point.every((p) => p.length === 32)", ""},
	{"keys of small order", "check(alg === 'ES256' || !SMALL_ORDER.test(point[0].toString('hex')))", ""},
	{"a long name", "ISSUER.test(iss) && iss.length <= 128", "ISSUER.test(iss)"},
	{"iat after exp", "isName(iss) && +iat < +exp", "isName(iss)"},
	{"times compared as texts", "isName(iss) && +iat < +exp", "isName(iss) && iat < exp"},
	{"any issuer", "check(signers.some((k) => k.issuer === iss), 'issuer')", ""},
	{"no leeway", "check(+iat <= now + 300, 'not_yet_valid')", "check(+iat <= now, 'not_yet_valid')"},
	{"exp inclusive", "check(now < +exp, 'expired')", "check(now <= +exp, 'expired')"},
	{"expired before the issuer", "check(signers.some((k) => k.issuer === iss), 'issuer')",
		"check(now < +exp, 'expired'); check(signers.some((k) => k.issuer === iss), 'issuer')"},
	{"a codice fiscale as typed", "typed.trim().toUpperCase()", "typed.trim()"},
	{"white space of JavaScript",
		`replace(/^[\r\n\t \x1d\u00a0\u200b\ufeff]+|[\r\n\t \x1d\u00a0\u200b\ufeff]+$/g, '')`, "trim()"},
	{"the last fragment", "replace(/^[^#]*#/, '')", "replace(/^.*#/s, '')"},
	{"a leading zero", "check(/^[1-9][0-9]{0,699}$/.test(text), 'not_ours')",
		"check(/^[0-9]{1,700}$/.test(text), 'not_ours')"},
	{"any number of digits", "{0,699}$/", "*$/"},
	{"no newer version", "check(bytes.length < 64 || bytes[0] < 0x44, 'newer_version')", ""},
	{"no newer header", "check(!typ || typ[1] === 'attesta+jwt', 'newer_version')", ""},
	{"a bundle's key from inside", "[maker])", "[maker, ...JSON.parse(" +
		"Buffer.from(text.split('.')[1] ?? 'e30', 'base64url').toString().replace(/^[^{].*|^$/s, '{}'))" +
		".issuers?.flatMap((i) => i.jwks.keys.map(usable)).filter(Boolean) ?? []])"},
	{"a bundle of any age", "check(now < iat + 604800, 'too_old')", ""},
	{"a bundle never old", "old: now >= iat + 86400", "old: false"},
	{"a bundle of a token's size", "1048576", "1024"},
	{"a bundle of any form", "check(BUNDLE.test(payload), 'claims')", ""},
	{"a bundle's identifiers", "check(keys.every((k) => usable(k)?.kid === k.kid), 'claims')", ""},
	{"a bundle's keys twice", " && new Set(keys.map((k) => k.x + k.y)).size === keys.length", ""},
	{"a bundle's addresses", "ADDRESS.test(i.address)", "true"},
	{"a receipt of any form", "check(RECEIPT.test(payload), 'claims')", ""},
	{"a receipt of a token's size", "'attesta-receipt', 2048", "'attesta-receipt', 1024"},
	{"a receipt of any issuer", "check(signers.some((k) => k.issuer === claims.iss), 'issuer')", ""},
	{"a no without a reason", "(claims.outcome === 'confirmed') === !claims.code && ", ""},
	{"an answer to another question", "check(claims.chk === ", "check(true || "},
	{"evidence in any order", "join('=')).sort()", "join('='))"},
	{"an answer that was changed", "check(claims.ans === ", "check(true || "},
	{"members in any order", "Object.keys(value).sort()", "Object.keys(value)"},
	{"an answer of another case", " && claims.case === number", ""},
	{"an answer of any time", " && Math.abs(now - claims.iat) <= 300", ""},
	{"a receipt of another outcome", "claims.outcome === said.outcome && ", ""},
}

var pythonMutants = []mutant{
	{"size in characters", "len(text.encode('utf-8', 'surrogatepass')) <= limit", "len(text) <= limit"},
	{"a shape with $", "check(SHAPE.fullmatch(text), 'shape')",
		"check(re.match(SHAPE.pattern + '$', text), 'shape')"},
	{"base64url that is not canonical", "    check(encode(data) == part, 'shape')\n", ""},
	{"text after the header", "HEADER.fullmatch(header)", "HEADER.match(header)"},
	{"any kind of JWS", "check(match and match[3] == typ, 'header')", "check(match, 'header')"},
	{"unknown keys are bad", "check(keys, 'unknown_key')", "check(keys, 'signature')"},
	{"the identifier as published", "encode(thumbprint[:8]), use", "jwk.get('kid'), use"},
	{"high s", "return s <= HALF_ORDER", "return True"},
	{"keys for another algorithm", "jwk.get('alg', alg) == alg", "True"},
	{"key_ops", "'verify' in jwk.get('key_ops', ['verify'])", "True"},
	{"documents under a key for receipts", " and k[3] in ('sig', typ.decode())", ""},
	{"a bundle under a key for receipts", "k[3] in ('sig', typ.decode())",
		"(k[3] == 'sig' or typ != b'attesta')"},
	{"no keys for receipts", "use in ('sig', 'attesta-receipt')", "use == 'sig'"},
	{"no keys for receipts in a bundle", `"use":"(sig|attesta-receipt)"`, `"use":"sig"`},
	{"short coordinates", " and all(len(p) == 32 for p in point)", ""},
	{"keys of small order", "check(not SMALL_ORDER.fullmatch(" +
		"point[0][:31].hex() + f'{point[0][31] & 0x7f:02x}'), 'small order')", "pass"},
	{"keys that are not canonical", "(e[c-f]|f.)(ff){30}7f", "(e[c-e])(ff){30}7f"},
	{"claims at the beginning", "CLAIMS.fullmatch(payload)", "CLAIMS.match(payload)"},
	{"a long name", " and len(iss) <= 128", ""},
	{"any issuer", "    check(claims['iss'] in issuers, 'issuer')\n", ""},
	{"no leeway", "claims['iat'] <= now + 300", "claims['iat'] <= now"},
	{"leeway of exp", "now < claims['exp']", "now < claims['exp'] + 60"},
	{"a codice fiscale as typed", "typed.strip().upper()", "typed.strip()"},
	{"a salt without the time", ", str(claims['iat'])])\n    return claims['cfc']",
		"])\n    return claims['cfc']"},
	{"white space of Python", `strip('\r\n\t \x1d\u00a0\u200b\ufeff')`, "strip()"},
	{"digits of all scripts", "'[1-9][0-9]{0,699}'", `'[1-9]\\d{0,699}'`},
	{"the last fragment", "text[text.find('#') + 1:]", "text[text.rfind('#') + 1:]"},
	{"no newer version", "check(len(data) < 64 or data[0] < 0x44, 'newer_version')", "pass"},
	{"a long name in digits", "1 <= n <= 120", "1 <= n"},
	{"a bundle too old a second early", "now < bundle['iat'] + 604800", "now < bundle['iat'] + 604799"},
	{"a bundle in time without claims", "check(BUNDLE.fullmatch(payload), 'claims')", "pass"},
	{"a bundle's issuers twice", "len(set(names)) == len(names) and ", ""},
	{"a bundle's names", "check(all(is_name(n.encode()) for n in names), 'claims')", "pass"},
	{"a bundle's identifiers", "check(found and found[1] == key['kid'], 'claims')", "check(found, 'claims')"},
	{"a receipt of any form", "    check(RECEIPT.fullmatch(payload), 'claims')\n", ""},
	{"an organisation at the first level",
		"    check(receipt['level'] == 2 or 'organisation' not in receipt, 'claims')\n", ""},
	{"evidence in any order", "';'.join(sorted(", "';'.join(list("},
	{"members sorted by code point", "name.encode('utf-16-be')", "name"},
	{"escapes of Python", "json.dumps(value, ensure_ascii=False)", "json.dumps(value)"},
	{"an answer of another level", "(claims['iss'], claims['level'], claims.get('case')) == " +
		"(asked['issuer'], asked['level'], asked.get('case_number'))",
		"(claims['iss'], claims.get('case')) == (asked['issuer'], asked.get('case_number'))"},
	{"an answer of a second more", "abs(now - claims['iat']) <= 300", "abs(now - claims['iat']) <= 301"},
	{"a receipt of another benefit", "('outcome', 'code', 'benefit')", "('outcome', 'code')"},
	{"a problem of another code", "{'no_match': 'cf_mismatch', 'void': 'void'}.get(answer['code'])",
		"claims.get('code')"},
	{"a receipt in another alphabet", "payload.decode()", "payload.decode('latin1')"},
}

// copyVerifiers copies the verifiers into a folder in which they run. ATTESTA_VERIFY names a copy of
// docs/verify in which "npm ci" has run; the test installs nothing.
func copyVerifiers(t *testing.T) string {
	t.Helper()
	installed := os.Getenv("ATTESTA_VERIFY")
	if installed == "" {
		require.NotEqual(t, "true", os.Getenv("CI"),
			"ATTESTA_VERIFY must name a copy of docs/verify after npm ci")
		t.Skip("ATTESTA_VERIFY is not set")
	}
	dir := t.TempDir()
	files, err := os.ReadDir(verifiers)
	require.NoError(t, err)
	for _, f := range files {
		if ext := filepath.Ext(f.Name()); ext == ".mjs" || ext == ".py" {
			text, err := os.ReadFile(filepath.Join(verifiers, f.Name()))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, f.Name()), text, 0o600))
		}
	}
	modules, err := filepath.Abs(filepath.Join(installed, "node_modules"))
	require.NoError(t, err)
	require.NoError(t, os.Symlink(modules, filepath.Join(dir, "node_modules")))
	return dir
}

// firstWrong runs the vectors in one process and returns the first case that is wrong, or the empty text.
func firstWrong(t *testing.T, command []string, cases []Case) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	found := ""
	run := Run{Command: command, Done: func(r Result) {
		if !r.Right && found == "" {
			found = r.ID + ": expected " + r.Expected + ", got " + r.Got
			stop()
		}
	}}
	if _, err := run.Cases(ctx, cases); found == "" {
		require.NoError(t, err)
	}
	return found
}

// The short verifiers conform, and each bug that is planted in one of them is found.
func TestPlantedBugs(t *testing.T) {
	if testing.Short() || race.Enabled {
		t.Skip("the verifiers of other languages run without -short and -race")
	}
	all, err := Cases()
	require.NoError(t, err)
	cases := slices.DeleteFunc(all, func(c Case) bool { return c.Group == GroupChanged })
	quick := slices.DeleteFunc(slices.Clone(cases), func(c Case) bool { return c.Group == groupOffline })
	slow := slices.DeleteFunc(cases, func(c Case) bool { return c.Group != groupOffline })
	cases = append(quick, slow...) // those with an Argon2id last
	for _, v := range []struct {
		name, file string
		command    []string
		mutants    []mutant
	}{
		{"Node", "verify.mjs", []string{"node", "answer.mjs"}, nodeMutants},
		{"browser", "browser.mjs", []string{"node", "answer.mjs", "./browser.mjs"}, nil},
		{"Python", "verify.py", []string{"/usr/bin/python3", "-B", "answer.py"}, pythonMutants},
	} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			dir := copyVerifiers(t)
			if _, err := exec.LookPath(v.command[0]); err != nil && os.Getenv("CI") == "" {
				t.Skip(err)
			}
			for i, arg := range v.command {
				if strings.HasPrefix(arg, "answer.") {
					v.command[i] = filepath.Join(dir, arg)
				}
			}
			require.Empty(t, firstWrong(t, v.command, cases), "nothing is planted yet")
			path := filepath.Join(dir, v.file)
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			require.True(t, v.mutants == nil || len(v.mutants) >= 20)
			for _, m := range v.mutants {
				require.Equal(t, 1, strings.Count(string(text), m.right), "%s: %s", m.name, m.right)
				planted := strings.Replace(string(text), m.right, m.wrong, 1)
				require.NoError(t, os.WriteFile(path, []byte(planted), 0o600))
				found := firstWrong(t, v.command, cases)
				assert.NotEmpty(t, found, "not found: %s", m.name)
				t.Logf("%-40s %.160s", m.name, found)
			}
		})
	}
}
