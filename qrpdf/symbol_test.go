package qrpdf_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	qr "github.com/piglig/go-qr"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

func TestNewSymbolTakesOver(t *testing.T) {
	for _, level := range levels {
		for version := lowestVersion; version <= highestVersion; version++ {
			text := strings.Repeat("n", capacities[level][version-1])
			s := encode(t, qrpdf.Encoder{Level: level, MaxVersion: version}, text)

			var asked int
			got, err := qrpdf.NewSymbol(text, level, s.Size(),
				func(x, y int) bool { asked++; return s.Dark(x, y) })
			require.NoError(t, err, s.String())
			assert.Equal(t, s, got)
			assert.Equal(t, s.Size()*s.Size(), asked)
		}
	}
}

// Symbols above the versions of an Encoder are accepted as pictures, but have no room on paper.
func TestNewSymbolLarge(t *testing.T) {
	for _, version := range []int{23, 31, 40} {
		text := address(36 * version)
		segment, err := qr.MakeBytes([]byte(text))
		require.NoError(t, err)
		code, err := qr.EncodeSegments([]*qr.QrSegment{segment}, qr.Medium, version, version, -1, false)
		require.NoError(t, err)

		s, err := qrpdf.NewSymbol(text, qrpdf.M, code.Size(), code.Module)
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprint(version, "-M"), s.String())
		requirePixels(t, s, decodePNG(t, write(t, qrpdf.PNG{Scale: 1}, s)), 1)
		parseSVG(t, write(t, qrpdf.SVG{}, s))
		assert.EqualError(t, page().Write(io.Discard, s),
			fmt.Sprintf("symbol of version %d, paper has room for at most 22", version))
	}
}

func TestNewSymbolRefuses(t *testing.T) {
	s := fullOf(t, 7)
	dark := s.Dark
	tests := []struct {
		name  string
		text  string
		level qrpdf.Level
		size  int
		dark  func(x, y int) bool
		is    error
		says  string
	}{
		{"no text", "", qrpdf.M, s.Size(), dark, qrpdf.ErrEmpty, "no text"},
		{"long text", strings.Repeat("9", 7090), qrpdf.M, s.Size(), dark, qrpdf.ErrTooLong, "7090 bytes"},
		{"level below", "x", -1, s.Size(), dark, nil, "unknown error correction level"},
		{"level above", "x", 4, s.Size(), dark, nil, "unknown error correction level"},
		{"another level", "x", qrpdf.L, s.Size(), dark, nil, "not a symbol of level L"},
		{"size 0", "x", qrpdf.M, 0, dark, nil, "side of 0"},
		{"size negative", "x", qrpdf.M, -3, dark, nil, "side of -3"},
		{"size of a micro symbol", "x", qrpdf.M, 17, dark, nil, "side of 17"},
		{"size between versions", "x", qrpdf.M, 44, dark, nil, "side of 44"},
		{"size of version 41", "x", qrpdf.M, 181, dark, nil, "side of 181"},
		{"quiet zone included", "x", qrpdf.M, s.Size() + 8, func(x, y int) bool { return dark(x-4, y-4) },
			nil, "finder"},
		{"no modules", "x", qrpdf.M, s.Size(), nil, nil, "no modules"},
		{"all light", "x", qrpdf.M, s.Size(), func(int, int) bool { return false }, nil, "finder"},
		{"all dark", "x", qrpdf.M, s.Size(), func(int, int) bool { return true }, nil, "finder"},
		{"inverted", "x", qrpdf.M, s.Size(), func(x, y int) bool { return !dark(x, y) }, nil, "finder"},
		{"transposed", "x", qrpdf.M, s.Size(), func(x, y int) bool { return dark(y, x) }, nil, "format"},
		{"mirrored", "x", qrpdf.M, s.Size(), func(x, y int) bool { return dark(s.Size()-1-x, y) }, nil,
			"finder"},
		{"upside down", "x", qrpdf.M, s.Size(), func(x, y int) bool { return dark(x, s.Size()-1-y) }, nil,
			"finder"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := qrpdf.NewSymbol(tt.text, tt.level, tt.size, tt.dark)
			require.Error(t, err)
			assert.Nil(t, got)
			assert.Contains(t, err.Error(), tt.says)
			if tt.is != nil {
				assert.ErrorIs(t, err, tt.is)
			}
		})
	}
}

// A single wrong module of the finder patterns, the timing patterns or the format information is
// noticed. A wrong module elsewhere is not: the reader corrects it.
func TestNewSymbolFlippedModule(t *testing.T) {
	for _, version := range []int{1, 2, 7} {
		s := fullOf(t, version)
		far := s.Size() - 8
		for fy := range s.Size() {
			for fx := range s.Size() {
				_, err := qrpdf.NewSymbol(s.Text(), s.Level(), s.Size(), func(x, y int) bool {
					return s.Dark(x, y) != (x == fx && y == fy)
				})
				corner := fx <= 8 && fy <= 8 || fx >= far && fy <= 8 || fx <= 8 && fy >= far
				fixed := corner || fx == 6 || fy == 6
				require.Equal(t, fixed, err != nil, "version %d, module %d %d: %v", version, fx, fy, err)
			}
		}
	}
}

