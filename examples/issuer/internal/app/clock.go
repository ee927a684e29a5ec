package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/token"
)

const (
	clockInterval = 30 * time.Second
	// offsetWarning is an offset to be warned of, and how close two servers are that agree.
	offsetWarning = 5 * time.Second
	// offsetLimit is an offset at which this clock is wrong, if database and Redis agree. Answers of a clock
	// that is ten times as far away count as none (token.Leeway).
	offsetLimit = 30 * time.Second
)

// clocks compares the clock of this machine with those of its servers. The zero value knows no server.
type clocks struct {
	now     func() time.Time // nil means time.Now
	servers []*serverClock
	mu      sync.Mutex // of the offsets
}

// serverClock is the clock of a server.
type serverClock struct {
	name string
	read func(context.Context) (time.Time, error)
	offset
}

// offset is the clock of a server less that of this machine. Half the round trip is how wrong that may be.
// The zero value is an offset that is unknown.
type offset struct {
	value, half time.Duration
	known       bool
	at          time.Time // by this clock
}

// exceeds reports whether the offset is certainly at least the limit, in one direction or the other.
func (o offset) exceeds(limit time.Duration) bool { return o.known && o.value.Abs()-o.half >= limit }

// since returns the offset after this clock was set, which shows in the difference to the monotonic one.
func (o offset) since(now time.Time) offset {
	o.value -= now.Round(0).Sub(o.at.Round(0)) - now.Sub(o.at)
	return o
}

func (c *clocks) add(name string, read func(context.Context) (time.Time, error)) {
	c.servers = append(c.servers, &serverClock{name: name, read: read})
}

func (c *clocks) clock() func() time.Time {
	if c.now != nil {
		return c.now
	}
	return time.Now
}

// measureAll measures the offsets that can be measured now.
func (c *clocks) measureAll(ctx context.Context) {
	for _, s := range c.servers {
		c.measure(ctx, s) // the next time will do
	}
}

// measure measures the offset to a server; it is unknown after an error.
func (c *clocks) measure(ctx context.Context, s *serverClock) (offset, error) {
	now := c.clock()
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	asked := now()
	theirs, err := s.read(ctx)
	half := now().Sub(asked) / 2
	var o offset
	if err == nil {
		o = offset{theirs.Sub(asked.Add(half)), half, true, asked}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.offset = o
	return o, err
}

// check returns an error if all servers say that this clock is wrong and agree on it. Against a single server
// either of the two clocks may be the wrong one.
func (c *clocks) check(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.servers) < 2 {
		return nil
	}
	now := c.clock()()
	for _, s := range c.servers {
		o := s.since(now)
		apart := o.value - c.servers[0].since(now).value
		if !o.exceeds(offsetLimit) || apart.Abs() > offsetWarning {
			return nil
		}
	}
	return errors.New("the clock of this machine is wrong")
}

// timelySigner returns the keys with which the service answers, or an error while the clock is known to be
// wrong: a good paper could be called expired, and everything that is signed has the wrong time. The key set
// is served all the same.
func (a *App) timelySigner(ctx context.Context) (*token.Signer, error) {
	if err := a.clocks.check(ctx); err != nil {
		return nil, err
	}
	return a.keys.Signer(ctx)
}

// timelyKeys returns the keys that the pages of this program trust, as timelySigner does.
func (a *App) timelyKeys(ctx context.Context) ([]token.PublicKey, error) {
	if err := a.clocks.check(ctx); err != nil {
		return nil, err
	}
	return a.keys.Published(ctx)
}

// openClocks compares the clocks from now on.
func (a *App) openClocks(context.Context) error {
	for _, s := range a.clocks.servers {
		a.every(clockInterval, "comparison of clocks", func(ctx context.Context) error {
			o, err := a.clocks.measure(ctx, s)
			if o.exceeds(offsetWarning) {
				a.Log.WarnContext(ctx, "the clocks of this machine and of a server differ: set the wrong one",
					"server", s.name, "offset", o.value.Round(time.Millisecond))
			}
			return err
		})
		a.metrics.read.add(func(ctx context.Context, say tell) {
			if o, err := a.clocks.measure(ctx, s); err == nil {
				say("attesta_clock_offset_seconds", o.value.Seconds(), s.name)
			}
		})
	}
	a.ready.check("clock", a.clocks.check)
	return nil
}

// databaseTime reads the clock of a PostgreSQL server.
func databaseTime(db *database.DB) func(context.Context) (time.Time, error) {
	return func(ctx context.Context) (time.Time, error) {
		var micros int64
		err := db.QueryRowContext(ctx, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").
			Scan(&micros)
		return time.UnixMicro(micros), err
	}
}

// redisTime reads the clock of a Redis server.
func redisTime(client *redis.Client) func(context.Context) (time.Time, error) {
	return func(ctx context.Context) (time.Time, error) { return client.Time(ctx).Result() }
}
