package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"

	"github.com/qr-invalidita/attesta/internal/cause"
)

const (
	maxStartWait = 10 * time.Minute
	firstPause   = 100 * time.Millisecond
	lastPause    = 5 * time.Second
)

// await calls open until it succeeds, with growing pauses, for the time of -start-wait: machines that start
// together do not start in order. It returns the last error. An error that waiting cannot mend ends it at
// once.
func (a *App) await(ctx context.Context, flag string, open func() error) error {
	end := time.Now().Add(a.StartWait)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := open()
		left := time.Until(end)
		if err == nil || !notYet(err) || left <= 0 {
			return err
		}
		a.Log.LogAttrs(ctx, slog.LevelWarn, "waiting for a server that does not answer yet",
			slog.String("flag", flag), slog.Duration("left", left.Round(time.Second)),
			slog.String("cause", cause.Text(err)))
		select {
		case <-ctx.Done():
			return err
		case <-time.After(min(pause, left)):
		}
	}
}

// notYet reports whether a server cannot be reached, or says that it is starting or full.
func notYet(err error) bool {
	var network net.Error // a refused connection, an unknown name, a time-out
	var postgres *pgconn.PgError
	switch {
	case errors.As(err, &postgres):
		// cannot_connect_now and too_many_connections (PostgreSQL, appendix A)
		return postgres.Code == "57P03" || postgres.Code == "53300"
	case errors.As(err, &network):
		return true
	}
	return redis.HasErrorPrefix(err, "LOADING")
}
