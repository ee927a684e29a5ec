package qrpdf_test

import (
	"fmt"
	"runtime"
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
