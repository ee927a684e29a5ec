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
)

// A fleet is the issuer in one configuration: replicas on one database, behind HAProxy if there are several.
type fleet struct {
	name, data, db, redis string
	replicas              int
	program               string // empty: that of the options

	services []*service
	proxy    *exec.Cmd
	url      string
	ask      func(context.Context, int) error
	asked    atomic.Int64 // the addresses of callers go on from slice to slice
}

// fleets is a flag.Value.
type fleets []*fleet

func (f *fleets) String() string { return "" }

func (f *fleets) Set(text string) error {
	parts := strings.Split(text+"|", "|")
	if len(parts) < 6 {
		return errors.New("want NAME|DATA|DB|REDIS|REPLICAS or NAME|DATA|DB|REDIS|REPLICAS|PROGRAM")
	}
	n, err := strconv.Atoi(parts[4])
	*f = append(*f, &fleet{name: parts[0], data: parts[1], db: parts[2], redis: parts[3], replicas: n,
		program: parts[5]})
	return err
}

// start starts the replicas and the proxy.
func (f *fleet) start(ctx context.Context, o options, outside *outside) error {
	o.data, o.db, o.redis, o.program = f.data, f.db, f.redis, cmp.Or(f.program, o.program)
	var servers strings.Builder
	for range f.replicas {
		s, err := startService(ctx, o, outside)
		if err != nil {
			return err
		}
		f.services = append(f.services, s)
		fmt.Fprintf(&servers, "  server s%d %s\n", len(f.services), s.addr)
	}
	f.url = f.services[0].url
	if f.replicas > 1 {
		addr, err := freeAddr()
		if err != nil {
			return err
		}
		if f.proxy, err = startProxy(addr, servers.String()); err != nil {
			return err
		}
		f.url = "http://" + addr
	}
	bodies, err := f.services[0].papers(ctx, o.people)
	f.ask = checker(f.url, o.desks, bodies)
	return err
}

// startProxy starts HAProxy, which passes requests on as with docs/haproxy.cfg, without TLS.
func startProxy(addr, servers string) (*exec.Cmd, error) {
	config, err := os.CreateTemp("", "haproxy")
	if err != nil {
		return nil, err
	}
	defer os.Remove(config.Name())
	fmt.Fprintf(config, `defaults
  mode http
  option forwardfor
  timeout connect 2s
  timeout client 70s
  timeout server 70s
  timeout check 2s # the machine is busy
  default-server check inter 250ms fall 1 rise 2
frontend public
  bind %s
  http-request set-header X-Request-Id %%[uuid()]
  default_backend able
backend able
  option httpchk GET /readyz/deep
%s`, addr, servers)
	if err := config.Close(); err != nil {
		return nil, err
	}
	return startBeside("http://"+addr+"/readyz", "haproxy", "-db", "-f", config.Name())
}

