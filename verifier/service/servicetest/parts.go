package servicetest

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// A Registry is a registry in memory, with the cut-offs of lost papers. It counts the lookups. It is safe for
// concurrent use. Change its fields only between two calls of the service.
type Registry struct {
	// Static has the records. If its Err is set, each lookup fails.
	Static status.Static
	// Before is called before each lookup; it may be nil.
	Before func()

	mu      sync.Mutex
	lookups int
	void    token.MemoryCutOffs
}

func newRegistry() *Registry {
	complete := Invalid(50, status.DegreeOverThird)
	complete.Complete = true
	records := map[codicefiscale.Code]status.Record{
		Code(Person): Invalid(74, status.DegreeOverTwoThirds), Code(Stranger): complete,
	}
	return &Registry{Static: status.Static{Records: records}}
}

// Lookup implements [status.Source].
func (r *Registry) Lookup(ctx context.Context, cf codicefiscale.Code) (status.Record, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lookups++
	if r.Before != nil {
		r.Before()
	}
	return r.Static.Lookup(ctx, cf)
}

// Lookups returns the number of lookups.
func (r *Registry) Lookups() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lookups
}

// Void implements [token.CutOffs]. To report a loss, call [Body.Reissue], or [token.VoidAll] with the
// registry.
func (r *Registry) Void(ctx context.Context, cf codicefiscale.Code, before time.Time) (time.Time, error) {
	return r.void.Void(ctx, cf, before)
}

// VoidBefore implements [token.CutOffs], and is the VoidBefore of [service.Config].
func (r *Registry) VoidBefore(ctx context.Context, cf codicefiscale.Code) (time.Time, error) {
	return r.void.VoidBefore(ctx, cf)
}

// Accesses is an access log in memory. It is safe for concurrent use.
type Accesses struct {
	// Fail is the error of Append; nil means that Append succeeds. Change it only between two calls of the
	// service.
	Fail error

	mu      sync.Mutex
	records []service.Access
}

// Append implements [service.AccessLog]. A challenge is recorded once.
func (l *Accesses) Append(_ context.Context, a service.Access) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Fail != nil {
		return l.Fail
	}
	if slices.ContainsFunc(l.records, func(r service.Access) bool { return r.Challenge == a.Challenge }) {
		return service.ErrRecorded
	}
	l.records = append(l.records, a)
	return nil
}

// Records returns the appended records.
func (l *Accesses) Records() []service.Access {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.records)
}

// A Log is a log in memory. It is safe for concurrent use.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns the text written so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
