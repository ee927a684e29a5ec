//go:build linux

// Command faults runs two replicas of the issuer behind the documented HAProxy, on one PostgreSQL and one
// Redis, asks them all the time about people whose right answers are known, and makes one fault after
// another. It prints a Markdown table of all answers by kind. Its exit code is 1 if an answer was false, an
// acknowledged write was lost, a code was taken twice, or an answer was outside the contract.
//
// Each replica is on a machine of its own, a network namespace with one cable to the balancer and one to the
// servers, and each server has a small disk of its own. So the program needs root and namespaces that nobody
// else uses, with which all its processes and disks end: .ci/faults.sh starts it by unshare.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/qr-invalidita/attesta/examples/lab/outside"
)

type options struct{ program, shifted, work, docs, journal, only string }

func main() {
	var o options
	flag.StringVar(&o.program, "program", "", "the issuer's `PROGRAM`")
	flag.StringVar(&o.shifted, "shifted", "", "the same `PROGRAM` with its clock FAULT_CLOCK seconds ahead")
	flag.StringVar(&o.work, "work", "", "an empty `FOLDER` that every user can enter")
	flag.StringVar(&o.docs, "docs", "docs", "the `FOLDER` of haproxy.cfg")
	flag.StringVar(&o.journal, "journal", "", "the issuer's `JOURNAL`, after which no rollback may lie")
	flag.StringVar(&o.only, "only", "", "only the faults whose names contain this `TEXT`")
	flag.Parse()
	outside.Main(func(ctx context.Context) error { return table(ctx, o) })
}

func table(ctx context.Context, o options) error {
	s, err := open(ctx, o)
	if err != nil {
		return err
	}
	l, err := newLoad(ctx, s)
	if err != nil {
		return err
	}
	fmt.Println("| fault | right | cannot tell | problem+json | no answer | other | **false** | " +
		"writes lost | codes taken twice | key set | slowest answer | what it had to be |\n" +
		"|---|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|---|")
	var failed error
	for _, f := range faults() {
		if !strings.Contains(f.name, o.only) {
			continue
		}
		if err := l.row(ctx, f); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", f.name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return failed
}
