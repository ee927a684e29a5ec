package app

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/database"
)

const (
	// logConns are the connections of the access log: one writes, the others read.
	logConns = 4
	maxConns = 1000
	// statementTime and lockTime are the times for one statement and its locks, longer than any that a
	// request needs. Jobs delete what has expired.
	statementTime = 15 * time.Second
	lockTime      = 5 * time.Second
	// requestTime bounds the work for one request, the sending of a message included.
	requestTime = 30 * time.Second
	// checkpointFor is as long as the answer may be cached.
	checkpointFor  = 10 * time.Second
	checkpointTime = 2 * time.Second
	// failedFor is how long an error is kept, for those who wait for the same value.
	failedFor = time.Second
)

// bounds are those of the service's connections, whose statements are in the traces.
func (a *App) bounds(conns int) database.Bounds {
	b := bounds(conns)
	b.Pool = a.traces.Pool(a.database())
	return b
}

func bounds(conns int) database.Bounds {
	return database.Bounds{Conns: conns, Statement: statementTime, Lock: lockTime}
}

// limitTime ends the work for a request after requestTime. The live pages of the demonstration go on.
func limitTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/dev/") {
			next.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), requestTime)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// kept is a value that many ask for and one makes at a time.
type kept[T any] struct {
	mu    sync.Mutex
	until time.Time
	value T
	err   error
}

// get returns the value, or makes it within the limit if it is no longer fresh. Those who wait meanwhile get
// what was made, or the same error.
func (k *kept[T]) get(ctx context.Context, fresh, limit time.Duration,
	make func(context.Context) (T, error)) (T, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Now().Before(k.until) {
		return k.value, k.err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	if k.value, k.err = make(ctx); k.err != nil {
		fresh = failedFor
	}
	k.until = time.Now().Add(fresh)
	return k.value, k.err
}
