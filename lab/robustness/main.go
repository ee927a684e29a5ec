// Command robustness prints documents of every layout with real tokens, wears the pages, and counts how
// often zbar and zxing-wasm (the reader of the web page) read the symbol. It writes the counts to the
// standard output, as Markdown. .ci/robustness.sh calls it.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("robustness: ")
	samples := flag.Int("samples", 5, "`NUMBER` of symbols for each cell of a table")
	folder := flag.String("zxing", ".ci/out/zxing", "`FOLDER` with read.mjs and zxing-wasm")
	flag.Parse()
	if err := run(context.Background(), *samples, *folder); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, samples int, folder string) (err error) {
	temporary, err := os.MkdirTemp("", "robustness")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	z, err := startZXing(ctx, folder)
	if err != nil {
		return err
	}
	defer func() {
		if closed := z.close(); err == nil {
			err = closed
		}
	}()
	b := &bench{readers: []reader{zbar{}, z}, resolutions: []int{75, 100, 150, 300}, hardships: hardships,
		samples: samples, folder: temporary}
	var trials []*trial
	for _, layout := range layouts {
		for _, profile := range profiles {
			log.Print(layout.name, " ", profile)
			t, err := b.try(ctx, layout.name, layout.layout, profile)
			if err != nil {
				return err
			}
			trials = append(trials, t)
		}
	}
	return b.write(os.Stdout, trials, version(ctx), time.Now())
}

// version names the programs that drew and read the pages, with their versions.
func version(ctx context.Context) string {
	first := func(name, flag string) string {
		out, _ := exec.CommandContext(ctx, name, flag).CombinedOutput() // only for the reader of the table
		line, _, _ := strings.Cut(string(out), "\n")
		return strings.TrimPrefix(line, name+" version ")
	}
	return fmt.Sprintf("drawn by pdftoppm %s, read by zbarimg %s and zxing-wasm 3.1.4",
		first("pdftoppm", "-v"), first("zbarimg", "--version"))
}
