package goqrcode_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	qr "github.com/piglig/go-qr"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/qrpdf/goqrcode"
)

// encoderCap is the highest version that a qrpdf.Encoder makes.
const encoderCap = 22

var levels = []qrpdf.Level{qrpdf.L, qrpdf.M, qrpdf.Q, qrpdf.H}

// capacities are those of byte mode for versions 1 to 40, copied from ISO/IEC 18004, table 7.
var capacities = map[qrpdf.Level][40]int{
	qrpdf.L: {17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425, 458, 520, 586, 644, 718, 792, 858,
		929, 1003, 1091, 1171, 1273, 1367, 1465, 1528, 1628, 1732, 1840, 1952, 2068, 2188, 2303, 2431, 2563,
		2699, 2809, 2953},
	qrpdf.M: {14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666,
		711, 779, 857, 911, 997, 1059, 1125, 1190, 1264, 1370, 1452, 1538, 1628, 1722, 1809, 1911, 1989, 2099,
		2213, 2331},
	qrpdf.Q: {11, 20, 32, 46, 60, 74, 86, 108, 130, 151, 177, 203, 241, 258, 292, 322, 364, 394, 442, 482,
		509, 565, 611, 661, 715, 751, 805, 868, 908, 982, 1030, 1112, 1168, 1228, 1283, 1351, 1423, 1499,
		1579, 1663},
	qrpdf.H: {7, 14, 24, 34, 44, 58, 64, 84, 98, 119, 137, 155, 177, 194, 220, 250, 280, 310, 338, 382,
		403, 439, 461, 511, 535, 593, 625, 658, 698, 742, 790, 842, 898, 958, 983, 1051, 1093, 1139, 1219,
		1273},
}

var pigligLevel = map[qrpdf.Level]qr.Ecc{qrpdf.L: qr.Low, qrpdf.M: qr.Medium, qrpdf.Q: qr.Quartile,
	qrpdf.H: qr.High}

func Example() {
	s, err := goqrcode.Encode("https://attesta.example/v#eyJhbGciOiJFUzI1NiJ9", qrpdf.M)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s, s.Size())
	// Output: 4-M 33
}

