package file

import "time"

// tick is longer than a tick of the kernel's clock, from which Linux takes the dates of files: at most 10 ms.
const tick = 20 * time.Millisecond

// Settled reports whether a file that had the date changed when it was read gets another date if it changes
// after that. Two changes within one tick of the kernel have the same date. A date in the future comes from
// another clock and counts as settled, or the file would be read at every call.
func Settled(changed, read time.Time) bool {
	age := read.Sub(changed)
	return age < 0 || age >= tick
}
