// Command robustness prints documents of every layout with real tokens and counts how often readers read
// the symbol: on clean pages and after wear. It writes the counts to the standard
// output, as Markdown. .ci/robustness.sh calls it.
//
//	robustness [-samples N] [-documents N] [-zxing FOLDER] [documents] [wear]
//
// Without a name it writes both parts.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("robustness: ")
	b := bench{resolutions: []int{75, 100, 150, 300}, hardships: hardships}
	flag.IntVar(&b.samples, "samples", 3, "`NUMBER` of symbols for each cell of the tables of wear")
	flag.IntVar(&b.documents, "documents", 16,
		"`NUMBER` of clean documents of each layout, profile and language")
	flag.StringVar(&b.zxing, "zxing", ".ci/out/zxing", "`FOLDER` with the scripts and zxing-wasm")
	flag.Parse()
	parts := flag.Args()
	if len(parts) == 0 {
		parts = []string{"documents", "wear"}
	}
	if err := b.run(context.Background(), os.Stdout, parts); err != nil {
		log.Fatal(err)
	}
}

// run writes the parts in the given order.
func (b bench) run(ctx context.Context, w io.Writer, parts []string) error {
	write := map[string]func(context.Context, io.Writer) error{
		"documents": b.writeDocuments, "wear": b.writeWear}
	if err := b.writeHeading(ctx, w, time.Now()); err != nil {
		return err
	}
	for _, part := range parts {
		if write[part] == nil {
			return fmt.Errorf("there is no part %q", part)
		}
		if err := write[part](ctx, w); err != nil {
			return err
		}
	}
	return nil
}

func (b bench) writeHeading(ctx context.Context, w io.Writer, now time.Time) error {
	first := func(name, flag string) string {
		out, _ := exec.CommandContext(ctx, name, flag).CombinedOutput() // only for the reader of the tables
		line, _, _ := strings.Cut(string(out), "\n")
		return strings.TrimPrefix(line, name+" version ")
	}
	_, err := fmt.Fprintf(w, "# Robustness\n\nHow often a printed symbol is read: written by\n"+
		"`.ci/robustness.sh` on %s;\ndrawn by pdftoppm %s, "+
		"read by zbarimg %s and zxing-wasm 3.1.4 (\"zxing\").\n"+
		"A text other than the printed one would have ended the run.\n",
		now.UTC().Format(time.DateOnly), first("pdftoppm", "-v"), first("zbarimg", "--version"))
	return err
}

// eachAtOnce calls work for every item, for as many at once as the machine has processors. What the
// readers find does not depend on the order of the calls.
func eachAtOnce[T any](items []T, work func(T) error) error {
	errs := make([]error, len(items))
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for i, item := range items {
		free <- struct{}{}
		all.Go(func() {
			errs[i] = work(item)
			<-free
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
