package codicefiscale_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// requireOutcome checks what holds for every parser and input. With an error there is no code,
// and the error is one of the constants, so it contains no part of the input. Without an error
// the input comes back in upper case.
func requireOutcome(t *testing.T, input string, code codicefiscale.Code, err error) {
	t.Helper()
	if err == nil {
		require.Equal(t, asciiUpper(oracleTrim(input)), code.Reveal())
		require.False(t, code.IsZero())
		return
	}
	require.Zero(t, code)
	for _, rule := range rules {
		if err == rule {
			return
		}
	}
	require.Fail(t, "an error that is none of the constants")
}

func asciiUpper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

func seed(f *testing.F, parser string) {
	for _, v := range readVectors(f) {
		if v.Parser == parser {
			f.Add(v.Input)
		}
	}
}

// A corpus in the wrong folder would otherwise be silently empty.
func TestSeedsAreThere(t *testing.T) {
	for _, target := range []string{"FuzzParse", "FuzzParseProvisional", "FuzzParseSubject"} {
		files, err := filepath.Glob(filepath.Join("testdata", "fuzz", target, "seed-*"))
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(files), 4, target)
	}
}

// FuzzParse: a code comes back unchanged, and Parse accepts what the oracle accepts. Each input
// is tried a second time with a correct check letter, because otherwise hardly any would pass
// that rule.
func FuzzParse(f *testing.F) {
	seed(f, "final")
	f.Fuzz(func(t *testing.T, s string) {
		try := func(s string) {
			code, err := codicefiscale.Parse(s)
			requireOutcome(t, s, code, err)
			require.Equal(t, oracleAccepts(asciiUpper(oracleTrim(s))), err == nil)
			if err == nil {
				require.False(t, code.IsProvisional())
			}
		}
		try(s)
		if s = asciiUpper(oracleTrim(s)); len(s) == 16 {
			try(s[:15] + string(oracleCheckLetter(s[:15])))
		}
	})
}

// FuzzParseProvisional: a code comes back unchanged, ParseAny accepts it too, and of the ten
// control digits exactly one is accepted.
func FuzzParseProvisional(f *testing.F) {
	seed(f, "provisional")
	f.Fuzz(func(t *testing.T, s string) {
		code, err := codicefiscale.ParseProvisional(s)
		requireOutcome(t, s, code, err)
		if err != nil {
			return
		}
		require.True(t, code.IsProvisional())
		either, err := codicefiscale.ParseAny(s)
		require.NoError(t, err)
		require.True(t, code == either)
		s = code.Reveal()
		for d := byte('0'); d <= '9'; d++ {
			_, err := codicefiscale.ParseProvisional(s[:10] + string(d))
			require.Equal(t, d == s[10], err == nil)
		}
	})
}

// FuzzParseSubject: without a hyphen the result is that of Parse; with the prefix it is that of
// Parse for the rest, unless a space follows the prefix; with another prefix it is ErrPrefix.
func FuzzParseSubject(f *testing.F) {
	seed(f, "subject")
	f.Fuzz(func(t *testing.T, s string) {
		code, err := codicefiscale.ParseSubject(s)
		prefix, rest, hyphen := strings.Cut(oracleTrim(s), "-")
		switch {
		case !hyphen:
			want, wantErr := codicefiscale.Parse(s)
			require.Equal(t, wantErr, err)
			require.True(t, code == want)
		case asciiUpper(prefix) != "TINIT":
			require.Equal(t, codicefiscale.ErrPrefix, err)
			require.Zero(t, code)
		case oracleTrim(rest) != rest:
			require.Error(t, err)
			require.Zero(t, code)
		default:
			requireOutcome(t, rest, code, err)
			want, wantErr := codicefiscale.Parse(rest)
			require.Equal(t, wantErr, err)
			require.True(t, code == want)
		}
	})
}
