package intake

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// A Checker reads a file as an import would and stores nothing. It imports the file into a
// temporary registry, so it reports what the import would do. Its memory grows only with its
// findings.
type Checker struct {
	// Known is the registry that the file is meant for, which is only read; nil means that only
	// the file is checked.
	Known *registry.Registry
	// Noted is that of [Importer].
	Noted func(registry.Progress, Batch)
}

// An Opening is a domain of a person that is undecided after the whole file was read and was
// decided, or empty, before the line.
type Opening struct {
	Line    int64
	Domain  status.Domain
	State   status.State
	Doubt   status.Doubt // if the state is not StateNotHeld
	NotHeld status.Class // if the state is StateNotHeld
}

// Run reads the stream to its end. The openings are in the order of the lines.
func (c Checker) Run(
	ctx context.Context, stream io.Reader, format string,
) (at registry.Progress, openings []Opening, err error) {
	dir, err := os.MkdirTemp("", "attesta-check-")
	if err != nil {
		return at, nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	db, err := database.Open(ctx, filepath.Join(dir, "check.db"))
	if err != nil {
		return at, nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	key := make([]byte, registry.MinKey)
	rand.Read(key) // never fails since Go 1.24
	scratch, err := registry.Open(ctx, db, registry.OneKey(key))
	if err != nil {
		return at, nil, err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()

	found := make(map[place]Opening)
	importer := Importer{Registry: scratch, Noted: func(p registry.Progress, b Batch) {
		follow(found, b)
		if c.Noted != nil {
			c.Noted(p, b)
		}
	}}
	if c.Known != nil {
		importer.known = func(ctx context.Context, b *Batch) error { return c.copy(ctx, scratch, b) }
	}
	_, at, err = importer.RunStream(ctx, stream, format)
	for _, o := range found {
		openings = append(openings, o)
	}
	slices.SortFunc(openings, func(a, b Opening) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Domain, b.Domain))
	})
	return at, openings, err
}

// place is the place of an opening.
type place struct {
	person codicefiscale.Code
	domain status.Domain
}

func follow(found map[place]Opening, b Batch) {
	for i, e := range b.Entries {
		for _, domain := range status.Domains() { // an opening of the old code is one of the new code
			from := place{e.Person.Previous, domain}
			if o, ok := found[from]; ok {
				delete(found, from)
				found[place{e.Person.CF, domain}] = o
			}
		}
		for _, d := range b.Remarks[i].Closed {
			delete(found, place{e.Person.CF, d.Domain})
		}
		for _, d := range b.Remarks[i].Opened {
			found[place{e.Person.CF, d.Domain}] = Opening{e.Line, d.Domain, d.State, d.Doubt, d.NotHeld}
		}
	}
}

// copy copies what is known of the people of the batch, and drops those whose code was
// replaced.
func (c Checker) copy(ctx context.Context, scratch *registry.Registry, b *Batch) error {
	to := copying{known: c.Known, scratch: scratch, done: make(map[codicefiscale.Code]bool)}
	var kept []registry.Entry
	for _, e := range b.Entries {
		switch err := to.entry(ctx, e.Person); {
		case errors.Is(err, registry.ErrReplaced), errors.Is(err, registry.ErrErased):
			b.Rejects = append(b.Rejects, registry.Reject{Line: e.Line, Reason: err.Error()})
		case err != nil:
			return err
		default:
			kept = append(kept, e)
		}
	}
	b.Entries = kept
	if err := scratch.Put(ctx, to.people...); err != nil {
		return fmt.Errorf("what is known of a person: %w", err)
	}
	return nil
}

// copying finds the people to copy from one registry to another.
type copying struct {
	known, scratch *registry.Registry
	done           map[codicefiscale.Code]bool
	people         []registry.Person
}

// entry copies the people of the entry. A change of code that is already known needs no copy.
func (c *copying) entry(ctx context.Context, p registry.Person) error {
	if err := c.person(ctx, p.CF); err != nil || p.Previous.IsZero() {
		return err
	}
	err := c.person(ctx, p.Previous)
	if !errors.Is(err, registry.ErrReplaced) {
		return err
	}
	earlier, _, wrong := c.known.Codes(ctx, p.CF)
	if wrong != nil || slices.Contains(earlier, p.Previous) {
		return wrong
	}
	return err
}

func (c *copying) person(ctx context.Context, cf codicefiscale.Code) error {
	if c.done[cf] {
		return nil
	}
	_, err := c.scratch.Person(ctx, cf)
	if err == nil || errors.Is(err, registry.ErrReplaced) {
		return nil // it was copied before, or the file itself replaced it
	}
	if !errors.Is(err, registry.ErrUnknown) {
		return err
	}
	person, err := c.known.Person(ctx, cf)
	switch {
	case errors.Is(err, registry.ErrErased):
		return err
	case errors.Is(err, registry.ErrUnknown):
		c.done[cf] = true
		return nil
	case err != nil:
		return err
	}
	earlier, _, err := c.known.Codes(ctx, cf)
	if err != nil {
		return err
	}
	c.people = append(c.people, person)
	for _, code := range earlier {
		c.people = append(c.people, registry.Person{CF: cf, Previous: code})
	}
	c.done[cf] = true
	return nil
}
