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
)

// Importer puts the people of a file into a registry, some hundreds in one transaction, in memory that does not grow with
// the file. In the same transaction it notes how far the file was read: who imports the same file again, after whatever end,
// goes on there.
type Importer struct {
	Registry *registry.Registry
	// Batch is how many entries are stored at once; zero means 2000.
	Batch int
	// Noted hears of each note, and of what was rejected since the one before; the first is where the import begins. Nil:
	// nobody does.
	Noted func(registry.Progress, []registry.Reject)
}

const defaultBatch = 2000

// Run imports the file, which it reads twice, and returns the name under which the registry keeps the progress. At the end
// that is Done, at once if it was before.
func (i Importer) Run(ctx context.Context, file io.ReadSeeker, format string) (name registry.File, at registry.Progress, err error) {
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

// RunStream imports what cannot be read twice. It always begins at the beginning, which for people who are known already
// changes nothing.
func (i Importer) RunStream(ctx context.Context, stream io.Reader, format string) (name registry.File, at registry.Progress, err error) {
	rand.Read(name[:]) // never fails since Go 1.24
	entries, err := Open(stream, format)
	if err != nil {
		return name, at, err
	}
	at, err = i.run(ctx, entries, name, at)
	return name, at, err
}

func (i Importer) run(ctx context.Context, entries *Reader, name registry.File, at registry.Progress) (registry.Progress, error) {
	i.note(at, nil)
	for !at.Done {
		next, rejects, err := i.batch(ctx, entries, name, at)
		if err != nil {
			return at, err
		}
		at = next
		i.note(at, rejects)
	}
	return at, nil
}

func (i Importer) note(at registry.Progress, rejects []registry.Reject) {
	if i.Noted != nil {
		i.Noted(at, rejects)
	}
}

// batch reads some entries and stores them, without those that cannot be stored.
func (i Importer) batch(ctx context.Context, entries *Reader, name registry.File, at registry.Progress) (registry.Progress, []registry.Reject, error) {
	next := at
	var people []registry.Person
	var lines []int64
	var rejects []registry.Reject
	for range cmp.Or(i.Batch, defaultBatch) {
		line, err := entries.Next()
		switch {
		case errors.Is(err, io.EOF):
			next.Done = true
		case err != nil:
			return at, nil, fmt.Errorf("read: %w", err)
		case line.Err != nil:
			rejects = append(rejects, registry.Reject{Line: line.Number, Reason: line.Err.Error()})
		default:
			people, lines = append(people, line.Person), append(lines, line.Number)
		}
		if next.Done {
			break
		}
	}
	next.Position, next.Line = entries.Position()
	for {
		next.Stored, next.Rejected = at.Stored+int64(len(people)), at.Rejected+int64(len(rejects))
		err := i.Registry.PutFrom(ctx, name, at, next, people, rejects)
		var one *registry.PutError
		if !errors.As(err, &one) {
			return next, rejects, err
		}
		rejects = append(rejects, registry.Reject{Line: lines[one.Index], Reason: one.Error()})
		people = slices.Delete(people, one.Index, one.Index+1)
		lines = slices.Delete(lines, one.Index, one.Index+1)
	}
}

// contextReader ends when its context does.
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
