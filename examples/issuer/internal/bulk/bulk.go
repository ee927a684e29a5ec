// Package bulk issues the documents of a list of people, for a card scheme that prints many at a time.
//
// The folder of a run holds a file for each document, named after the line of the list, and a journal of the
// documents that are finished. A run that ends at any moment, by a kill or a power cut too, is continued by
// the next one, which issues no finished line again. At the end the documents are joined in one PDF, and the
// lines that were left out are listed with their reasons. All files are readable by their owner only, and no
// name of a file says who the person is.
package bulk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"

	"github.com/qr-invalidita/attesta/examples/internal/intake"
	"github.com/qr-invalidita/attesta/examples/internal/paper"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
)

// The columns of a list beside codice_fiscale. The names are printed; the language and the layout replace
// those of the run.
const (
	columnGiven    = "given_name"
	columnFamily   = "family_name"
	columnLanguage = "language"
	columnLayout   = "layout"
)

// Run is one run. All fields but VoidOlder and Noted are needed.
type Run struct {
	Registry *registry.Registry
	// Signer returns what signs with the keys of now. It is called for each batch. Its CutOffs are the
	// Registry.
	Signer func(context.Context) (*token.Signer, error)
	// Order describes all documents. The person, the name, and where the list says so the language and the
	// layout come from the list.
	Order paper.Order
	// Options describe the Order by the names of its options. A folder holds documents of the same options:
	// Issue refuses others, before it writes anything.
	Options map[string]string
	Folder  string
	// VoidOlder makes the earlier documents of each person void when the new one is finished.
	VoidOlder bool
	// Noted is called after each batch, and at the beginning.
	Noted func(Progress)
}

// Progress is the state of a run.
type Progress struct {
	Position         int64 // bytes of the list that were read
	Issued, Rejected int64 // documents of this run, and lines that were left out
	Earlier          int64 // documents that earlier runs had finished
	Rejects          []registry.Reject
}

// batchSize is the number of documents between two writes of the journal.
const batchSize = 64

// ErrOtherList means that a line that is finished holds another person now.
var ErrOtherList = errors.New("the list is another one than that of the documents in the folder")

