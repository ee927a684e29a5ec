package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/qr-invalidita/attesta/examples/lab/outside"
)

// used is processor time, by part.
type used [parts]time.Duration

// The parts. The desks are this process; the issuer is what it has started, except the proxies.
const (
	desks = iota
	issuer
	proxy
	postgres
	redis
	parts
)

func (u used) sum() (sum time.Duration) {
	for _, t := range u {
		sum += t
	}
	return sum
}

// A slice is a short time in which one thing is measured.
type slice struct {
	measured
	used // for one answer
}

const (
	rounds = 7
	// sliceTime is the time of a slice, and answersOf the number of answers in one of the second level.
	sliceTime = 2 * time.Second
	answersOf = 240
)

// comparison measures in turn: others who use the machine disturb a slice and its baseline alike.
type comparison struct {
	o         options
	servers   []int // PostgreSQL and Redis
	baselines fleets
}

// slice measures run.
func (c *comparison) slice(run func() (measured, error)) (s slice, err error) {
	before, err := c.used()
	if err != nil {
		return s, err
	}
	if s.measured, err = run(); err != nil {
		return s, err
	}
	after, err := c.used()
	for i := range after {
		s.used[i] = (after[i] - before[i]) / time.Duration(max(len(s.took), 1))
	}
	return s, err
}

func (c *comparison) used() (used, error) {
	roots := append([]int{os.Getpid()}, c.servers...)
	for _, f := range slices.Concat(c.baselines, c.o.fleets) {
		if f.proxy != nil {
			roots = append(roots, f.proxy.Process.Pid)
		}
	}
	all, err := processorTimes(roots)
	if err != nil {
		return used{}, err
	}
	var own syscall.Rusage
	err = syscall.Getrusage(syscall.RUSAGE_SELF, &own)
	u := used{desks: time.Duration(own.Utime.Nano() + own.Stime.Nano()), postgres: all[1], redis: all[2]}
	u[issuer] = all[0] - u[desks]
	for _, t := range all[3:] {
		u[proxy] += t
	}
	return u, err
}

func (c *comparison) checks(ctx context.Context, f *fleet, desks int) (slice, error) {
	return c.slice(func() (measured, error) {
		return repeat(ctx, desks, sliceTime, func(ctx context.Context, _ int) error {
			return f.ask(ctx, int(f.asked.Add(1)))
		})
	})
}

// compare prints what the fleets do, each beside its baseline.
func compare(ctx context.Context, o options, services *outside.Services) error {
	c := &comparison{o: o}
	for _, text := range strings.Fields(o.servers) {
		pid, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		c.servers = append(c.servers, pid)
	}
	if len(c.servers) != 2 {
		return errors.New("-servers are two process IDs, of PostgreSQL and of Redis")
	}
	for _, f := range o.fleets {
		defer f.stop()
		if err := f.start(ctx, o, services); err != nil {
			return err
		}
		if _, err := c.checks(ctx, f, o.desks); err != nil { // caches fill
			return err
		}
	}
	if err := c.firstLevel(ctx); err != nil {
		return err
	}
	for _, f := range o.fleets {
		if f.redis == "" || o.bench == "" {
			continue
		}
		if err := c.secondLevel(ctx, f, services); err != nil {
			return err
		}
	}
	return nil
}

// firstLevel compares checks with those of the bare handler, and that with what HTTP and the proxy cost.
func (c *comparison) firstLevel(ctx context.Context) error {
	first := c.o.fleets[0]
	bodies, err := first.services[0].papers(ctx, c.o.people)
	if err != nil {
		return err
	}
	c.baselines = fleets{{name: "bare handler", replicas: 1},
		{name: "bare handler, two processes behind HAProxy", replicas: 2},
		{name: "empty handler", replicas: 1, path: emptyPath}}
	for _, f := range c.baselines {
		defer f.stop()
		if err := f.startBare(first.data, c.o.desks, bodies); err != nil {
			return err
		}
	}
	all := slices.Concat(c.baselines, c.o.fleets)
	measured := make([][]slice, len(all))
	for range rounds {
		for i, f := range all {
			s, err := c.checks(ctx, f, c.o.desks)
			if err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
			measured[i] = append(measured[i], s)
		}
	}
	printHead("checks/s", "the bare handler")
	for i, f := range all {
		printRow(f.name, measured[i], measured[0])
	}
	for i, f := range c.o.fleets {
		printCeiling(f, measured[i+len(c.baselines)])
	}
	return nil
}

func printHead(rate, base string) {
	fmt.Printf("| what | %s | of %s | of its processor time | desks | issuer | HAProxy | PostgreSQL | "+
		"Redis | half within | 99 of 100 within |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
		rate, base)
}

// printRow prints the medians of slices, and of their ratios to those of the baseline.
func printRow(name string, of, base []slice) {
	var rates, usedTimes []float64
	var all measured
	for i, s := range of {
		rates = append(rates, s.rate()/base[i].rate())
		usedTimes = append(usedTimes, float64(base[i].sum())/float64(s.sum()))
		all.took = append(all.took, s.took...)
	}
	fmt.Printf("| %s | %.0f | %.2f | %.2f |", name, median(each(of, slice.rate)), median(rates),
		median(usedTimes))
	for _, t := range medians(of) {
		fmt.Printf(" %d µs |", t.Microseconds())
	}
	fmt.Printf(" %s | %s |\n", all.at(50), all.at(99))
}

