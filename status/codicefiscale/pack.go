package codicefiscale

// A Code holds up to eight characters in each word, as digits 1 to 36 of base 37. No digit is 0,
// so the length needs no field of its own, and no code packs to the zero Code. No verb of package
// fmt prints base 37, so printing the words reveals none of the characters; in base 10 or 16 they
// would be legible.
const (
	base    = 37
	perWord = 8

	// provisionalLimit is above every second word of three characters and below every second word
	// of eight.
	provisionalLimit = base * base * base
)

func pack(b []byte) Code { return Code{packWord(b[:perWord]), packWord(b[perWord:])} }

func packWord(b []byte) uint64 {
	var w uint64
	for _, c := range b {
		if isDigit(c) {
			w = w*base + uint64(c-'0') + 1
		} else {
			w = w*base + uint64(c-'A') + 11
		}
	}
	return w
}

// length returns the number of characters, 0 for the zero Code.
func (c Code) length() int {
	switch {
	case c.IsZero():
		return 0
	case c.lo < provisionalLimit:
		return provisionalLen
	default:
		return finalLen
	}
}

// unpack writes the code to b and returns the part of b that it fills.
func (c Code) unpack(b *[finalLen]byte) []byte {
	n := c.length()
	if n == 0 {
		return nil
	}
	unpackWord(c.hi, b[:perWord])
	unpackWord(c.lo, b[perWord:n])
	return b[:n]
}

func unpackWord(w uint64, b []byte) {
	for i := len(b) - 1; i >= 0; i-- {
		if d := byte(w % base); d <= 10 {
			b[i] = '0' + d - 1
		} else {
			b[i] = 'A' + d - 11
		}
		w /= base
	}
}
