//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"time"
)

// fault is a row of the table.
type fault struct {
	name string
	long time.Duration // between the two steps
	// want is what every answer must be between the two steps, later than a second after the first one. Empty
	// means that it may be any that is not false and of the contract.
	want string
	// always means that it must be that from the first moment on.
	always     bool
	make, heal func(context.Context, *load) error
	// noticed replaces the judgement on lost writes, and without a journal on false answers: it returns who
	// notices them, or an error.
	noticed func(context.Context, *load) (string, error)
}

func (l *load) row(ctx context.Context, f fault) error {
	l.reset()
	end := l.begin(ctx)
	time.Sleep(3 * time.Second)
	since := time.Now()
	if !f.always {
		since = since.Add(time.Second)
	}
	l.mu.Lock()
	l.count.since = since
	l.mu.Unlock()
	err := f.make(ctx, l)
	time.Sleep(f.long)
	l.mu.Lock()
	l.count.until = time.Now()
	l.mu.Unlock()
	if f.heal != nil {
		err = errors.Join(err, f.heal(ctx, l))
	}
	for _, r := range l.replicas {
		err = errors.Join(err, r.await(ctx))
	}
	time.Sleep(2 * time.Second)
	end()
	slowest := l.count.slowest
	err = errors.Join(err, l.replay(ctx))
	c := &l.count
	want := f.want
	unwanted := maps.Clone(c.late)
	delete(unwanted, f.want)
	if want != "" && len(unwanted) > 0 {
		err = errors.Join(err, fmt.Errorf("not only %q: %s", f.want, list(unwanted)))
	}
	silent := 0
	for text, n := range c.silent {
		silent += n
		fmt.Fprintln(os.Stderr, f.name, "no answer:", n, text)
	}
	lies := c.falsely + c.lostWrites
	if f.noticed != nil {
		by, bad := f.noticed(ctx, l)
		err = errors.Join(err, bad)
		want, lies = "noticed by "+by, 0
		if l.journal != "" {
			lies = c.falsely
		}
	}
	if lies > 0 {
		err = errors.Join(err, fmt.Errorf("false or lost: %v", c.lies))
	}
	if c.twice > 0 || len(c.other) > 0 || c.right == 0 {
		err = errors.Join(err, errors.New("a code was taken twice, or an answer was outside the contract"))
	}
	if want != "" && f.noticed == nil && !f.always {
		want += ", after a second"
	}
	fmt.Printf("| %s | %d | %d | %s | %d | %s | **%d** | %d | %d | %d of %d | %.1f s | %s |\n", f.name,
		c.right, c.cannot, list(c.problems), silent, list(c.other), c.falsely, c.lostWrites, c.twice,
		c.keySets-c.noKeySets, c.keySets, slowest.Seconds(), want)
	return err
}

// On the site these are done without more.
func (l *load) one() *replica { return l.replicas[0] }
func (l *load) two() *replica { return l.replicas[1] }

func do(act func(*load) error) func(context.Context, *load) error {
	return func(_ context.Context, l *load) error { return act(l) }
}

func sql(statement string) func(context.Context, *load) error {
	return func(ctx context.Context, l *load) error {
		_, err := l.query(ctx, statement)
		return err
	}
}

func shell(script string) func(context.Context, *load) error {
	return func(ctx context.Context, l *load) error { return run(ctx, "cd "+l.work+"\n"+script) }
}

// and does one after the other.
func and(acts ...func(context.Context, *load) error) func(context.Context, *load) error {
	return func(ctx context.Context, l *load) (err error) {
		for _, act := range acts {
			err = errors.Join(err, act(ctx, l))
		}
		return err
	}
}

var (
	readOnly = "ALTER SYSTEM SET default_transaction_read_only = "
	reload   = sql("SELECT pg_reload_conf()")
)

