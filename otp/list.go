package otp

import (
	"cmp"
	"context"
	"slices"
)

// PrintedCodes are a list of single-use codes on paper, for people without a phone and for
// people who cannot hear or read one. The codes follow from the seed. Besides the paper, only
// the seed and the count exist.
//
// Each number has three codes, one for each [Extent]. The code that the person reads out says how
// much they approve: that of another extent is wrong.
//
// A challenge asks for one code by its number. No number is asked for twice, whether it was
// answered or not, so a code that the person read to a caller on the telephone has no value
// later. The person's record keeps the numbers that were asked for, for 5 years and for the 8 lists
// that were asked last. Replace a list that is older by one with a new ID. Replace all lists after a
// store is lost; a store in memory loses everything when the process ends.
//
// The codes exist before the challenge, so besides the extent they do not depend on what is
// approved, and no message tells the person who asks. The record ensures that a code is accepted
// only in its own challenge, from the same operator and for the same terms.
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

// Code returns the code, of 8 digits, for an extent with a number from 1 to Count, for the printer.
// If there is no such code, ok is false.
func (p PrintedCodes) Code(number int, e Extent) (c Code, ok bool) {
	if !p.complete() || number < 1 || number > p.Count || int(e) >= len(extentNames) {
		return Code{}, false
	}
	key := digest([]byte(p.Seed.reveal()), "otp/list/v2", []byte(p.ID), []byte(e.String()))
	code, err := hotpCode(key, uint64(number), listDigits)
	return NewCode(code), err == nil
}

func (p PrintedCodes) complete() bool {
	return token(p.ID, 1, 16) && !p.Seed.IsZero() && p.Count >= 1 && p.Count <= 200
}

// listMemory is the time that the record remembers the numbers asked of a list, counted from
// the last of them.
const listMemory = 5 * 365 * day

// useOf returns what the record keeps of a list. If it is full, the list that was asked longest ago
// makes room.
func (r *record) useOf(id [keySize]byte) *listUse {
	i := slices.IndexFunc(r.lists, func(l listUse) bool { return l.list == id })
	if i < 0 {
		if len(r.lists) >= maxLists {
			oldest := slices.MinFunc(r.lists, func(a, b listUse) int { return cmp.Compare(a.last, b.last) })
			r.lists = slices.DeleteFunc(r.lists, func(l listUse) bool { return l.list == oldest.list })
		}
		r.lists = append(r.lists, listUse{list: id})
		i = len(r.lists) - 1
	}
	return &r.lists[i]
}

func (k recordKeys) list(id string) (key [keySize]byte) {
	copy(key[:], k.contact(Contact{Channel: List, Codes: PrintedCodes{ID: id}}))
	return key
}

// Asked returns how many numbers of a person's printed list were asked for: those from 1 on. Causes:
// [ErrRequest], [ErrUnavailable].
func (cs *Challenges) Asked(ctx context.Context, tenant string, subject Secret, listID string) (n int,
	err error) {
	if len(tenant) > 64 || !idSize(subject) {
		return 0, &Refusal{Cause: ErrRequest}
	}
	err = cs.view(ctx, cs.keys.recordKey(tenant, subject), func(r *record, _ int64) error {
		n = int(r.useOf(cs.keys.list(listID)).asked)
		return nil
	})
	return n, err
}

// Channels returns the channels on offer.
func (cs *Challenges) Channels() []Channel { return slices.Clone(cs.policy.Channels) }

// Usable returns the channels on which one of the contacts can get a code under the policy, in the
// order of the contacts.
func (cs *Challenges) Usable(contacts []Contact) []Channel {
	_, usable := pick(contacts, "", cs.policy.Channels)
	return usable
}
