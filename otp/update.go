package otp

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"time"
)

// maxRounds bounds the races on one record. A challenge changes a handful of times before it
// is final, so a caller rarely loses more than five in a row.
const maxRounds = 64

// update loads the record under key, lets decide change it and swaps it. If another writer was
// faster, it repeats that. decide returns whether there is something to write and what to
// answer after it is written. It may run several times, each time on a fresh record. Its
// answer is returned only after the swap succeeded.
func (cs *Challenges) update(ctx context.Context, key []byte,
	decide func(r *record, now int64) (bool, error)) error {
	return cs.updateFrom(ctx, key, &held{}, decide)
}

// held is a record that was loaded or written a moment ago.
type held struct {
	Snapshot
	record *record // what Body holds, or nil if it was not opened
	box    *box
	take   []Bucket // to take from with the next write
	soon   bool     // the next write need not survive a crash of the server
}

// updateFrom is update for a caller that holds the record: if *at tells a time, it takes the place
// of the first load. After a write, *at is the record as written.
func (cs *Challenges) updateFrom(ctx context.Context, key []byte, at *held,
	decide func(r *record, now int64) (bool, error)) error {
	name := storeKey(key)
	var mine int64 // the version of the last round's write
	var answer, err error
	if at.box == nil {
		if at.box, err = cs.keys.box(key); err != nil {
			return cs.unavailable(ctx, err)
		}
	}
	for round := range maxRounds {
		s, r := at.Snapshot, at.record
		if round > 0 || s.Now.IsZero() {
			r = nil
			if s, err = cs.load(ctx, name); err != nil {
				return cs.unavailable(ctx, err)
			}
		}
		if mine != 0 && s.Version == mine {
			// The write was applied, although its answer was lost or a repetition by the store's client
			// failed.
			*at = held{Snapshot: s}
			return answer
		}
		if r == nil {
			if r, err = at.box.read(s); err != nil {
				return cs.unavailable(ctx, err)
			}
		}
		now := s.Now.UnixMilli()
		r.prune(now, cs.policy.FailureMemory.Milliseconds())
		var write bool
		if write, answer = decide(r, now); !write {
			return answer
		}
		body, err := at.box.seal(r.encode(), cs.rand)
		if err != nil {
			return cs.unavailable(ctx, err)
		}
		if mine, err = cs.version(); err != nil {
			return cs.unavailable(ctx, err)
		}
		until := time.UnixMilli(r.until(now, cs.policy.FailureMemory.Milliseconds()))
		done, err := cs.swap(ctx, name, at, Change{From: s.Version, To: mine, Body: body, Until: until,
			Soon: at.soon})
		if refusal := new(Refusal); errors.As(err, &refusal) {
			return refusal
		}
		if done && err == nil {
			at.Snapshot, at.record = Snapshot{Version: mine, Body: body, Now: s.Now}, r
			return answer
		}
		if err != nil {
			// It is unknown whether the record was written. Load once to find out; otherwise return the
			// error.
			if s, again := cs.load(ctx, name); again == nil && s.Version == mine {
				*at = held{Snapshot: s}
				return answer
			}
			return cs.unavailable(ctx, err)
		}
		if round >= 4 {
			select {
			case <-ctx.Done():
				return cs.unavailable(ctx, ctx.Err())
			case <-time.After(rand.N(time.Duration(round) * time.Millisecond)):
			}
		}
	}
	return cs.unavailable(ctx, nil)
}

func (cs *Challenges) load(ctx context.Context, name string) (Snapshot, error) {
	if cs.batches == nil {
		return cs.store.Load(ctx, name)
	}
	a, err := cs.batches.reads.Do(ctx, reading{key: name})
	return a.Snapshot, err
}

// swap takes from at.take and then changes the record. If a bucket refuses, the error is a [*Refusal].
func (cs *Challenges) swap(ctx context.Context, name string, at *held, c Change) (bool, error) {
	if cs.batches != nil {
		a, err := cs.batches.writes.Do(ctx, writing{at.take, name, c})
		if err != nil {
			return false, err
		}
		if err := cs.decided(ctx, at.take, a.Decision, nil); err != nil {
			return false, err
		}
		at.take = nil
		return a.done, nil
	}
	if err := cs.take(ctx, at.take...); err != nil {
		return false, err
	}
	at.take = nil
	return cs.store.Swap(ctx, name, c)
}

// view loads the record under key and passes it to look.
func (cs *Challenges) view(ctx context.Context, key []byte, look func(r *record, now int64) error) error {
	return cs.update(ctx, key, func(r *record, now int64) (bool, error) { return false, look(r, now) })
}

func (a *box) read(s Snapshot) (*record, error) {
	if s.Version == 0 {
		return &record{}, nil
	}
	plain, err := a.open(s.Body)
	if err != nil {
		return nil, err
	}
	return decodeRecord(plain)
}

func (cs *Challenges) version() (int64, error) {
	var b [8]byte
	if _, err := io.ReadFull(cs.rand, b[:]); err != nil {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(b[:])>>1) | 1, nil
}

func (cs *Challenges) unavailable(ctx context.Context, err error) error {
	cs.emit(ctx, Event{Kind: EventFault, Err: err})
	return &Refusal{Cause: ErrUnavailable, Err: err}
}