// The format information names every level as the encoder does, under every mask that occurs.
func TestNewSymbolFormat(t *testing.T) {
	masks := map[string]bool{}
	for i := range 400 {
		for _, level := range levels {
			s := encode(t, qrpdf.Encoder{Level: level}, fmt.Sprintf("mask %d", i))
			masks[fmt.Sprint(level, decode(t, s).Mask)] = true
			for _, other := range levels {
				_, err := qrpdf.NewSymbol(s.Text(), other, s.Size(), s.Dark)
				require.Equal(t, level == other, err == nil, "%v read as %v", level, other)
			}
		}
	}
	assert.Len(t, masks, 32, "some mask was never chosen")
}

func TestSymbolIsLightOutside(t *testing.T) {
	s := fullOf(t, 3)
	n := s.Size()
	require.True(t, s.Dark(0, 0))
	require.True(t, s.Dark(n-1, 0))
	for _, p := range [][2]int{{-1, 0}, {0, -1}, {n, 0}, {0, n}, {-1 << 62, 0}, {0, 1 << 62},
		{1 << 62, 1 << 62}} {
		assert.False(t, s.Dark(p[0], p[1]), p)
	}
}

func TestSymbolDoesNotChangeWithItsSource(t *testing.T) {
	s := fullOf(t, 2)
	flip := false
	taken, err := qrpdf.NewSymbol(s.Text(), s.Level(), s.Size(),
		func(x, y int) bool { return s.Dark(x, y) != flip })
	require.NoError(t, err)
	flip = true
	assert.Equal(t, s, taken)
}

func TestSymbolPrintsNoText(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, "SECRET")
	for _, format := range []string{"%v", "%+v", "%s", "%q"} {
		assert.NotContains(t, fmt.Sprintf(format, s), "SECRET")
	}
	assert.Equal(t, "1-M", s.String())
}

func TestZeroSymbol(t *testing.T) {
	var zero qrpdf.Symbol
	assert.Equal(t, 0, zero.Size())
	assert.Equal(t, 0, zero.Version())
	assert.Equal(t, "", zero.Text())
	assert.Equal(t, "no symbol", zero.String())
	assert.False(t, zero.Dark(0, 0))
	for _, s := range []*qrpdf.Symbol{nil, &zero} {
		for _, v := range []writer{qrpdf.PNG{}, qrpdf.SVG{}, page()} {
			var out bytes.Buffer
			assert.EqualError(t, v.Write(&out, s), "no symbol")
			assert.Zero(t, out.Len())
		}
	}
}

func TestSameInputSameBytes(t *testing.T) {
	for _, v := range []writer{qrpdf.PNG{}, qrpdf.SVG{Title: "t"}, page()} {
		first := write(t, v, encode(t, qrpdf.Encoder{}, address(300)))
		for range 5 {
			assert.Equal(t, first, write(t, v, encode(t, qrpdf.Encoder{}, address(300))), "%T", v)
		}
		assert.NotEqual(t, first, write(t, v, encode(t, qrpdf.Encoder{}, address(301))), "%T", v)
	}
}

func TestSymbolConcurrent(t *testing.T) {
	e := qrpdf.Encoder{}
	s := encode(t, e, address(300))
	writers := []writer{qrpdf.PNG{Scale: 2}, qrpdf.SVG{}, page()}
	want := make([][]byte, len(writers))
	for i, v := range writers {
		want[i] = write(t, v, s)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 5 {
				again, err := e.Encode(address(300))
				assert.NoError(t, err)
				assert.Equal(t, s, again)
				for i, v := range writers {
					var out bytes.Buffer
					assert.NoError(t, v.Write(&out, s))
					assert.True(t, bytes.Equal(want[i], out.Bytes()))
				}
			}
		})
	}
	wait.Wait()
}

// If a writer fails at any byte, the error comes back and nothing more is written.
func TestWriteErrors(t *testing.T) {
	s := fullOf(t, 3)
	for _, v := range []writer{qrpdf.PNG{Scale: 1}, qrpdf.SVG{}, page()} {
		t.Run(fmt.Sprintf("%T", v), func(t *testing.T) {
			whole := len(write(t, v, s))
			for room := 0; room < whole; room += 1 + room/50 {
				full := &limited{room: room, err: errFull}
				require.ErrorIs(t, v.Write(full, s), errFull, room)
				require.False(t, full.after, room)

				short := &limited{room: room}
				require.ErrorIs(t, v.Write(short, s), io.ErrShortWrite, room)
				require.False(t, short.after, room)
			}
			require.NoError(t, v.Write(&limited{room: whole}, s))
		})
	}
}