// medians returns the medians of the processor times.
func medians(of []slice) (u used) {
	for i := range u {
		u[i] = median(each(of, func(s slice) time.Duration { return s.used[i] }))
	}
	return u
}

// printCeiling prints what a core of each part can do.
func printCeiling(f *fleet, of []slice) {
	u := medians(of)
	core := func(t time.Duration) int { return int(time.Second / max(t, time.Microsecond)) }
	switch {
	case f.db == "":
		fmt.Printf("\n%s: C cores answer C × %d checks a second.\n", f.name, core(u[issuer]))
	case f.redis == "":
		fmt.Printf("\n%s: R processes with C cores each, and PostgreSQL with P, answer "+
			"min(R × C × %d, P × %d) checks a second.\n", f.name, core(u[issuer]), core(u[postgres]))
	default:
		fmt.Printf("\n%s: R processes with C cores each, and PostgreSQL with P, answer "+
			"min(R × C × %d, P × %d, %d) checks a second. The last is Redis, which has one core: "+
			"the ceiling of the fleet.\n", f.name, core(u[issuer]), core(u[postgres]), core(u[redis]))
	}
}

func each[T, R any](list []T, of func(T) R) (out []R) {
	for _, v := range list {
		out = append(out, of(v))
	}
	return out
}

func median[T cmp.Ordered](list []T) T {
	list = slices.Clone(list)
	slices.Sort(list)
	return list[len(list)/2]
}

// secondLevel compares answers to codes with transactions of pgbench -N, and the first level alone with the
// first level on half of the desks while the other half answers codes.
func (c *comparison) secondLevel(ctx context.Context, f *fleet, services *outside.Services) error {
	s := *f.services[0]
	s.url = f.url
	all := s.consents(c.o, services)
	var bench, answers, alone, beside []slice
	next := 0
	prepare := func() (list []consent, err error) {
		list = make([]consent, answersOf)
		from := next
		next += answersOf
		_, err = times(ctx, c.o.desks, answersOf, func(ctx context.Context, n int) (err error) {
			list[n], err = all.ask(ctx, from+n)
			return err
		})
		return list, err
	}
	answer := func(desks int, list []consent) (measured, error) {
		return times(ctx, desks, len(list), func(ctx context.Context, n int) error {
			return all.answer(ctx, list[n])
		})
	}
	for range rounds {
		list, err := prepare()
		if err != nil {
			return err
		}
		b, err := c.slice(func() (measured, error) { return c.pgbench(ctx) })
		if err != nil {
			return err
		}
		a, err := c.slice(func() (measured, error) { return answer(c.o.desks, list) })
		if err != nil {
			return err
		}
		bench, answers = append(bench, b), append(answers, a)

		if list, err = prepare(); err != nil {
			return err
		}
		one, err := c.checks(ctx, f, c.o.desks)
		if err != nil {
			return err
		}
		ended := make(chan error, 1)
		while, cancel := context.WithCancel(ctx)
		go func() {
			_, err := answer(c.o.desks/2, list)
			cancel()
			ended <- err
		}()
		two, err := c.checks(while, f, c.o.desks/2)
		if err := errors.Join(err, <-ended); err != nil {
			return err
		}
		alone, beside = append(alone, one), append(beside, two)
	}
	fmt.Println()
	printHead("calls/s", "the row before")
	printRow("pgbench -N", bench, bench)
	printRow("answers to codes, "+f.name, answers, bench)
	printRow(fmt.Sprintf("first level alone, %d desks", c.o.desks), alone, alone)
	printRow(fmt.Sprintf("first level, %d desks beside as many with answers", c.o.desks/2), beside, alone)
	return nil
}

// times runs do with the numbers below n, on several desks, and measures it.
func times(ctx context.Context, desks, n int,
	do func(context.Context, int) error) (m measured, failed error) {
	var mu sync.Mutex
	var next atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range desks {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				began := time.Now()
				err := do(ctx, i)
				mu.Lock()
				failed = errors.Join(failed, err)
				m.took = append(m.took, time.Since(began))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	m.all = time.Since(began)
	return m, failed
}

// pgbench runs transactions of "pgbench -N" on as many connections as there are desks. It tells the average
// of their times.
func (c *comparison) pgbench(ctx context.Context) (m measured, err error) {
	at := strings.Fields(c.o.bench)
	if len(at) != 3 {
		return m, errors.New("-bench is not HOST PORT NAME")
	}
	cmd := exec.CommandContext(ctx, "pgbench", "-n", "-N", "-c", strconv.Itoa(c.o.desks), "-j", "2", "-T",
		strconv.Itoa(int(sliceTime.Seconds())), "-U", "postgres", "-h", at[0], "-p", at[1], at[2])
	text, err := cmd.Output()
	if err != nil {
		return m, err
	}
	var n, rate, average float64 // the last in milliseconds
	for label, value := range map[string]*float64{"number of transactions actually processed: ": &n,
		"tps = ": &rate, "latency average = ": &average} {
		_, after, _ := bytes.Cut(text, []byte(label))
		if _, err := fmt.Sscan(string(after), value); err != nil {
			return m, err
		}
	}
	m.took = slices.Repeat([]time.Duration{time.Duration(average * float64(time.Millisecond))}, int(n))
	m.all = time.Duration(n / rate * float64(time.Second))
	return m, nil
}
