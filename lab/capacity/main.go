// Command capacity measures the issuer as a whole, over HTTP on this machine: checks at the first level, and
// consents by a code with what they disclose. It prints a row of a Markdown table. With -fleet it measures
// several configurations and their baselines in turn, and prints the ratios. The people of package crowd
// must be in the issuer's registry: -write makes the file of them that "issuer import" reads.
// .ci/capacity.sh calls it.
//
// The load shares the processors with the service and with the database server, if there is one. A service
// that has the machine to itself does more.
package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/crowd"
	"github.com/qr-invalidita/attesta/examples/lab/outside"
)

type options struct {
	program, data, db, redis, engine string
	write, bare                      string
	people, desks                    int
	share                            int // processes that share the processors; 0: one
	fleets                           fleets
	bench, servers                   string
	first, second                    time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.program, "program", "", "the issuer's `PROGRAM`")
	flag.StringVar(&o.data, "data", "", "its data `FOLDER`")
	flag.StringVar(&o.db, "db", "", "its database")
	flag.StringVar(&o.redis, "redis", "", "its Redis")
	flag.StringVar(&o.engine, "engine", "", "the name of the engine in the row")
	flag.IntVar(&o.people, "people", 1000, "how many are in the registry")
	flag.IntVar(&o.desks, "desks", 16, "how many ask at the same time")
	flag.DurationVar(&o.first, "first", 20*time.Second, "how long to ask at the first level")
	flag.DurationVar(&o.second, "second", 15*time.Second, "how long to ask for consents")
	flag.StringVar(&o.write, "write", "", "only write the people to this `FILE`, as the issuer imports them")
	flag.StringVar(&o.bare, "bare", "", "only serve the baseline of a check at this `ADDRESS`, with -data")
	flag.Var(&o.fleets, "fleet", "compare with baselines: `NAME|DATA|DB|REDIS|REPLICAS`; several times")
	flag.StringVar(&o.bench, "bench", "", "with -fleet: the database of pgbench, `HOST PORT NAME`")
	flag.StringVar(&o.servers, "servers", "", "with -fleet: the process IDs of the database servers")
	flag.Parse()
	outside.Main(func(ctx context.Context) error { return run(ctx, o) })
}

func run(ctx context.Context, o options) error {
	if o.write != "" {
		return crowd.WriteFile(o.write, o.people)
	}
	if o.bare != "" {
		return serveBare(ctx, o.bare, o.data)
	}
	services, err := outside.New()
	if err != nil {
		return err
	}
	defer services.Close()
	if len(o.fleets) > 0 {
		return compare(ctx, o, services)
	}
	s, err := startService(ctx, o, services)
	if err != nil {
		return err
	}
	defer s.stop()
	idle, err := s.memory()
	if err != nil {
		return err
	}
	first, err := s.firstLevel(ctx, o)
	if err != nil {
		return err
	}
	second, err := s.secondLevel(ctx, o, services)
	if err != nil {
		return err
	}
	busy, err := s.memory()
	if err != nil {
		return err
	}
	fmt.Printf("| %s | %d | %.0f | %s | %s | %.0f | %s | %s | %d MiB | %d MiB |\n", o.engine, o.people,
		first.rate(), first.at(50), first.at(99), second.rate(), second.at(50), second.at(99), idle>>20,
		busy>>20)
	return nil
}
