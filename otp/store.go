package otp

import (
	"context"
	"time"
)

// A Store keeps one opaque record per key and replaces it only if it is unchanged since Load.
// It does not know about codes, attempts or the expiry of challenges: [Challenges] decides all
// rules from what Load returned.
//
// Implementations must be safe for concurrent use by any number of goroutines, processes and
// machines. If a method returns an error, the result is unknown: the record may or may not
// have been read or written. The suite otptest.TestStore tests an implementation.
type Store interface {
	// Load returns the record under key and the store's time, read at the same moment. The time is
	// that of the database server, not of the caller. If there is no record, or its Until has
	// passed, Load returns a Snapshot with Version 0, no Body and the time, and no error.
	Load(ctx context.Context, key string) (Snapshot, error)

	// Swap writes c under key in one atomic step if the record's version is c.From then, and
	// reports whether it did. If From is 0, there must be no record, or only one whose Until has
	// passed.
	Swap(ctx context.Context, key string, c Change) (bool, error)
}

// A Snapshot is the result of [Store.Load].
type Snapshot struct {
	// Version is the record's version; 0 means that there is no record.
	Version int64
	// Body is the body as written. The store may return the bytes that it keeps, so callers must
	// not change them.
	Body []byte
	// Now is the store's time, with a precision of a millisecond or better. It is set whether or
	// not there is a record, and never runs backwards by more than servers' clocks do.
	Now time.Time
}

// A Change is what [Store.Swap] writes. A key has at most 64 characters out of A-Z a-z 0-9 -
// and _. A Body is below 64 KiB, and typically below 2 KiB.
type Change struct {
	// From is the version that was loaded; 0 means that there was no record.
	From int64
	// To is the new version, a positive random number chosen by the caller. Because it is random,
	// it does not recur when a record expired and was made again, and a caller that lost the
	// answer to a Swap sees in the next Load whether it was applied.
	To int64
	// Body is opaque. The store may keep it without a copy, so callers must not change it after
	// the call.
	Body []byte
	// Until is the time from which the record may be dropped, by the store's clock, to a
	// millisecond. From then on Load must not return it; the store may free its space later. A
	// store must not drop a record earlier to make room, because failure counts would be lost. It
	// refuses new records instead.
	Until time.Time
	// Soon allows the store to answer before the change is on the disk: if the server crashes before it
	// acknowledges another Swap, the record may be as it was. It is set only where that forgets no
	// failure and no use of a code: for how a message was sent.
	Soon bool
}