// Issue issues the documents of the list that are not finished.
func (r Run) Issue(ctx context.Context, list io.Reader) (at Progress, err error) {
	rows, err := intake.OpenRows(list, columnGiven, columnFamily, columnLanguage, columnLayout)
	if err != nil {
		return at, err
	}
	signer, err := r.Signer(ctx)
	if err != nil {
		return at, err
	}
	j, err := openJournal(r.Folder)
	if err != nil {
		return at, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	if err := j.agree(r.Options); err != nil {
		return at, err
	}
	w := worker{Run: r, journal: j, rows: rows, signer: signer, seen: make(map[codicefiscale.Code]bool)}
	r.note(&w.at)
	for more := true; more; {
		if more, err = w.batch(ctx); err != nil {
			return w.at, err
		}
		r.note(&w.at)
	}
	return w.at, w.finish(ctx)
}

func (r Run) note(at *Progress) {
	if r.Noted != nil {
		r.Noted(*at)
	}
	at.Rejects = nil
}

// worker is the state of a run. It keeps some 100 bytes for each line of the list.
type worker struct {
	Run
	journal *journal
	rows    *intake.Rows
	signer  *token.Signer
	seen    map[codicefiscale.Code]bool
	rejects []registry.Reject
	last    int64 // line that was read
	at      Progress
}

// job is a document to be made, and what came of it.
type job struct {
	line   int64
	order  paper.Order
	signer *token.Signer
	made   entry
	err    error
}

// batch issues some documents. It returns false after the last one.
func (w *worker) batch(ctx context.Context) (more bool, err error) {
	if w.signer, err = w.Signer(ctx); err != nil {
		return false, err
	}
	jobs := make([]*job, 0, batchSize)
	for read := 0; read < 10*batchSize && len(jobs) < batchSize; read++ {
		row, err := w.rows.Next()
		if errors.Is(err, io.EOF) {
			return false, w.make(ctx, jobs)
		}
		if err != nil {
			return false, err
		}
		w.at.Position, w.last = w.position(), row.Number
		next, err := w.look(ctx, row)
		var own *lineError
		switch {
		case errors.As(err, &own):
			w.reject(row.Number, own)
		case err != nil:
			return false, err
		case next != nil:
			jobs = append(jobs, next)
		}
	}
	return true, w.make(ctx, jobs)
}

func (w *worker) position() int64 {
	position, _ := w.rows.Position()
	return position
}

// look returns the job of a row, or nil if an earlier run has done it. If the line is to be left out, the
// error is a lineError.
func (w *worker) look(ctx context.Context, row intake.Row) (*job, error) {
	if row.Err != nil {
		return nil, &lineError{row.Err}
	}
	if w.seen[row.CF] {
		return nil, &lineError{words.Errorf("the same person is in an earlier line")}
	}
	w.seen[row.CF] = true
	if e, ok := w.journal.done[row.Number]; ok {
		w.at.Earlier++
		return nil, w.compare(e, row)
	}
	person, err := w.Registry.Person(ctx, row.CF)
	switch {
	case errors.Is(err, registry.ErrUnknown), errors.Is(err, registry.ErrReplaced):
		return nil, &lineError{err}
	case err != nil:
		return nil, err
	case person.Died != 0:
		return nil, &lineError{words.Errorf("the person has died")}
	}
	next := &job{line: row.Number, order: w.Order, signer: w.signer}
	next.order.Person = row.CF
	d := &next.order.Document
	d.Holder = strings.TrimSpace(row.Fields[columnGiven] + " " + row.Fields[columnFamily])
	if lang := row.Fields[columnLanguage]; lang != "" {
		d.Lang = lang
	}
	if name := row.Fields[columnLayout]; name != "" {
		if d.Layout, err = paper.ParseLayout(name); err != nil {
			return nil, &lineError{err}
		}
	}
	return next, nil
}

// compare finds out whether a finished line still holds the same person.
func (w *worker) compare(e entry, row intake.Row) error {
	claims := token.Claims{IssuerName: w.signer.Keys[0].Public().IssuerName(), Subject: e.subject,
		IssuedAt: e.issued}
	switch err := w.signer.Match(claims, row.CF); {
	case errors.Is(err, token.ErrCFMismatch):
		return fmt.Errorf("line %d: %w", row.Number, ErrOtherList)
	case err != nil:
		return fmt.Errorf("line %d: %w", row.Number, err)
	}
	return nil
}

func (w *worker) reject(line int64, reason *lineError) {
	r := registry.Reject{Line: line, Reason: reason.Error()}
	w.rejects, w.at.Rejects = append(w.rejects, r), append(w.at.Rejects, r)
	w.at.Rejected++
}

// make makes documents, one on each processor, and records those that are finished.
func (w *worker) make(ctx context.Context, jobs []*job) error {
	var running sync.WaitGroup
	todo := make(chan *job)
	for range min(runtime.GOMAXPROCS(0), len(jobs)) {
		running.Go(func() {
			for j := range todo {
				if j.err = ctx.Err(); j.err == nil {
					j.made, j.err = w.one(ctx, j)
				}
			}
		})
	}
	for _, j := range jobs {
		todo <- j
	}
	close(todo)
	running.Wait()
	var made []entry
	var failed error
	for _, j := range jobs {
		var own *lineError
		switch {
		case j.err == nil:
			made = append(made, j.made)
		case errors.As(j.err, &own):
			w.reject(j.line, own)
		default:
			failed = j.err
		}
	}
	if err := w.journal.add(made); err != nil {
		return err
	}
	w.at.Issued += int64(len(made))
	return failed
}

// lineError is why a line is left out.
type lineError struct{ err error }

func (e *lineError) Error() string { return e.err.Error() }

// one makes a document. The file is on the disk when it returns.
func (w *worker) one(ctx context.Context, j *job) (entry, error) {
	made, err := j.order.Make(ctx, j.signer)
	if err != nil {
		plain := j.order
		plain.Document = w.Order.Document
		if _, other := plain.Make(ctx, j.signer); other != nil {
			return entry{}, err
		}
		return entry{}, &lineError{err}
	}
	e := entry{line: j.line, file: fileName(j.line, made.Format), issued: made.Claims.IssuedAt,
		subject: made.Claims.Subject}
	if err := file.Write(w.journal.path(e.file), made.Data, 0o600); err != nil {
		return entry{}, err
	}
	if w.VoidOlder {
		if _, err := w.Registry.Void(ctx, j.order.Person, e.issued); err != nil {
			return entry{}, err
		}
	}
	return e, nil
}

// fileName never says who the person is.
func fileName(line int64, format paper.Format) string { return fmt.Sprintf("%06d.%s", line, format) }

// finish writes what is written at the end.
func (w *worker) finish(ctx context.Context) error {
	if err := w.writeRejects(); err != nil {
		return err
	}
	if w.Order.Format != "" && w.Order.Format != paper.PDF {
		return nil
	}
	return w.journal.join(ctx, w.last)
}

// writeRejects replaces the list of an earlier run.
func (w *worker) writeRejects() error {
	path := w.journal.path(rejectsName)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if len(w.rejects) == 0 {
		return nil
	}
	var b strings.Builder
	writeCSV(&b, []string{"line", "reason"})
	for _, r := range w.rejects {
		writeCSV(&b, []string{fmt.Sprint(r.Line), r.Reason})
	}
	return file.Write(path, []byte(b.String()), 0o600)
}