func faults() []fault {
	const right, problem = "right", "problem"
	list := []fault{
		{name: "none", long: 5 * time.Second, want: right, always: true, make: shell("")},
		{name: "a replica: kill -9, started again", long: 4 * time.Second, want: right,
			make: do(func(l *load) error { return l.two().kill() }),
			heal: do(func(l *load) error { return l.two().start() })},
		{name: "rolling restart of both", want: right, always: true,
			make: func(ctx context.Context, l *load) error {
				err := l.one().restart(ctx)
				time.Sleep(time.Second) // until the balancer has it again
				return errors.Join(err, l.two().restart(ctx))
			}},
		{name: "PostgreSQL: killed, started again", long: 5 * time.Second,
			make: do(func(l *load) error { return l.postgres.Kill() }),
			heal: do(func(l *load) error { return l.postgres.Start() })},
		{name: "PostgreSQL: restarted", make: do(func(l *load) error {
			return errors.Join(l.postgres.Stop(), l.postgres.Start())
		})},
		{name: "PostgreSQL: frozen for 20 s", long: 20 * time.Second, want: problem,
			make: do(func(l *load) error { return l.postgres.Freeze() }),
			heal: do(func(l *load) error { return l.postgres.Thaw() })},
		{name: "PostgreSQL: read-only", long: 6 * time.Second,
			make: and(sql(readOnly+"on"), reload), heal: and(sql(readOnly+"off"), reload)},
		{name: "PostgreSQL: disk full", long: 10 * time.Second,
			make: shell("cat /dev/zero >postgres/full || true"),
			heal: and(shell("rm postgres/full"), do(func(l *load) error {
				l.postgres.Kill() // it may have ended itself
				return l.postgres.Start()
			}))},
		{name: "Redis: killed, started again", long: 5 * time.Second, want: problem,
			make: do(func(l *load) error { return l.redis.Kill() }),
			heal: do(func(l *load) error { return l.redis.Start() })},
		{name: "Redis: frozen for 20 s", long: 20 * time.Second, want: problem,
			make: do(func(l *load) error { return l.redis.Freeze() }),
			heal: do(func(l *load) error { return l.redis.Thaw() })},
		{name: "Redis: disk full", long: 8 * time.Second,
			make: shell("cat /dev/zero >redis/full || true"),
			heal: and(shell("rm redis/full"), do(func(l *load) error {
				l.redis.Kill()
				return l.redis.Start()
			}))},
		{name: "a replica cut off from the servers", long: 10 * time.Second, want: right,
			make: shell("ip link set back2 down"), heal: shell("ip link set back2 up")},
		{name: "a replica cut off from the balancer", long: 5 * time.Second, want: right,
			make: shell("ip link set front2 down"), heal: shell("ip link set front2 up")},
		{name: "both cut off from the servers", long: 10 * time.Second, want: problem,
			make: shell("ip link set back1 down; ip link set back2 down"),
			heal: shell("ip link set back1 up; ip link set back2 up")},
		{name: "through PgBouncer, which is killed and started again", make: pooled},
		{name: "newer tables than the program", want: right, always: true, make: newer},
	}
	for _, c := range []struct{ name, seconds, after, want string }{{"an hour behind", "-3600", "", right},
		{"an hour ahead", "3600", "", right}, {"40 s behind", "-40", "", right},
		{"set back by an hour after 8 s", "-3600", "8", ""}} {
		list = append(list, fault{name: "a replica's clock: " + c.name, long: 12 * time.Second, want: c.want,
			always: true, make: do(func(l *load) error { return l.two().shift(c.seconds, c.after) }),
			heal: do(func(l *load) error { return l.two().unshift() })})
	}
	list = append(list, fault{name: "both clocks: an hour behind", long: 6 * time.Second,
		make: do(func(l *load) error {
			return errors.Join(l.one().shift("-3600", ""), l.two().shift("-3600", ""))
		}),
		heal: do(func(l *load) error { return errors.Join(l.one().unshift(), l.two().unshift()) })})
	for _, c := range []struct {
		name, want string
		change     func(data, other string) error
	}{
		{"another reference key of the same id", "another key than reference:", sameID},
		{"no keys", "is missing", forgotten},
		{"another service.key", "another key than file:service.key", otherService},
	} {
		list = append(list, fault{name: "a replica's keys: " + c.name, want: right, always: true,
			make: func(ctx context.Context, l *load) error { return l.wrongKeys(ctx, c.change, c.want) }})
	}
	// the last one, since it spoils the rest
	return append(list, fault{name: "rolled back to a dump", make: restored, noticed: audited})
}
