package qrpdf

import (
	"errors"
	"fmt"
	"math/bits"
)

// longestText is the greatest number of bytes that any symbol holds: digits in version 40 at
// level L (ISO/IEC 18004, table 7).
const longestText = 7089

// Symbol is a QR symbol together with its text. It never changes, so goroutines may share it. The
// zero value is no symbol: its size and version are 0, and the writers refuse it.
type Symbol struct {
	text  string
	level Level
	size  int
	dark  []uint64 // row by row, without gaps
}

// NewSymbol makes a Symbol from the modules of another encoder. It calls dark once for each
// module, where x counts to the right and y down from the top left corner, both from 0 to size-1.
//
// It refuses an empty text, a text longer than any symbol holds, a size that no version has (17 +
// 4 × version, version 1 to 40), and modules without finder patterns, timing patterns or the
// format information of the level; it thereby also refuses a transposed or mirrored symbol. It
// does not check that the modules decode to text: the caller is responsible for that.
func NewSymbol(text string, level Level, size int, dark func(x, y int) bool) (*Symbol, error) {
	switch {
	case text == "":
		return nil, ErrEmpty
	case len(text) > longestText:
		return nil, fmt.Errorf("%w: %d bytes, no symbol holds more than %d", ErrTooLong, len(text),
			longestText)
	case !level.valid():
		return nil, fmt.Errorf("unknown error correction level %d", int(level))
	case size < 21 || size > 177 || size%4 != 1:
		return nil, fmt.Errorf("no symbol has a side of %d modules", size)
	case dark == nil:
		return nil, errors.New("no modules")
	}
	s := newSymbol(text, level, size, dark)
	switch {
	case !s.hasFinders():
		return nil, errors.New("not a symbol: finder pattern missing")
	case !s.hasTiming():
		return nil, errors.New("not a symbol: timing pattern missing")
	case !s.hasFormat():
		return nil, fmt.Errorf("not a symbol of level %v: format information differs", level)
	}
	return s, nil
}

func newSymbol(text string, level Level, size int, dark func(x, y int) bool) *Symbol {
	s := &Symbol{text: text, level: level, size: size, dark: make([]uint64, (size*size+63)/64)}
	i := 0
	for y := range size {
		for x := range size {
			if dark(x, y) {
				s.dark[i/64] |= 1 << (i % 64)
			}
			i++
		}
	}
	return s
}

// Text returns the text of the symbol.
func (s *Symbol) Text() string { return s.text }

// Level returns the error correction level.
func (s *Symbol) Level() Level { return s.level }

// Version returns the version, 1 to 40.
func (s *Symbol) Version() int {
	if s.empty() {
		return 0
	}
	return (s.size - 17) / 4
}

// Size returns the side in modules, without the quiet zone: 17 + 4 × version.
func (s *Symbol) Size() int { return s.size }

// Dark reports whether the module in column x and row y is dark. Everything outside the symbol is
// light.
func (s *Symbol) Dark(x, y int) bool {
	if x < 0 || y < 0 || x >= s.size || y >= s.size {
		return false
	}
	i := y*s.size + x
	return s.dark[i/64]>>(i%64)&1 == 1
}

// String returns version and level as in the standard, such as "13-M". It keeps the text out of
// logs.
func (s *Symbol) String() string {
	if s.empty() {
		return "no symbol"
	}
	return fmt.Sprintf("%d-%v", s.Version(), s.level)
}

func (s *Symbol) empty() bool { return s == nil || s.size == 0 }

// runs calls yield for each longest horizontal row of n dark modules that starts at x, y,
// beginning at the top left corner.
func (s *Symbol) runs(yield func(x, y, n int)) {
	for y := range s.size {
		for x := s.same(0, y, false); x < s.size; {
			n := s.same(x, y, true)
			yield(x, y, n)
			x += n
			x += s.same(x, y, false)
		}
	}
}

// same returns the number of modules of a colour from x on, up to the end of row y.
func (s *Symbol) same(x, y int, dark bool) int {
	n := 0
	for n < s.size-x {
		i := y*s.size + x + n
		word := s.dark[i/64] >> (i % 64)
		if dark {
			word = ^word
		}
		left := 64 - i%64 // in the word
		here := min(bits.TrailingZeros64(word), left)
		n += here
		if here < left {
			break
		}
	}
	return min(n, s.size-x)
}

// hasFinders reports whether the three finder patterns are in their corners, with the light
// separators around them.
func (s *Symbol) hasFinders() bool {
	far := s.size - 7
	for _, corner := range [...][2]int{{0, 0}, {far, 0}, {0, far}} {
		for dy := -1; dy <= 7; dy++ {
			for dx := -1; dx <= 7; dx++ {
				ring := max(abs(dx-3), abs(dy-3))
				if s.Dark(corner[0]+dx, corner[1]+dy) != (ring != 2 && ring != 4) {
					return false
				}
			}
		}
	}
	return true
}

// hasTiming reports whether row and column 6 alternate between the finder patterns.
func (s *Symbol) hasTiming() bool {
	for i := 8; i < s.size-8; i++ {
		if s.Dark(i, 6) != (i%2 == 0) || s.Dark(6, i) != (i%2 == 0) {
			return false
		}
	}
	return true
}

// hasFormat reports whether both copies of the format information are those of the symbol's level
// under one of the eight masks, and the module beside the second copy is dark (ISO/IEC 18004,
// 7.9.1).
func (s *Symbol) hasFormat() bool {
	var first, second int
	put := func(word *int, bit, x, y int) {
		if s.Dark(x, y) {
			*word |= 1 << bit
		}
	}
	for i := range 15 {
		switch {
		case i < 6:
			put(&first, i, 8, i)
		case i < 8:
			put(&first, i, 8, i+1)
		case i == 8:
			put(&first, i, 7, 8)
		default:
			put(&first, i, 14-i, 8)
		}
		if i < 8 {
			put(&second, i, s.size-1-i, 8)
		} else {
			put(&second, i, 8, s.size-15+i)
		}
	}
	if first != second || !s.Dark(8, s.size-8) {
		return false
	}
	for mask := range 8 {
		if first == formatWord(int(s.level)<<3|mask) {
			return true
		}
	}
	return false
}

// formatWord appends the ten check bits of the BCH code to data and applies the fixed mask (ISO/IEC
// 18004, annex C).
func formatWord(data int) int {
	rest := data
	for range 10 {
		rest = rest<<1 ^ rest>>9*0x537
	}
	return (data<<10 | rest) ^ 0x5412
}

func abs(n int) int { return max(n, -n) }
