package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/terminal"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// A batch checks many files. Its memory does not grow with their number, except for what the file of -resume
// has.
type batch struct {
	judge    judge
	whose    whose
	roots    []string
	resume   string
	parallel int
	json     bool
	lang     status.Language

	pause pause
}

// defaultParallel leaves processors and memory to other programs: a bad picture takes up to 400 MiB.
func defaultParallel() int { return min(runtime.NumCPU(), 4) }

// A job is a file and the channel for its result.
type job struct {
	path, name string // name is the path below the folder that was given
	out        chan result
}

func (b *batch) run(ctx context.Context, s cli.Streams) int {
	record, err := openRecord(b.resume)
	if err != nil {
		return cli.Fail(s, cli.Usage, "-resume: %v", err)
	}
	defer record.Close()
	b.pause.say = func(d time.Duration) {
		fmt.Fprintf(s.Err, "%s: %s\n", words.Say(b.lang, words.LabelWait), d.Round(time.Second))
	}
	t := tally{start: time.Now()}
	total, done := 0, map[string]bool{}
	err = b.walk(func(path, _ string) error {
		total++
		if e, ok := record.knows(path); ok {
			done[path] = true
			t.addBefore(e)
		}
		return ctx.Err()
	})
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	bar := terminal.NewBar(s.Err, 0)
	progress := func() {
		done := t.files + t.before
		text := fmt.Sprintf("%d/%d", done, total)
		bar.Update(terminal.Progress{Done: int64(done), Total: int64(total), Items: int64(done), Text: text})
	}
	progress()
	out := json.NewEncoder(s.Out)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var failed error
	for r := range b.results(ctx, done) {
		bar.Clear()
		switch {
		case b.json:
			failed = out.Encode(r)
		default:
			_, failed = fmt.Fprintf(s.Out, "%s  %q\n", r.headline(b.lang), r.File)
		}
		if failed == nil {
			failed = record.add(r)
		}
		if failed != nil {
			break
		}
		t.add(r)
		progress()
	}
	interrupted := ctx.Err() != nil
	bar.Clear()
	summary := s.Out
	if b.json {
		summary = s.Err
	}
	t.print(summary, b.lang)
	switch {
	case failed != nil:
		return cli.Fail(s, cannotTell, "%v", failed)
	case interrupted:
		return cli.Fail(s, cannotTell, "%s.", words.Say(b.lang, words.LabelInterrupted))
	}
	return t.exitCode()
}

// walk calls f for each regular file below the roots, sorted within each folder. If a folder cannot be
// read, walk passes it to f like a file, and f reports the error when it opens it.
func (b *batch) walk(f func(path, name string) error) error {
	for _, root := range b.roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			hidden := path != root && strings.HasPrefix(filepath.Base(path), ".")
			switch {
			case err != nil && path == root:
				return err
			case hidden && d.IsDir():
				return fs.SkipDir
			case hidden:
				return nil
			case err == nil && (d.IsDir() || path != root && !d.Type().IsRegular()):
				return nil // opening a pipe, for example, could block
			}
			name, relErr := filepath.Rel(root, path)
			if relErr != nil || name == "." {
				name = path
			}
			return f(path, name)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// results checks the files that are not done, several at a time, and yields the results in the order of
// the files. When the context ends, it leaves out the rest, including the files that it was checking.
func (b *batch) results(ctx context.Context, done map[string]bool) func(yield func(result) bool) {
	return func(yield func(result) bool) {
		ctx, stop := context.WithCancel(ctx)
		jobs, order := make(chan job), make(chan chan result, 4*b.parallel)
		var workers sync.WaitGroup
		defer workers.Wait()
		defer stop()
		for range b.parallel {
			workers.Go(func() {
				for j := range jobs {
					j.out <- b.one(ctx, j)
				}
			})
		}
		workers.Go(func() {
			defer close(order)
			defer close(jobs)
			_ = b.walk(func(path, name string) error { // the roots were there when the files were counted
				if done[path] {
					return nil
				}
				j := job{path, name, make(chan result, 1)}
				select {
				case order <- j.out:
				case <-ctx.Done():
					return ctx.Err()
				}
				select {
				case jobs <- j:
				case <-ctx.Done():
					close(j.out)
					return ctx.Err()
				}
				return nil
			})
		})
		for out := range order {
			r, ok := <-out
			if !ok || ctx.Err() != nil || !yield(r) {
				return
			}
		}
	}
}

// one checks a file. If the issuer asks to wait, all workers wait, and one asks again.
func (b *batch) one(ctx context.Context, j job) result {
	cf, err := b.whose.of(j.path, j.name)
	if err != nil && !b.judge.offline {
		return b.judge.unread(j.path, err)
	}
	for {
		b.pause.wait(ctx)
		r := b.judge.file(ctx, j.path, cf)
		if r.Code != api.CodeRateLimited || ctx.Err() != nil || !b.pause.start(r) {
			return r
		}
	}
}

// longestPause is the longest wait that a run accepts from the issuer.
const longestPause = 5 * time.Minute

// pause makes all workers wait. The zero value is ready.
type pause struct {
	mu    sync.Mutex
	until time.Time
	say   func(time.Duration)
}

// start begins a pause. It returns false if the issuer did not say for how long, asks for too long, or limits
// one document only, for which the others need not wait.
func (p *pause) start(r result) bool {
	if r.Problem == nil || r.Problem.RetryAfter <= 0 || r.Problem.Limit == api.LimitDocument ||
		r.Problem.Limit == api.LimitCaller {
		return false
	}
	d := time.Duration(r.Problem.RetryAfter) * time.Second
	if d > longestPause {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(d); until.Sub(p.until) > time.Second { // several workers get the same answer
		p.until = until
		if p.say != nil {
			p.say(d)
		}
	}
	return true
}

func (p *pause) wait(ctx context.Context) {
	p.mu.Lock()
	d := time.Until(p.until)
	p.mu.Unlock()
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
