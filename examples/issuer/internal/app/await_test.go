package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
)

// loading is what a Redis says that reads its file.
type loading struct{}

func (loading) Error() string { return "LOADING Redis is loading the dataset in memory" }
func (loading) RedisError()   {}

func TestAwait(t *testing.T) {
	refused := fmt.Errorf("database: %w", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED})
	password := &pgconn.PgError{Code: "28P01"}
	waiting := func(wait time.Duration) *App {
		return &App{settled: &settled{Config: Config{StartWait: wait, Log: slog.New(slog.DiscardHandler)}}}
	}
	tests := map[string]struct {
		errs []error // of each call; the last one repeats
		wait time.Duration
		want error
		took time.Duration
	}{
		"there at once":       {[]error{nil}, time.Minute, nil, 0},
		"boots later":         {[]error{refused, refused, refused, nil}, time.Minute, nil, 7 * firstPause},
		"never":               {[]error{refused}, 20 * time.Second, refused, 20 * time.Second},
		"no wait":             {[]error{refused}, 0, refused, 0},
		"wrong password":      {[]error{password}, time.Minute, password, 0},
		"then wrong":          {[]error{refused, password}, time.Minute, password, firstPause},
		"starting PostgreSQL": {[]error{&pgconn.PgError{Code: "57P03"}, nil}, time.Minute, nil, firstPause},
		"full PostgreSQL":     {[]error{&pgconn.PgError{Code: "53300"}, nil}, time.Minute, nil, firstPause},
		"starting Redis":      {[]error{loading{}, nil}, time.Minute, nil, firstPause},
		"says nothing":        {[]error{context.DeadlineExceeded, nil}, time.Minute, nil, firstPause},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := waiting(test.wait)
				began := time.Now()
				err := a.await(t.Context(), "db", func() error {
					err := test.errs[0]
					test.errs = test.errs[min(1, len(test.errs)-1):]
					return err
				})
				assert.Equal(t, test.want, err)
				assert.Equal(t, test.took, time.Since(began))
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // a signal ends it
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		a := waiting(time.Minute)
		began := time.Now()
		assert.Equal(t, refused, a.await(ctx, "db", func() error { return refused }))
		assert.Equal(t, time.Second, time.Since(began))
	})
	assert.False(t, notYet(errors.New("other")))
}
