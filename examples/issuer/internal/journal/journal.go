// Package journal notices that the database was put back to an earlier state, such as by a restored backup or
// by a standby that took over without the last commits.
//
// A [Journal] keeps outside the database the checkpoint of the access log, and the cut-off of each person
// whose papers are void. The database commits first, and the journal follows. Where the journal is ahead of
// the database, the database was put back. The cut-offs that are kept hold all the same.
//
// A line has a person's pseudonym, never a codice fiscale, and a MAC. Pseudonym and MAC follow from the key
// for names, which never changes, so no rotation of a key makes the journal unreadable. An attacker who can
// write the journal can take lines away, and cannot add any.
//
// # What is not noticed
//
// What was committed and lost before the journal had it, which takes about a second if the journal answers;
// and a database that was put back together with the journal.
package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/internal/cause"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

const (
	// keeperLimit bounds a call of the Keeper, which may hang on a disk that is not there any more.
	keeperLimit = 2 * time.Second
	// requestLimit bounds how long a request waits for a comparison.
	requestLimit = 4 * time.Second
	// Comparisons take at most a twentieth of the time, and there is at most one in a second.
	firstPause = time.Second
	share      = 20
	// Interval is the longest time between two comparisons: a pooler hides that another server answers, and a
	// database can be put back without a connection that is lost.
	Interval = 30 * time.Second
)

// ErrUnreachable means that the Keeper does not answer.
var ErrUnreachable = cause.New("the journal does not answer")

// Config has the parts of a [Journal]. All but ReadOnly are required.
type Config struct {
	Keeper Keeper
	// Key signs the lines: 32 bytes.
	Key      []byte
	Registry *registry.Registry
	Access   *accesslog.Log
	// Verifier verifies the checkpoints of Access.
	Verifier note.Verifier
	// Connections returns how many connections to the database were ever made, and how often one led to
	// another server than the one before.
	Connections func() (made, changes int64)
	Log         *slog.Logger
	// ReadOnly leaves the journal as it is.
	ReadOnly bool
}

// A Journal is a [registry.VoidKeeper]. Make it with [New], and call [Journal.Compare] first. The methods
// Check and Recorded of a nil Journal do nothing.
type Journal struct {
	Config
	busy          chan struct{} // full during a comparison
	seen, servers atomic.Int64  // Connections before the last comparison
	calling       atomic.Bool   // the Keeper
	kick          atomic.Bool   // there is something new

	mu     sync.Mutex
	kept   state            // what the journal has
	made   registry.CutOffs // by this process
	since  time.Time        // when the oldest thing came that is not kept; zero: there is none
	down   bool
	rolled *Rollback
}

// New returns a journal that has not been read yet.
func New(c Config) *Journal { return &Journal{Config: c, busy: make(chan struct{}, 1)} }

// Add implements [registry.VoidKeeper].
func (j *Journal) Add(cuts registry.CutOffs) {
	j.mu.Lock()
	j.made = later(j.made, cuts)
	j.mu.Unlock()
	j.Recorded()
}

// later returns the later cut-offs of both.
func later(a, b registry.CutOffs) registry.CutOffs {
	all := maps.Clone(a)
	if all == nil {
		all = registry.CutOffs{}
	}
	for s, cut := range b {
		all[s] = max(all[s], cut)
	}
	return all
}

// Later implements [registry.VoidKeeper]. If another server may have answered than before, it compares first.
func (j *Journal) Later(ctx context.Context, s registry.Pseudonym) int64 {
	_ = j.Check(ctx) // a cut-off that is kept holds in any case
	j.mu.Lock()
	defer j.mu.Unlock()
	return max(j.kept.cuts[s], j.made[s])
}

// Recorded says that the database has something new for the journal.
func (j *Journal) Recorded() {
	if j == nil {
		return
	}
	j.kick.Store(true)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.since.IsZero() {
		j.since = time.Now()
	}
}

