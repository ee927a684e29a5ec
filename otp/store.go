package otp

import (
	"context"
	"time"
)

// A Store keeps one opaque record per key and replaces it only if nobody else
// did in between. It knows nothing of codes, attempts or expiry of challenges:
// all rules are decided above it, by [Challenges], from what Load returned.
//
// Implementations must be safe for concurrent use by any number of goroutines,
// processes and machines. An error means that nothing is known: the record may
// or may not have been read, or written. The suite otptest.TestStore proves an
// implementation.
type Store interface {
	// Load returns the record under key and the time by the clock of the store
	// (of the database server, not of the caller), read at the same moment. No
	// record, or one whose Until has come, is a Snapshot with Version 0, no Body
	// and the time: not an error.
	Load(ctx context.Context, key string) (Snapshot, error)

	// Swap writes c under key in one atomic step if the record's version is
	// c.From by then, and reports whether it did. From 0 means that there must
	// be no record, or only one whose Until has come.
	Swap(ctx context.Context, key string, c Change) (bool, error)
}

// A Snapshot is what [Store.Load] found.
type Snapshot struct {
	// Version of the record; 0: there is none.
	Version int64
	// Body as it was written. The store may hand out the bytes it keeps; callers
	// do not change them.
	Body []byte
	// Now is the store's time, exact to a millisecond or better. It is set
	// whether there is a record or not, and never runs backwards by more than
	// clocks of servers do.
	Now time.Time
}

// A Change is what [Store.Swap] writes. Keys are at most 64 characters out of
// A-Z a-z 0-9 - and _; a Body is below 64 KiB and typically below 2 KiB.
type Change struct {
	// From is the version that was loaded; 0: there was no record.
	From int64
	// To is the version to keep, a positive random number chosen by the caller.
	// Being random it does not come again when a record expired and was made
	// anew, and whoever lost the answer to a Swap sees in the next Load whether
	// it was applied.
	To int64
	// Body is opaque. The store copies it, or the caller gives it away: callers
	// do not change it after the call.
	Body []byte
	// Until is when the record may be dropped, by the store's clock and exact to
	// a millisecond. From then on Load must not return it; when its space is
	// freed is the store's business. A store must not drop a record earlier to
	// make room: failure counts would be lost. It refuses new ones instead.
	Until time.Time
}
