package qrpdf

import (
	"math"
	"math/bits"
	"sync"

	qr "github.com/piglig/go-qr"
)

// encodeSegments returns the modules that qr.EncodeSegments returns if it chooses the mask (ISO/IEC
// 18004, 7.8). The library spends most of its time on that choice, module by module. So the library
// gets a mask here, and the choice is made on rows and columns of bits.
func encodeSegments(segments []*qr.QrSegment, level Level, limit int) (grid, error) {
	encode := func(mask int) (grid, error) {
		code, err := qr.EncodeSegments(segments, eccLevel[level], 1, limit, mask, false)
		if err != nil {
			return grid{}, err
		}
		return newGrid(code.Size(), code.Module), nil
	}
	g, err := encode(0)
	if err != nil {
		return grid{}, err
	}
	key := format{g.size(), level}
	changes, ok := maskChanges.Load(key)
	if !ok {
		var all [8]grid
		for mask := range all {
			if all[mask], err = encode(mask); err != nil {
				return grid{}, err
			}
			all[mask].flip(g)
		}
		changes, _ = maskChanges.LoadOrStore(key, &all)
	}
	best, least := grid{}, math.MaxInt
	for _, change := range changes.(*[8]grid) {
		g.flip(change)
		if p := g.penalty(); p < least {
			best, least = change, p
		}
		g.flip(change)
	}
	g.flip(best)
	return g, nil
}

// maskChanges holds the modules in which a symbol differs from the same symbol with mask 0, for
// each format and mask. They do not depend on the text. There are at most 88 formats, each of at
// most 27 KB.
var maskChanges sync.Map // of format to *[8]grid

type format struct {
	size  int
	level Level
}

// grid holds the modules of a symbol twice, by row and by column.
type grid struct{ rows, columns []modules }

func newGrid(size int, dark func(x, y int) bool) grid {
	lines := make([]modules, 2*size)
	g := grid{lines[:size], lines[size:]}
	for y := range size {
		for x := range size {
			if dark(x, y) {
				g.rows[y][x/64] |= 1 << (x % 64)
				g.columns[x][y/64] |= 1 << (y % 64)
			}
		}
	}
	return g
}

func (g grid) size() int { return len(g.rows) }

func (g grid) dark(x, y int) bool { return g.rows[y][x/64]>>(x%64)&1 == 1 }

// flip inverts the modules of g that are dark in other.
func (g grid) flip(other grid) {
	for i := range g.rows {
		g.rows[i] = g.rows[i].xor(other.rows[i])
		g.columns[i] = g.columns[i].xor(other.columns[i])
	}
}

// penalty rates what disturbs readers (ISO/IEC 18004, 7.8.3): long runs of one colour, blocks,
// look-alikes of a finder pattern, and an imbalance of dark and light.
func (g grid) penalty() int {
	const block, imbalance = 3, 10
	size := g.size()
	sum, dark := 0, 0
	for i, row := range g.rows {
		sum += row.penalty(size) + g.columns[i].penalty(size)
		dark += row.count()
		if i > 0 {
			above := g.rows[i-1]
			sum += block * row.pairs(size).and(above.pairs(size)).andNot(row.xor(above)).count()
		}
	}
	all := size * size
	return sum + imbalance*((abs(20*dark-10*all)+all-1)/all-1)
}

// maxSize is the side of the largest symbol that an Encoder makes.
const maxSize = 17 + 4*highestMaxVersion

// modules is a row or a column of a symbol; a dark module is a bit. All bits after the last module
// are light.
type modules [2]uint64

func (m modules) and(other modules) modules    { return modules{m[0] & other[0], m[1] & other[1]} }
func (m modules) andNot(other modules) modules { return modules{m[0] &^ other[0], m[1] &^ other[1]} }
func (m modules) xor(other modules) modules    { return modules{m[0] ^ other[0], m[1] ^ other[1]} }
func (m modules) count() int                   { return bits.OnesCount64(m[0]) + bits.OnesCount64(m[1]) }

// down moves all modules n places towards the first, and up towards the last; n is 1 to 63.
func (m modules) down(n int) modules { return modules{m[0]>>n | m[1]<<(64-n), m[1] >> n} }
func (m modules) up(n int) modules   { return modules{m[0] << n, m[1]<<n | m[0]>>(64-n)} }

// pairs returns the modules that have the colour of the next one.
func (m modules) pairs(size int) modules {
	all := modules{1<<(size-1) - 1} // but the last
	if size > 64 {
		all = modules{math.MaxUint64, 1<<(size-65) - 1}
	}
	return all.andNot(m.xor(m.down(1)))
}

// penalty rates runs of five modules and more, and look-alikes of a finder pattern.
func (m modules) penalty(size int) int {
	const run, finder = 3, 40
	pairs := m.pairs(size)
	threes := pairs.and(pairs.down(1))
	fives := threes.and(threes.down(2))
	sum := fives.count() + (run-1)*fives.andNot(fives.up(1)).count()

	// Where the colour changes. On both sides of the symbol is light, as wide as the symbol.
	var room [maxSize + 3]int
	edges := append(room[:0], -size)
	for i, changes := range m.xor(m.up(1)) {
		for ; changes != 0; changes &= changes - 1 {
			edges = append(edges, 64*i+bits.TrailingZeros64(changes))
		}
	}
	edges = append(edges, 2*size)
	// A look-alike is dark, light, dark, light, dark in the proportions 1:1:3:1:1, with at least 4
	// of light on one side and 1 on the other. It counts twice with 4 on both.
	for ; len(edges) >= 8; edges = edges[2:] {
		e := (*[8]int)(edges)
		n := e[2] - e[1]
		if e[4]-e[3] != 3*n || e[3]-e[2] != n || e[5]-e[4] != n || e[6]-e[5] != n {
			continue
		}
		before, after := e[1]-e[0], e[7]-e[6]
		if before >= 4*n && after >= n {
			sum += finder
		}
		if after >= 4*n && before >= n {
			sum += finder
		}
	}
	return sum
}
