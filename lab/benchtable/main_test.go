package main

import (
	"strings"
	"testing"
	"time"
)

const output = `goos: linux
goarch: amd64
pkg: example.org/empty
PASS
ok  	example.org/empty	0.1s
goos: linux
goarch: amd64
pkg: example.org/token
cpu: Some Processor
BenchmarkSign/ES256-2 	   10	 300 ns/op	  0.90 x-raw	 64 B/op	 2 allocs/op
BenchmarkSign/ES256-2 	   10	 100 ns/op	  0.80 x-raw	 64 B/op	 2 allocs/op
BenchmarkSign/ES256-2 	   10	 200 ns/op	  0.96 x-raw	 64 B/op	 2 allocs/op
BenchmarkVersion-13-2 	    1	 1234567 ns/op
BenchmarkVersion-13-2 	    1	 1234569 ns/op
--- BENCH: BenchmarkVersion-13-2
    x_test.go:1: a log line
PASS
ok  	example.org/token	3.2s
pkg: example.org/qrpdf
cpu: Some Processor
BenchmarkPNG-2 	 5	 12.345 ns/op	 0 B/op	 0 allocs/op
`

const want = `
## example.org/token

| benchmark | runs | ns/op | B/op | allocs/op | other |
|---|--:|--:|--:|--:|---|
| Sign/ES256 | 3 | 200 | 64 | 2 | 0.9 x-raw |
| Version-13 | 2 | 1,234,568 |  |  |  |

## example.org/qrpdf

| benchmark | runs | ns/op | B/op | allocs/op | other |
|---|--:|--:|--:|--:|---|
| PNG | 1 | 12.3 | 0 | 0 |  |
`

func TestTable(t *testing.T) {
	res, err := parse(strings.NewReader(output), 2)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	res.write(&table)
	if table.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", table.String(), want)
	}
	var head strings.Builder
	header(&head, res, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	if !strings.Contains(head.String(), "on 2026-01-02: medians of 1 to 3 runs on Some Processor") {
		t.Errorf("header: %s", head.String())
	}
}

func TestFigures(t *testing.T) {
	const line = "BenchmarkX-2 1 2 ns/op\n"
	for input, want := range map[string]string{line: "one run of each benchmark",
		line + line: "medians of 2 runs"} {
		res, err := parse(strings.NewReader("pkg: example.org/a\n"+input), 2)
		if err != nil {
			t.Fatal(err)
		}
		if got := res.figures(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, input := range map[string]string{
		"nothing":              "",
		"no benchmark":         "pkg: example.org/a\nPASS\nok  \texample.org/a\t0.1s\n",
		"a value, not a unit":  "pkg: example.org/a\nBenchmarkX-2 1 2 ns/op 3\n",
		"a word for the value": "pkg: example.org/a\nBenchmarkX-2 1 two ns/op\n",
	} {
		if _, err := parse(strings.NewReader(input), 2); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
