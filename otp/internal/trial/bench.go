package trial

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
)

// Bench measures Start and Verify with 1 and 16 callers, each on its own challenge and with every limit on,
// beside bare, the smallest possible write of the server. It runs them in turns, so that others who use the
// machine disturb all three alike. x-bare is the number of bare writes that take as long, the median of the
// turns; cpu-x-bare is the number that use as much processor time of this process and its servers, which the
// system counts in ticks of 10 ms: too few with one caller. Garbage is collected as in the issuer
// (examples/issuer/memory.go).
func Bench(b *testing.B, backend Backend, bare func(ctx context.Context, n int) error) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	for _, callers := range []int{1, 16} {
		b.Run(strconv.Itoa(callers), func(b *testing.B) {
			size, run, sent := 20*callers, runs.Add(1), &byID{}
			g, answers := newChallenges(b, backend, sent, nil), make([]otp.VerifyRequest, size)
			var took, ratios [3][]float64
			var used [3]float64
			for turn := range b.N + 1 {
				for i, op := range []func(n int) error{
					func(n int) error { return bare(context.Background(), turn*size+n) },
					func(n int) error {
						q := person(fmt.Sprintf("bench %d %d %d", run, turn, n))
						c, err := g.Start(context.Background(), q)
						answers[n] = answer(q, c.ID, sent.code(c.ID))
						return err
					},
					func(n int) error {
						_, err := g.Verify(context.Background(), answers[n])
						return err
					},
				} {
					before := children(b)
					_, own := ticks("/proc/self")
					began := time.Now()
					parallel(b, callers, size, op)
					d := float64(time.Since(began))
					_, after := ticks("/proc/self")
					if turn == 0 {
						continue // plans, scripts and connections are made
					}
					took[i] = append(took[i], d)
					ratios[i] = append(ratios[i], d/took[0][turn-1])
					used[i] += after - own + children(b) - before
				}
			}
			b.ReportMetric(0, "ns/op") // of a turn: not shown
			for i, name := range []string{"bare", "start", "verify"} {
				b.ReportMetric(median(took[i])/float64(size)/1000, name+"-µs")
				if i > 0 {
					b.ReportMetric(median(ratios[i]), name+"-x-bare")
					b.ReportMetric(used[i]/used[0], name+"-cpu-x-bare")
				}
			}
		})
	}
}

// runs makes the persons of one run differ from those of the previous run.
var runs atomic.Int64

// parallel calls op n times from the given number of callers.
func parallel(b *testing.B, callers, n int, op func(n int) error) {
	var next atomic.Int64
	errs := make(chan error, callers)
	for range callers {
		go func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					errs <- nil
					return
				}
				if err := op(i); err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	for range callers {
		require.NoError(b, <-errs)
	}
}

func median(v []float64) float64 { return slices.Sorted(slices.Values(v))[len(v)/2] }

// children is what the children of this process and theirs have used, in ticks of processor time.
func children(b *testing.B) (sum float64) {
	files, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(b, err)
	parents, used := map[int]int{}, map[int]float64{}
	for _, file := range files {
		pid, _ := strconv.Atoi(filepath.Base(file))
		parents[pid], used[pid] = ticks(file)
	}
	for pid, n := range used {
		for at := parents[pid]; at > 1; at = parents[at] {
			if at == os.Getpid() {
				sum += n
			}
		}
	}
	return sum
}

// ticks returns the parent of a process and the processor time that it and its ended children have used.
func ticks(dir string) (parent int, used float64) {
	text, _ := os.ReadFile(dir + "/stat") // empty: it has ended
	// After the name: state, ppid, ... utime, stime, cutime, cstime (proc(5)).
	if f := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])); len(f) > 14 {
		parent, _ = strconv.Atoi(f[1])
		for _, t := range f[11:15] {
			n, _ := strconv.ParseFloat(t, 64)
			used += n
		}
	}
	return parent, used
}