// startBeside starts a program that ends with this one, and waits until it is ready.
func startBeside(ready, program string, args ...string) (*exec.Cmd, error) {
	cmd := exec.Command(program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return cmd, await(context.Background(), ready)
}

func (f *fleet) stop() {
	if f.proxy != nil {
		f.proxy.Process.Kill()
		f.proxy.Wait()
	}
	for _, s := range f.services {
		s.stop()
	}
}

// used is processor time: of the desks, which are this process, of the issuer with its proxy, and of the two
// database servers.
type used struct{ desks, issuer, postgres, redis time.Duration }

func (u used) sum() time.Duration { return u.desks + u.issuer + u.postgres + u.redis }

// A slice is a short time in which one thing is measured.
type slice struct {
	measured
	used // for one answer
}

const (
	rounds = 7
	// sliceTime is the time of a slice, and answersOf the number of answers in one of the second level.
	sliceTime = 2 * time.Second
	answersOf = 320
)

// comparison measures in turn: others who use the machine disturb a slice and its baseline alike.
type comparison struct {
	o       options
	servers []int // PostgreSQL and Redis
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
	each := func(before, after time.Duration) time.Duration {
		return (after - before) / time.Duration(max(len(s.took), 1))
	}
	s.used = used{each(before.desks, after.desks), each(before.issuer, after.issuer),
		each(before.postgres, after.postgres), each(before.redis, after.redis)}
	return s, err
}

func (c *comparison) used() (used, error) {
	all, err := processorTimes(append([]int{os.Getpid()}, c.servers...))
	if err != nil {
		return used{}, err
	}
	var own syscall.Rusage
	err = syscall.Getrusage(syscall.RUSAGE_SELF, &own)
	desks := time.Duration(own.Utime.Nano() + own.Stime.Nano())
	return used{desks, all[0] - desks, all[1], all[2]}, err
}

func (c *comparison) checks(ctx context.Context, f *fleet, desks int) (slice, error) {
	return c.slice(func() (measured, error) {
		return repeat(ctx, desks, sliceTime, func(ctx context.Context, _ int) error {
			return f.ask(ctx, int(f.asked.Add(1)))
		})
	})
}

// compare prints what the fleets do, each beside its baseline.
func compare(ctx context.Context, o options, outside *outside) error {
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
		if err := f.start(ctx, o, outside); err != nil {
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
		if err := c.secondLevel(ctx, f, outside); err != nil {
			return err
		}
	}
	return nil
}

// firstLevel compares checks with those of the bare handler.
func (c *comparison) firstLevel(ctx context.Context) error {
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	first := c.o.fleets[0]
	program, err := os.Executable()
	if err != nil {
		return err
	}
	_, err = startBeside("http://"+addr+"/readyz", program, "-bare", addr, "-data", first.data)
	if err != nil {
		return err
	}
	bodies, err := first.services[0].papers(ctx, c.o.people)
	if err != nil {
		return err
	}
	bare := &fleet{name: "bare handler", ask: checker("http://"+addr, c.o.desks, bodies)}
	all := append([]*fleet{bare}, c.o.fleets...)
	slices := make([][]slice, len(all))
	for range rounds {
		for i, f := range all {
			s, err := c.checks(ctx, f, c.o.desks)
			if err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
			slices[i] = append(slices[i], s)
		}
	}
	printHead("checks/s", "the bare handler")
	for i, f := range all {
		printRow(f.name, slices[i], slices[0])
	}
	return nil
}

func printHead(rate, base string) {
	fmt.Printf("| what | %s | of %s | of its processor time | desks | issuer | PostgreSQL | Redis | half of them "+
		"within | 99 of 100 within |\n|---|---|---|---|---|---|---|---|---|---|\n", rate, base)
}

// printRow prints the medians of slices, and of their ratios to those of the baseline.
func printRow(name string, of, base []slice) {
	var rate, share, desks, issuer, postgres, redis, usedShare []float64
	var all measured
	for i, s := range of {
		rate = append(rate, s.rate())
		share = append(share, s.rate()/base[i].rate())
		desks = append(desks, float64(s.desks.Microseconds()))
		issuer = append(issuer, float64(s.issuer.Microseconds()))
		postgres = append(postgres, float64(s.postgres.Microseconds()))
		redis = append(redis, float64(s.redis.Microseconds()))
		usedShare = append(usedShare, float64(base[i].sum())/float64(s.sum()))
		all.took = append(all.took, s.took...)
	}
	fmt.Printf("| %s | %.0f | %.2f | %.2f | %.0f µs | %.0f µs | %.0f µs | %.0f µs | %s | %s |\n", name,
		median(rate), median(share), median(usedShare), median(desks), median(issuer), median(postgres),
		median(redis), all.at(50), all.at(99))
}

func median[T cmp.Ordered](list []T) T {
	list = slices.Clone(list)
	slices.Sort(list)
	return list[len(list)/2]
}

// secondLevel compares answers to codes with transactions of pgbench -N, and the first level alone with the
// first level on half of the desks while the other half answers codes.
func (c *comparison) secondLevel(ctx context.Context, f *fleet, outside *outside) error {
	s := *f.services[0]
	s.url = f.url
	all := s.consents(c.o, outside)
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
		go func() {
			_, err := answer(c.o.desks/2, list)
			ended <- err
		}()
		two, err := c.checks(ctx, f, c.o.desks/2)
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
	_, after, _ := bytes.Cut(text, []byte("number of transactions actually processed: "))
	var n int
	if _, err := fmt.Sscan(string(after), &n); err != nil {
		return m, err
	}
	_, after, _ = bytes.Cut(text, []byte("tps = "))
	var tps float64
	if _, err := fmt.Sscan(string(after), &tps); err != nil {
		return m, err
	}
	_, after, _ = bytes.Cut(text, []byte("latency average = "))
	var average float64 // milliseconds
	if _, err := fmt.Sscan(string(after), &average); err != nil {
		return m, err
	}
	m.took = slices.Repeat([]time.Duration{time.Duration(average * float64(time.Millisecond))}, n)
	m.all = time.Duration(float64(n)/tps*float64(time.Second))
	return m, nil
}
