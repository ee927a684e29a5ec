// Command benchtable reads the output of go test -bench on standard input and writes it as Markdown: a table
// for each package, in which each figure is the median of all runs of that benchmark. .ci/measure calls it.
package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	results, err := parse(os.Stdin, runtime.GOMAXPROCS(0))
	if err != nil {
		log.Fatal("benchtable: ", err)
	}
	header(os.Stdout, results, time.Now())
	results.write(os.Stdout)
}

// columns are the units with a column of their own; every other metric goes into the last one.
var columns = []string{"ns/op", "B/op", "allocs/op"}

type results struct {
	cpu      string
	packages []*pkg
}

type pkg struct {
	path       string
	benchmarks []*benchmark
}

type benchmark struct {
	name    string
	units   []string // in the order of the output
	samples map[string][]float64
}

// parse reads the lines of go test -bench; procs is the number that go test appends to each name.
func parse(r io.Reader, procs int) (*results, error) {
	res := &results{}
	var current *pkg
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		if path, ok := strings.CutPrefix(line, "pkg: "); ok {
			current = &pkg{path: path}
			res.packages = append(res.packages, current)
		} else if cpu, ok := strings.CutPrefix(line, "cpu: "); ok {
			res.cpu = cpu
		} else if fields := strings.Fields(line); current != nil && len(fields) >= 4 &&
			strings.HasPrefix(fields[0], "Benchmark") {
			name := strings.TrimSuffix(strings.TrimPrefix(fields[0], "Benchmark"), "-"+strconv.Itoa(procs))
			if err := current.benchmark(name).add(fields[2:]); err != nil {
				return nil, err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	res.packages = slices.DeleteFunc(res.packages, func(p *pkg) bool { return len(p.benchmarks) == 0 })
	if len(res.packages) == 0 {
		return nil, errors.New("no benchmark in the input")
	}
	return res, nil
}

func (p *pkg) benchmark(name string) *benchmark {
	for _, b := range p.benchmarks {
		if b.name == name {
			return b
		}
	}
	b := &benchmark{name: name, samples: map[string][]float64{}}
	p.benchmarks = append(p.benchmarks, b)
	return b
}

// add takes the pairs of value and unit that follow the number of iterations.
func (b *benchmark) add(fields []string) error {
	for pair := range slices.Chunk(fields, 2) {
		if len(pair) != 2 {
			return fmt.Errorf("%s: a value without a unit", b.name)
		}
		value, err := strconv.ParseFloat(pair[0], 64)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		unit := pair[1]
		if !slices.Contains(b.units, unit) {
			b.units = append(b.units, unit)
		}
		b.samples[unit] = append(b.samples[unit], value)
	}
	return nil
}

func header(w io.Writer, res *results, now time.Time) {
	cpu := cmp.Or(res.cpu, "unknown processor")
	fmt.Fprintf(w, "# Measurements\n\nWritten by `.ci/measure` on %s: %s on %s, %d cores, %s, %s/%s.\n",
		now.UTC().Format(time.DateOnly), res.figures(), cpu, runtime.NumCPU(), runtime.Version(),
		runtime.GOOS, runtime.GOARCH)
}

// figures says what each figure is: the result of one run, or the median of several.
func (res *results) figures() string {
	least, most := math.MaxInt, 0
	for _, p := range res.packages {
		for _, b := range p.benchmarks {
			least, most = min(least, b.runs()), max(most, b.runs())
		}
	}
	switch {
	case most == 1:
		return "one run of each benchmark"
	case least == most:
		return fmt.Sprintf("medians of %d runs", most)
	}
	return fmt.Sprintf("medians of %d to %d runs", least, most)
}

func (b *benchmark) runs() int { return len(b.samples[b.units[0]]) }

func (res *results) write(w io.Writer) {
	for _, p := range res.packages {
		fmt.Fprintf(w,
			"\n## %s\n\n| benchmark | runs | ns/op | B/op | allocs/op | other |\n|---|--:|--:|--:|--:|---|\n",
			p.path)
		for _, b := range p.benchmarks {
			row := []string{b.name, strconv.Itoa(b.runs())}
			for _, unit := range columns {
				row = append(row, b.median(unit))
			}
			var other []string
			for _, unit := range b.units {
				if !slices.Contains(columns, unit) {
					other = append(other, b.median(unit)+" "+unit)
				}
			}
			row = append(row, strings.Join(other, ", "))
			fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
		}
	}
}

// median is empty for a unit that the benchmark does not report.
func (b *benchmark) median(unit string) string {
	samples := slices.Sorted(slices.Values(b.samples[unit]))
	n := len(samples)
	if n == 0 {
		return ""
	}
	return number((samples[(n-1)/2] + samples[n/2]) / 2)
}

// number writes three significant digits, or all digits before the point with a comma between thousands.
func number(v float64) string {
	if v < 100 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	digits := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
