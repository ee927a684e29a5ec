//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// BenchmarkBatch checks the batch of a weekend: 10,000 files, three quarters PDF, the rest pictures,
// text and rubbish, with the program in a process of its own. It reports the files per second and the
// peak memory of the process.
func BenchmarkBatch(b *testing.B) {
	const files = 10_000
	w := newWorld(b, nil)
	dir := b.TempDir()
	fill(b, w, dir, files)
	for name, args := range map[string][]string{
		"offline": {"-offline"},
		"online":  {"-cf", mario},
	} {
		b.Run(name, func(b *testing.B) {
			var memory int64
			for b.Loop() {
				var errs bytes.Buffer
				c := program(append([]string{"check", "-jwks", w.jwks, "-issuer", w.server.URL, "-json",
					"-resume", filepath.Join(b.TempDir(), "results.jsonl"), dir}, args...)...)
				c.Stderr = &errs
				_ = c.Run()
				if code := c.ProcessState.ExitCode(); code != 2 || // cannot tell of some
					!bytes.Contains(errs.Bytes(), []byte("Cannot tell: ")) {
					b.Fatalf("exit code %d: %s", code, errs.String())
				}
				memory = max(memory, c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
			}
			b.ReportMetric(float64(files*b.N)/b.Elapsed().Seconds(), "files/s")
			b.ReportMetric(float64(memory)/1024, "MiB")
		})
	}
}

// fill writes files with mario's papers, a different one in each.
func fill(b *testing.B, w *world, dir string, files int) {
	b.Helper()
	for n := range files {
		text := w.text(b, time.Now().Add(-time.Duration(n)*time.Second), false)
		data, err := []byte(text), error(nil)
		var buffer bytes.Buffer
		switch n % 20 {
		case 0:
			data = data[:n%200] // rubbish
		case 1, 2:
			err = qrpdf.PNG{}.Write(&buffer, symbol(b, text))
			data = buffer.Bytes()
		case 3, 4:
		default:
			data = fmt.Appendf(nil,
				"%%PDF-1.7\n1 0 obj\n<< /Type /Annot /A << /S /URI /URI (%s) >> >>\nendobj\n%%%%EOF\n", text)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%05d", n)), data, 0o600)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