// random returns n bytes of any value except the line feed, which separates the answers of zbar.
func random(n int, level qrpdf.Level) string {
	r := rand.New(rand.NewPCG(uint64(n), uint64(level)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(11 + r.IntN(245))
	}
	return string(b)
}

func encode(t *testing.T, text string, level qrpdf.Level) *qrpdf.Symbol {
	t.Helper()
	s, err := goqrcode.Encode(text, level)
	require.NoError(t, err)
	return s
}

// mask reads the mask from the format information (ISO/IEC 18004, 7.9.1): bits 12 to 10, most
// significant first in columns 2 to 4 of row 8, under the fixed mask 101010000010010.
func mask(s *qrpdf.Symbol) int {
	m := 0
	for x := 2; x <= 4; x++ {
		m <<= 1
		if s.Dark(x, 8) {
			m |= 1
		}
	}
	return m ^ 0b101
}

// requireEqual compares s with piglig's symbol of the same text under the same mask, module for
// module.
func requireEqual(t *testing.T, s *qrpdf.Symbol) {
	t.Helper()
	segment, err := qr.MakeBytes([]byte(s.Text()))
	require.NoError(t, err)
	code, err := qr.EncodeSegments([]*qr.QrSegment{segment}, pigligLevel[s.Level()], 1, 40, mask(s), false)
	require.NoError(t, err)
	require.Equal(t, code.Size(), s.Size(), "%v, %d bytes", s, len(s.Text()))
	for y := range s.Size() {
		for x := range s.Size() {
			if code.Module(x, y) != s.Dark(x, y) {
				t.Fatalf("%v, %d bytes, mask %d: module %d, %d differs", s, len(s.Text()), mask(s), x, y)
			}
		}
	}
}

// At both edges of every version and level, the symbol has the version in the standard, the
// modules of piglig under the same mask, and the version, level and, if the mask is the same,
// modules of qrpdf.Encoder.
func TestDifferential(t *testing.T) {
	for _, level := range levels {
		t.Run(level.String(), func(t *testing.T) {
			sameMask := 0
			for i, most := range capacities[level] {
				least := 1
				if i > 0 {
					least = capacities[level][i-1] + 1
				}
				for _, n := range []int{least, most} {
					s := encode(t, random(n, level), level)
					require.Equal(t, i+1, s.Version(), "%d bytes", n)
					require.Equal(t, level, s.Level())
					requireEqual(t, s)
					if i < encoderCap && sameAsEncoder(t, s) {
						sameMask++
					}
				}
			}
			// About half of the masks agree, so that the comparison with the Encoder is not empty.
			assert.Greater(t, sameMask, encoderCap/4)
		})
	}
}

// sameAsEncoder compares s with the result of qrpdf.Encoder for its text and reports whether the
// masks are the same.
func sameAsEncoder(t *testing.T, s *qrpdf.Symbol) bool {
	t.Helper()
	ours, err := qrpdf.Encoder{Level: s.Level(), MaxVersion: encoderCap}.Encode(s.Text())
	require.NoError(t, err)
	require.Equal(t, ours.String(), s.String(), "%d bytes", len(s.Text()))
	if mask(ours) != mask(s) {
		return false
	}
	require.Equal(t, ours, s)
	return true
}

func TestRefuses(t *testing.T) {
	for _, level := range levels {
		most := capacities[level][39]
		_, err := goqrcode.Encode(strings.Repeat("a", most+1), level)
		assert.ErrorIs(t, err, qrpdf.ErrTooLong, level)
		assert.NotContains(t, err.Error(), "aa")
		_, err = goqrcode.Encode("", level)
		assert.ErrorIs(t, err, qrpdf.ErrEmpty, level)
	}
	_, err := goqrcode.Encode(strings.Repeat("a", 100<<20), qrpdf.M)
	assert.ErrorIs(t, err, qrpdf.ErrTooLong)
	for _, level := range []qrpdf.Level{-1, 4, 99} {
		_, err := goqrcode.Encode("a", level)
		assert.ErrorContains(t, err, "unknown error correction level")
	}
}

// zbar reads back every version, byte for byte.
func TestZbarReads(t *testing.T) {
	zbar, err := exec.LookPath("zbarimg")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("zbarimg is not installed")
	}
	if err != nil {
		t.Skip("zbarimg is not installed")
	}
	folder := t.TempDir()
	args := []string{"--raw", "-q", "-Sdisable", "-Sqrcode.enable", "-Sqrcode.binary"}
	var want []string
	for i := range 40 {
		level := levels[i%4]
		s := encode(t, random(capacities[level][i], level), level)
		var b bytes.Buffer
		require.NoError(t, qrpdf.PNG{Scale: 4}.Write(&b, s))
		name := filepath.Join(folder, fmt.Sprintf("%02d.png", i))
		require.NoError(t, os.WriteFile(name, b.Bytes(), 0o600))
		args, want = append(args, name), append(want, s.Text())
	}
	out, err := exec.Command(zbar, args...).Output()
	require.NoError(t, err)
	assert.Equal(t, want, strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"))
}

func TestConcurrent(t *testing.T) {
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			s, err := goqrcode.Encode(random(100+i, qrpdf.M), qrpdf.M)
			if assert.NoError(t, err) {
				assert.Equal(t, random(100+i, qrpdf.M), s.Text())
			}
		})
	}
	group.Wait()
}

// Any text gives the modules that piglig gives under the same mask, or an error for one of the
// two documented reasons.
func FuzzEncode(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string, level int) {
		s, err := goqrcode.Encode(text, qrpdf.Level(level))
		switch {
		case level < 0 || level > 3:
			require.ErrorContains(t, err, "unknown error correction level")
		case text == "":
			require.ErrorIs(t, err, qrpdf.ErrEmpty)
		case len(text) > capacities[qrpdf.Level(level)][39]:
			require.ErrorIs(t, err, qrpdf.ErrTooLong)
		default:
			require.NoError(t, err)
			require.Equal(t, text, s.Text())
			requireEqual(t, s)
			return
		}
		require.Nil(t, s)
	})
}
