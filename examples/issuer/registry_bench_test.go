//go:build unix

package main

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/crowd"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// BenchmarkRegistry measures the registry's part of a first-level check under concurrent load: the cut-off
// and the record. It uses the registry in REGISTRY_DATA and REGISTRY_DB, with the first REGISTRY_PEOPLE of
// the crowd in it, which .ci/capacity.sh makes. Without these variables it makes a SQLite file of a thousand
// people.
func BenchmarkRegistry(b *testing.B) {
	people, err := strconv.Atoi(cmp.Or(os.Getenv("REGISTRY_PEOPLE"), "1000"))
	require.NoError(b, err)
	data := os.Getenv("REGISTRY_DATA")
	if data == "" {
		data = b.TempDir()
		file := filepath.Join(data, "crowd.jsonl")
		var lines bytes.Buffer
		require.NoError(b, crowd.Write(&lines, people))
		require.NoError(b, os.WriteFile(file, lines.Bytes(), 0o600))
		require.Equal(b, cli.OK, cli.Run(b.Context(), "issuer", about, commands(),
			asAnna([]string{"import", file, "-data", data}), cli.Streams{Out: b.Output(), Err: b.Output()}))
	}
	r, closed, err := app.OpenRegistry(b.Context(), data, os.Getenv("REGISTRY_DB"))
	require.NoError(b, err)
	defer closed()
	codes := make([]codicefiscale.Code, 1<<14)
	for i := range codes {
		codes[i], _ = crowd.Code(i * 7919 % people)
	}
	b.ResetTimer()
	began := processorTime(b)
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			cf := codes[i%len(codes)]
			if _, err := r.VoidBefore(b.Context(), cf); err != nil {
				b.Error(err)
			}
			if _, err := r.Lookup(b.Context(), cf); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "checks/s")
	b.ReportMetric(float64((processorTime(b)-began).Microseconds())/float64(b.N), "cpu-µs/check")
}

// processorTime returns the processor time of this process, which a busy machine changes less than elapsed
// time.
func processorTime(b *testing.B) time.Duration {
	var use syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &use))
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
