package otp

// PrintedCodes are a list of single-use codes on paper, for people without a phone
// or who cannot hear or read one. The codes follow from the seed: nothing but the
// seed and the count of the codes asked for exists besides the paper.
//
// A challenge asks for one code by its number. Asked once, a number is never asked
// again, answered or not: a code told on the telephone to somebody who called is
// worth nothing later. Which numbers were asked stands in the person's record,
// which for this is kept [ListMemory] long; a list that is older must be replaced
// under a new ID, and so must all lists after the loss of a store (a store in
// memory loses everything when the process ends).
//
// The codes exist before the challenge, so they are not derived from what is
// approved, and nothing tells the person who asks: that a code is answered only in
// its own challenge, by the same operator for the same terms, is decided by the
// record.
type PrintedCodes struct {
	// ID tells the person's lists apart and is printed on them: 1 to 16 characters
	// out of A-Z a-z 0-9 . _ : -. A new list gets a new ID.
	ID string
	// Seed is the secret from which the codes follow, one per person and list.
	Seed Pepper
	// Count of the codes, 1 to 200.
	Count int
}

// ListDigits is the length of a printed code, longer than NIST SP 800-63B-4
// 3.1.2 asks for (6) since it lies around for years.
const ListDigits = 8

// Code returns the code with a number from 1 to Count, for the printer. ok is
// false if there is none.
func (p PrintedCodes) Code(number int) (c Code, ok bool) {
	if !p.complete() || number < 1 || number > p.Count {
		return Code{}, false
	}
	code, err := hotpCode(digest([]byte(p.Seed.reveal()), "otp/list/v1", []byte(p.ID)), uint64(number),
		ListDigits)
	return NewCode(code), err == nil
}

func (p PrintedCodes) complete() bool {
	return token(p.ID, 1, 16) && !p.Seed.IsZero() && p.Count >= 1 && p.Count <= 200
}

// ListMemory is how long the record remembers the numbers asked of a list after
// the last of them.
const ListMemory = 5 * 365 * day
