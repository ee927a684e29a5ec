package qrpdf_test

import (
	"fmt"
	"runtime"
	"sort"
	"strings"
	"testing"

	qr "github.com/piglig/go-qr"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

var eccNames = map[qr.Ecc]qrpdf.Level{qr.Low: qrpdf.L, qr.Medium: qrpdf.M, qr.Quartile: qrpdf.Q,
	qr.High: qrpdf.H}

func TestEncodeCapacity(t *testing.T) {
	for _, level := range levels {
		for version := lowestVersion; version <= highestVersion; version++ {
			t.Run(fmt.Sprintf("%d-%v", version, level), func(t *testing.T) {
				most := capacities[level][version-1]
				e := qrpdf.Encoder{Level: level, MaxVersion: version}

				text := strings.Repeat("q", most)
				s := encode(t, e, text)
				assert.Equal(t, version, s.Version())
				assert.Equal(t, 17+4*version, s.Size())
				got := decode(t, s)
				assert.Equal(t, text, got.Text)
				assert.Equal(t, version, got.Version)
				assert.Equal(t, level, eccNames[got.Ecc])

				_, err := e.Encode(text + "q")
				assert.ErrorIs(t, err, qrpdf.ErrTooLong)
				if version < highestVersion {
					next := encode(t, qrpdf.Encoder{Level: level, MaxVersion: highestVersion}, text+"q")
					assert.Equal(t, version+1, next.Version())
				}
			})
		}
	}
}

func TestEncodeZeroEncoder(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, address(560))
	assert.Equal(t, "18-M", s.String())
	assert.Equal(t, qrpdf.M, s.Level())
	assert.Equal(t, address(560), s.Text())

	_, err := qrpdf.Encoder{}.Encode(address(561))
	assert.ErrorIs(t, err, qrpdf.ErrTooLong)
	assert.EqualError(t, err, "text too long for the symbol: 561 bytes, version 18 at level M holds 560")
}

func TestEncodeNeverRaisesTheLevel(t *testing.T) {
	for _, level := range levels {
		s := encode(t, qrpdf.Encoder{Level: level}, "x")
		assert.Equal(t, level, s.Level())
		assert.Equal(t, level, eccNames[decode(t, s).Ecc])
	}
}

func TestEncodeRefuses(t *testing.T) {
	tests := []struct {
		name    string
		encoder qrpdf.Encoder
		text    string
		is      error
		says    string
	}{
		{"no text", qrpdf.Encoder{}, "", qrpdf.ErrEmpty, "no text"},
		{"ten megabytes", qrpdf.Encoder{}, strings.Repeat("SECRET", 10_000_000/6), qrpdf.ErrTooLong,
			"9999996 bytes"},
		{"long for its cap", qrpdf.Encoder{MaxVersion: 1}, "SECRET SECRET SECRET", qrpdf.ErrTooLong,
			"20 bytes, version 1 at level M holds 14"},
		{"version below", qrpdf.Encoder{MaxVersion: -1}, "SECRET", nil,
			"maximal version -1 is not between 1 and 22"},
		{"version above", qrpdf.Encoder{MaxVersion: 23}, "SECRET", nil,
			"maximal version 23 is not between 1 and 22"},
		{"level below", qrpdf.Encoder{Level: -1}, "SECRET", nil, "unknown error correction level -1"},
		{"level above", qrpdf.Encoder{Level: 4}, "SECRET", nil, "unknown error correction level 4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := tt.encoder.Encode(tt.text)
			require.Error(t, err)
			assert.Nil(t, s)
			assert.Contains(t, err.Error(), tt.says)
			assert.NotContains(t, err.Error(), "SECRET")
			if tt.is != nil {
				assert.ErrorIs(t, err, tt.is)
			}
		})
	}
}

// A text far too long is refused before anything copies it.
func TestEncodeHugeTextAllocatesLittle(t *testing.T) {
	text := strings.Repeat("x", 10_000_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := qrpdf.Encoder{}.Encode(text)
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, qrpdf.ErrTooLong)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

func TestLevelString(t *testing.T) {
	for level, want := range map[qrpdf.Level]string{
		qrpdf.L: "L", qrpdf.M: "M", qrpdf.Q: "Q", qrpdf.H: "H", -1: "Level(-1)", 4: "Level(4)",
	} {
		assert.Equal(t, want, level.String())
	}
}

// Any text gives an error and no symbol, or a symbol whose modules alone give the text back.
func FuzzEncode(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string, level, maxVersion int) {
		e := qrpdf.Encoder{Level: qrpdf.Level(level), MaxVersion: maxVersion}
		s, err := e.Encode(text)
		if err != nil {
			require.Nil(t, s)
			return
		}
		require.Equal(t, text, s.Text())
		require.Equal(t, e.Level, s.Level())
		limit := maxVersion
		if limit == 0 {
			limit = 18
		}
		require.LessOrEqual(t, s.Version(), limit)

		got := decode(t, s)
		require.Equal(t, text, got.Text)
		require.Equal(t, s.Version(), got.Version)
		require.Equal(t, s.Level(), eccNames[got.Ecc])

		again, err := qrpdf.NewSymbol(text, s.Level(), s.Size(), s.Dark)
		require.NoError(t, err)
		require.Equal(t, s, again)
	})
}

// Three digits of a fragment take ten bits: a version holds the most that fit, and one more needs the next.
func TestEncodeDigits(t *testing.T) {
	for _, level := range levels {
		for version := 3; version <= highestVersion; version++ {
			e := qrpdf.Encoder{Level: level, MaxVersion: version}
			prefix := "https://a/#"
			n := sort.Search(3000, func(n int) bool {
				_, err := e.Encode(prefix + strings.Repeat("7", n+8))
				return err != nil
			}) + 7
			if n < 8 {
				continue // not even the address
			}
			s := encode(t, e, prefix+strings.Repeat("7", n))
			assert.Equal(t, version, s.Version(), "%v: %d digits", level, n)
			assert.Equal(t, s.Text(), decode(t, s).Text)
			_, err := e.Encode(prefix + strings.Repeat("7", n+1))
			require.ErrorIs(t, err, qrpdf.ErrTooLong)
			if version < highestVersion {
				next := encode(
					t,
					qrpdf.Encoder{Level: level, MaxVersion: highestVersion},
					prefix+strings.Repeat("7", n+1),
				)
				assert.Equal(t, version+1, next.Version(), "%v: %d digits", level, n+1)
			}
		}
	}
}

// Sizes of the format's texts at level M: reference is token/FORMAT.md, "Sizes".
func TestEncodeDigitsOfTokens(t *testing.T) {
	for _, test := range []struct{ host, digits, version int }{{13, 277, 8}, {18, 289, 8}, {19, 291, 9},
		{32, 323, 9}, {13, 315, 9}, {24, 342, 9}, {25, 344, 10}} {
		text := "https://" + strings.Repeat("a", test.host) + "/q#" + strings.Repeat("9", test.digits)
		assert.Equal(
			t,
			test.version,
			encode(t, qrpdf.Encoder{}, text).Version(),
			"%d, %d",
			test.host,
			test.digits,
		)
	}
}

func TestEncodeOtherFragments(t *testing.T) {
	for _, text := range []string{"https://a/#1234567", "https://a/#123456789x", "https://a/#12345678 ",
		"123456789", "https://a/#-123456789", "https://a/##123456789", "#12345678", "https://a/#00000000"} {
		assert.Equal(t, text, decode(t, encode(t, qrpdf.Encoder{}, text)).Text)
	}
}
