package intake

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// An Importer puts the people of a file into a registry, some hundreds in one transaction, in
// memory that does not grow with the file. In the same transaction it records how far the file
// was read. If the same file is imported again after an interruption, the import continues
// there.
type Importer struct {
	Registry *registry.Registry
	// Batch is the number of entries in one transaction; zero means 2000.
	Batch int
	// Noted is called for each record of progress, with the entries since the previous one; the
	// first call is for the beginning. It may be nil.
	Noted func(registry.Progress, Batch)
	// Moving is called with each two codes of which the second replaces the first, before the rest
	// of their entry is stored. It may be called again for the same two, and for codes that are
	// then refused. It may be nil.
	Moving func(ctx context.Context, from, to codicefiscale.Code) error
	// known fetches what is known elsewhere of the people of a batch.
	known func(context.Context, *Batch) error
}

// A Batch is the result of some entries.
type Batch struct {
	Entries []registry.Entry // the stored ones
	Remarks []registry.Remark
	Rejects []registry.Reject
}

const defaultBatch = 2000

// Run imports the file, which it reads twice, and returns the name under which the registry
// keeps the progress. At the end the progress is Done. If it was Done before, Run returns at
// once.
func (i Importer) Run(ctx context.Context, file io.ReadSeeker,
	format string) (name registry.File, at registry.Progress, err error) {
	digest := sha256.New()
	if _, err := io.Copy(digest, contextReader{ctx, file}); err != nil {
		return name, at, err
	}
	name = registry.File(digest.Sum(nil))
	if at, err = i.Registry.Progress(ctx, name); err != nil {
		return name, at, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return name, at, err
	}
	entries, err := Open(file, format)
	if err != nil {
		return name, at, err
	}
	if at.Position > 0 {
		if err := entries.Skip(file, at.Position, at.Line); err != nil {
			return name, at, err
		}
	}
	at, err = i.run(ctx, entries, name, at)
	return name, at, err
}

// RunStream imports a stream that cannot be read twice. It always starts at the beginning,
// which changes nothing for people who are already known.
func (i Importer) RunStream(ctx context.Context, stream io.Reader,
	format string) (name registry.File, at registry.Progress, err error) {
	rand.Read(name[:]) // never fails since Go 1.24
	entries, err := Open(stream, format)
	if err != nil {
		return name, at, err
	}
	at, err = i.run(ctx, entries, name, at)
	return name, at, err
}

func (i Importer) run(ctx context.Context, entries *Reader, name registry.File,
	at registry.Progress) (registry.Progress, error) {
	i.note(at, Batch{})
	if at.Done {
		return at, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// The next batch is read while one is stored.
	batches := make(chan read)
	go func() {
		for end := false; !end; {
			r := i.read(entries)
			end = r.err != nil || r.done
			select {
			case batches <- r:
			case <-ctx.Done():
				return
			}
		}
	}()
	for !at.Done {
		var r read
		select {
		case r = <-batches:
		case <-ctx.Done():
			return at, ctx.Err()
		}
		next, batch, err := i.store(ctx, r, name, at)
		if err != nil {
			return at, err
		}
		at = next
		i.note(at, batch)
	}
	return at, nil
}

func (i Importer) note(at registry.Progress, batch Batch) {
	if i.Noted != nil {
		i.Noted(at, batch)
	}
}

// store stores those entries of a batch that can be stored.
func (i Importer) store(ctx context.Context, r read, name registry.File,
	at registry.Progress) (registry.Progress, Batch, error) {
	next, batch := at, r.batch
	if r.err != nil {
		return at, batch, r.err
	}
	next.Position, next.Line, next.Done = r.position, r.line, r.done
	if i.known != nil {
		if err := i.known(ctx, &batch); err != nil {
			return at, batch, err
		}
	}
	for _, e := range batch.Entries {
		if i.Moving != nil && !e.Person.Previous.IsZero() {
			if err := i.Moving(ctx, e.Person.Previous, e.Person.CF); err != nil {
				return at, batch, err
			}
		}
	}
	for {
		next.Stored, next.Rejected = at.Stored+int64(len(batch.Entries)),
			at.Rejected+int64(len(batch.Rejects))
		done, remarks, err := i.Registry.PutFrom(ctx, name, at, next, batch.Entries, batch.Rejects)
		var one *registry.PutError
		if !errors.As(err, &one) {
			batch.Remarks = remarks
			return done, batch, err
		}
		batch.Rejects = append(batch.Rejects, registry.Reject{Line: batch.Entries[one.Index].Line,
			Reason: one.Error()})
		batch.Entries = slices.Delete(batch.Entries, one.Index, one.Index+1)
	}
}

// read is a batch that was read, and where it ends.
type read struct {
	batch          Batch
	position, line int64
	done           bool
	err            error
}

func (i Importer) read(from *Reader) (r read) {
	for range cmp.Or(i.Batch, defaultBatch) {
		line, err := from.Next()
		switch {
		case errors.Is(err, io.EOF):
			r.done = true
		case err != nil:
			r.err = fmt.Errorf("read: %w", err)
			return r
		case line.Err != nil:
			r.batch.Rejects = append(r.batch.Rejects, registry.Reject{Line: line.Number,
				Reason: line.Err.Error()})
		default:
			r.batch.Entries = append(r.batch.Entries, registry.Entry{Line: line.Number, Person: line.Person})
		}
		if r.done {
			break
		}
	}
	r.position, r.line = from.Position()
	return r
}

// contextReader is a reader that ends with its context.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