// Check returns a [*Rollback] if the database was put back. If another server answers than at the last
// comparison, it compares first.
func (j *Journal) Check(ctx context.Context) error {
	if j == nil {
		return nil
	}
	stale := func() bool {
		_, changes := j.Connections()
		return j.servers.Load() != changes
	}
	if stale() {
		ctx, cancel := context.WithTimeout(ctx, requestLimit)
		defer cancel()
		if err := j.alone(ctx, func() error {
			if !stale() { // another request has compared
				return nil
			}
			return j.compare(ctx)
		}); err != nil {
			return err
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.rolled == nil {
		return nil
	}
	return j.rolled
}

// alone runs f while nothing else compares.
func (j *Journal) alone(ctx context.Context, f func() error) error {
	select {
	case j.busy <- struct{}{}:
		defer func() { <-j.busy }()
		return f()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Compare compares the database with the journal, and writes to the journal what only the database has. The
// error is a [*Rollback], or that of the database. A journal that does not answer is a warning in the log.
func (j *Journal) Compare(ctx context.Context) error {
	return j.alone(ctx, func() error { return j.compare(ctx) })
}

func (j *Journal) compare(ctx context.Context) error {
	made, changes := j.Connections() // what comes meanwhile is for the next time
	began := time.Now()
	j.kick.Store(false)
	unread := j.read(ctx)
	j.mu.Lock()
	kept, all := j.kept, later(j.kept.cuts, j.made)
	j.mu.Unlock()
	newer, older, err := j.Registry.CompareVoids(ctx, all)
	if err != nil {
		return err
	}
	now, continues, err := j.present(ctx, kept)
	if err != nil {
		return err
	}
	var rolled *Rollback
	if !continues || len(older) > 0 {
		rolled = &Rollback{now.size, kept.size, len(older), !continues && now.size >= kept.size}
		now = kept // what is void is kept in any case, and no other checkpoint
	}
	j.seen.Store(made)
	j.servers.Store(changes)
	j.mu.Lock()
	if rolled != nil && (j.rolled == nil || *j.rolled != *rolled) {
		j.Log.ErrorContext(ctx, "the database was put back: the second level cannot tell until "+
			"-accept-rollback", "size", rolled.Size, "journal", rolled.Kept, "voids", rolled.Voids)
	}
	j.rolled = rolled
	j.mu.Unlock()
	if unread == nil && !j.ReadOnly {
		unread = j.keep(ctx, kept, state{cuts: later(all, newer), size: now.size, root: now.root}, began)
	}
	j.warn(ctx, unread)
	if rolled != nil {
		return rolled
	}
	return nil
}

// present returns the state of the access log, and whether it continues what is kept.
func (j *Journal) present(ctx context.Context, kept state) (now state, continues bool, err error) {
	signed, err := j.Access.Checkpoint(ctx)
	if err != nil {
		return now, false, err
	}
	c, err := proof.OpenCheckpoint(signed, j.Verifier)
	if err != nil {
		return now, false, err
	}
	_, err = j.Access.Consistency(ctx, proof.Checkpoint{Size: kept.size, Root: kept.root})
	if errors.Is(err, accesslog.ErrTampered) {
		return state{size: c.Size, root: c.Root}, false, nil
	}
	return state{size: c.Size, root: c.Root}, true, err
}

// read reads the journal.
func (j *Journal) read(ctx context.Context) error {
	var lines []string
	err := j.call(ctx, func(ctx context.Context) (err error) {
		lines, err = j.Keeper.Read(ctx)
		return err
	})
	if err != nil {
		return err
	}
	s := j.parse(lines)
	j.mu.Lock()
	defer j.mu.Unlock()
	if s.damaged > j.kept.damaged {
		j.Log.WarnContext(ctx, "lines of the journal are damaged", "lines", s.damaged)
	}
	j.kept = s
	return nil
}

// keep writes to the journal what it lacks. What came after began may still be missing then.
func (j *Journal) keep(ctx context.Context, kept, now state, began time.Time) error {
	var lines []string
	for s, cut := range now.cuts {
		if cut > kept.cuts[s] {
			lines = append(lines, j.sign(fmt.Sprintf("void %x %d", s, cut)))
		}
	}
	err := j.call(ctx, func(ctx context.Context) error {
		if len(lines) == 0 {
			return nil
		}
		return j.Keeper.Add(ctx, lines)
	})
	if err == nil && now.size > kept.size {
		err = j.call(ctx, func(ctx context.Context) error {
			return j.Keeper.Put(ctx, now.size, j.checkpoint(now))
		})
	}
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	now.damaged = kept.damaged
	j.kept = now
	if j.since.Before(began) {
		j.since = time.Time{}
	}
	return nil
}

// Work compares when there is something new, when connections were made, which may have replaced lost ones,
// and after each [Interval], until ctx ends, and then a last time. While the journal does not answer, it
// tries again with growing pauses. It returns at the first error of [Journal.Compare]. Call it again then.
func (j *Journal) Work(ctx context.Context) error {
	last, wait := time.Now(), firstPause
	for {
		pause := firstPause
		up, _, _ := j.State()
		made, _ := j.Connections()
		if up && (j.kick.Load() || made != j.seen.Load()) || time.Since(last) >= wait {
			last = time.Now()
			if err := j.Compare(ctx); err != nil {
				return err
			}
			pause = max(pause, share*time.Since(last))
			wait = min(2*wait, Interval)
			if up, _, _ = j.State(); up {
				wait = Interval
			}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestLimit)
			defer cancel()
			return j.Compare(ctx)
		}
	}
}

// Accept takes the database as it is: it moves the cut-offs that the database lacks, and keeps its checkpoint
// instead of the others.
func (j *Journal) Accept(ctx context.Context) error {
	return j.alone(ctx, func() error {
		if err := j.read(ctx); err != nil {
			return err
		}
		_, older, err := j.Registry.CompareVoids(ctx, j.kept.cuts)
		if err == nil {
			err = j.Registry.VoidAgain(ctx, older)
		}
		if err != nil {
			return err
		}
		now, _, err := j.present(ctx, state{})
		if err == nil {
			line := j.checkpoint(now)
			err = j.call(ctx, func(ctx context.Context) error { return j.Keeper.Reset(ctx, line) })
		}
		if err != nil {
			return err
		}
		return j.compare(ctx)
	})
}

// Writable returns an error if the Keeper keeps nothing. It changes nothing.
func (j *Journal) Writable(ctx context.Context) error { return j.call(ctx, j.Keeper.Writable) }

// call calls the Keeper and does not wait longer than keeperLimit, even if it hangs in a system call. Until
// such a call returns, no other one begins.
func (j *Journal) call(ctx context.Context, f func(context.Context) error) error {
	if !j.calling.CompareAndSwap(false, true) {
		return ErrUnreachable
	}
	ctx, cancel := context.WithTimeout(ctx, keeperLimit)
	defer cancel() // not where f ends: its error would race with that of ctx
	done := make(chan error, 1)
	go func() {
		err := f(ctx)
		j.calling.Store(false)
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// warn logs that the journal does not answer, or that it does again, once for each.
func (j *Journal) warn(ctx context.Context, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.down && err == nil:
		j.Log.InfoContext(ctx, "the journal answers again")
	case !j.down && err != nil:
		j.Log.WarnContext(ctx, "the journal does not answer: nobody would notice a database that is put back",
			"cause", cause.Text(err))
	}
	j.down = err != nil
}

// State returns whether the journal answers, whether the database was put back, and how long the oldest thing
// waits that the journal lacks.
func (j *Journal) State() (up, rolledBack bool, lag time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.since.IsZero() {
		lag = time.Since(j.since)
	}
	return !j.down, j.rolled != nil, lag
}
