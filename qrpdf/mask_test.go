package qrpdf_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	qr "github.com/piglig/go-qr"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// An Encoder makes the symbol that the library makes if the library chooses the mask: texts of all
// lengths that fit, at every level; some of them have long runs, which are rare in those of tokens.
func TestEncodeMask(t *testing.T) {
	const rounds = 10 // in each version and level
	r := rand.New(rand.NewPCG(8, 20))
	texts := map[string]func(n int) (plain, digits string){
		"letters": func(n int) (string, string) { return base64URL(r, n), "" },
		"address": func(n int) (string, string) {
			return "https://qr.example.it/q#", letters(r, "0123456789", max(8, 2*(n-30)))
		},
		"one letter": func(n int) (string, string) { return strings.Repeat(base64URL(r, 1), n), "" },
		"two bytes":  func(n int) (string, string) { return letters(r, "\x00\x7f", n), "" },
	}
	masks := map[int]int{}
	for level, capacities := range capacities {
		e := qrpdf.Encoder{Level: level, MaxVersion: highestVersion}
		for version := lowestVersion; version <= highestVersion; version++ {
			for name, text := range texts {
				for range rounds {
					plain, digits := text(1 + r.IntN(capacities[version-1]))
					s, err := e.Encode(plain + digits)
					if err != nil {
						require.ErrorIs(t, err, qrpdf.ErrTooLong)
						continue
					}
					mask := requireLibrary(t, s, name, plain, digits)
					masks[mask]++
				}
			}
		}
	}
	assert.Len(t, masks, 8, "each mask is the choice for some text: %v", masks)
}

// requireLibrary compares a symbol with that of the library, and returns its mask.
func requireLibrary(t *testing.T, s *qrpdf.Symbol, name, plain, digits string) int {
	t.Helper()
	segment, err := qr.MakeBytes([]byte(plain))
	require.NoError(t, err)
	segments := []*qr.QrSegment{segment}
	if digits != "" {
		segment, err = qr.MakeNumeric(digits)
		require.NoError(t, err)
		segments = append(segments, segment)
	}
	var ecc qr.Ecc
	for library, level := range eccNames {
		if level == s.Level() {
			ecc = library
		}
	}
	want, err := qr.EncodeSegments(segments, ecc, 1, highestVersion, -1, false)
	require.NoError(t, err)
	require.Equal(t, want.Size(), s.Size(), name)
	for y := range s.Size() {
		for x := range s.Size() {
			if s.Dark(x, y) != want.Module(x, y) {
				require.Failf(t, "another symbol", "%s: %v differs at %d, %d: %q", name, s, x, y,
					plain+digits)
			}
		}
	}
	mask := 0 // of the format information, itself under a mask of 101 in these bits
	for i := range 3 {
		mask <<= 1
		if s.Dark(2+i, 8) {
			mask |= 1
		}
	}
	return mask ^ 0b101
}

// The rating of any modules, also of those that no mask leaves: wide look-alikes, large blocks, a
// share of dark modules at a limit.
func TestPenalty(t *testing.T) {
	r := rand.New(rand.NewPCG(20, 8))
	for version := lowestVersion; version <= highestVersion; version++ {
		size := 17 + 4*version
		for range 20 {
			rows := make([]string, size)
			for y := range rows {
				if y == 0 || r.IntN(3) > 0 { // else the same row again
					rows[y] = randomRow(r, size)
				} else {
					rows[y] = rows[y-1]
				}
			}
			requirePenalty(t, rows)
		}
		for dark := 0; dark <= 20; dark++ { // twentieths
			rows := make([]string, size)
			for y := range rows {
				here := size*size*dark/20*(y+1)/size - size*size*dark/20*y/size
				rows[y] = strings.Repeat("1", here) + strings.Repeat("0", size-here)
			}
			requirePenalty(t, rows)
		}
	}
}

// randomRow is made of single modules, runs and look-alikes of finder patterns.
func randomRow(r *rand.Rand, size int) string {
	var b strings.Builder
	for b.Len() < size {
		n := 1 + r.IntN(size/7)
		switch r.IntN(8) {
		case 0:
			b.WriteString(core(n) + strings.Repeat("0", r.IntN(5*n)))
		case 1:
			b.WriteString(strings.Repeat("1", n))
		case 2:
			b.WriteString(strings.Repeat("0", n))
		default:
			b.WriteString(letters(r, "01", n))
		}
	}
	return b.String()[:size]
}

// core is the line through a finder pattern with modules n wide.
func core(n int) string {
	dark, light := strings.Repeat("1", n), strings.Repeat("0", n)
	return dark + light + dark + dark + dark + light + dark
}

func requirePenalty(t *testing.T, rows []string) {
	t.Helper()
	size, dark, want := len(rows), 0, 0
	columns := make([]string, size)
	for y, row := range rows {
		dark += strings.Count(row, "1")
		for x := range size {
			columns[x] += row[x : x+1]
			if x > 0 && y > 0 && row[x-1] == row[x] && rows[y-1][x-1] == row[x] && rows[y-1][x] == row[x] {
				want += 3
			}
		}
	}
	for _, line := range slices.Concat(rows, columns) {
		want += linePenalty(line)
	}
	all := size * size
	for most := all; max(20*dark-10*all, 10*all-20*dark) > most; most += all {
		want += 10 // for each 5 % of all modules beyond the first 5 % that are too many or too few
	}
	got := qrpdf.Penalty(size, func(x, y int) bool { return rows[y][x] == '1' })
	require.Equal(t, want, got, strings.Join(rows, "\n"))
}

var longRuns = regexp.MustCompile("0{5,}|1{5,}")

// linePenalty finds the features of a line by their letters.
func linePenalty(line string) int {
	sum := 0
	for _, run := range longRuns.FindAllString(line, -1) {
		sum += len(run) - 2
	}
	around := strings.Repeat("0", len(line))
	line = around + line + around
	for n := 1; 7*n <= len(around); n++ {
		look := core(n)
		for at := 1; at+len(look) < len(line); at++ {
			before, after := line[:at], line[at+len(look):]
			if line[at:at+len(look)] != look || before[at-1] == '1' || after[0] == '1' {
				continue
			}
			left := len(before) - len(strings.TrimRight(before, "0"))
			right := len(after) - len(strings.TrimLeft(after, "0"))
			if left >= 4*n && right >= n {
				sum += 40
			}
			if right >= 4*n && left >= n {
				sum += 40
			}
		}
	}
	return sum
}
