package otp

// PrintedCodes are a list of single-use codes on paper, for people without a phone and for
// people who cannot hear or read one. The codes follow from the seed. Besides the paper, only
// the seed and the count exist.
//
// A challenge asks for one code by its number. No number is asked for twice, whether it was
// answered or not, so a code that the person read to a caller on the telephone has no value
// later. The person's record keeps the numbers that were asked for, for 5 years. Replace
// a list that is older by one with a new ID. Replace all lists after a store is lost; a store
// in memory loses everything when the process ends.
//
// The codes exist before the challenge, so they do not depend on what is approved, and no
// message tells the person who asks. The record ensures that a code is accepted only in its
// own challenge, from the same operator and for the same terms.
type PrintedCodes struct {
	// ID distinguishes the person's lists and is printed on them: 1 to 16 characters out of A-Z
	// a-z 0-9 . _ : -. A new list gets a new ID.
	ID string
	// Seed is the secret that the codes follow from, one per person and list.
	Seed Pepper
	// Count is the number of codes, 1 to 200.
	Count int
}

// listDigits is the length of a printed code. It is more than the 6 that NIST SP 800-63B-4
// 3.1.2 requires, because a list is kept for years.
const listDigits = 8

// Code returns the code, of 8 digits, with a number from 1 to Count, for the printer. If there is no such
// code, ok is false.
func (p PrintedCodes) Code(number int) (c Code, ok bool) {
	if !p.complete() || number < 1 || number > p.Count {
		return Code{}, false
	}
	code, err := hotpCode(digest([]byte(p.Seed.reveal()), "otp/list/v1", []byte(p.ID)), uint64(number),
		listDigits)
	return NewCode(code), err == nil
}

func (p PrintedCodes) complete() bool {
	return token(p.ID, 1, 16) && !p.Seed.IsZero() && p.Count >= 1 && p.Count <= 200
}

// listMemory is the time that the record remembers the numbers asked of a list, counted from
// the last of them.
const listMemory = 5 * 365 * day
