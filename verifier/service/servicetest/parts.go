package servicetest

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// Registry keeps records in memory and counts the lookups. It is safe for concurrent use; its fields may be
// changed between two calls of the service.
type Registry struct {
	// Static holds the records; with its Err no lookup succeeds.
	Static status.Static
	// Before is called at each lookup; nil: nothing is.
	Before func()

	mu      sync.Mutex
	lookups int
	void    map[codicefiscale.Code]time.Time
}

func newRegistry() *Registry {
	complete := Invalid(50, status.DegreeOverThird)
	complete.Complete = true
	records := map[codicefiscale.Code]status.Record{
		Code(Person): Invalid(74, status.DegreeOverTwoThirds), Code(Stranger): complete,
	}
	return &Registry{Static: status.Static{Records: records}, void: map[codicefiscale.Code]time.Time{}}
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

// Lookups returns how often the registry was asked.
func (r *Registry) Lookups() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lookups
}

// Void makes all papers of the person void that were issued before.
func (r *Registry) Void(cf codicefiscale.Code, before time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.void[cf] = before
}

// VoidBefore is for [service.Config].
func (r *Registry) VoidBefore(_ context.Context, cf codicefiscale.Code) (time.Time, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.void[cf], nil
}

// Accesses keeps access records in memory. It is safe for concurrent use.
type Accesses struct {
	// Fail is why no record is kept; nil: all are. It may be changed between two calls of the service.
	Fail error

	mu      sync.Mutex
	records []service.Access
}

// Append implements [service.AccessLog].
func (l *Accesses) Append(_ context.Context, a service.Access) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Fail != nil {
		return l.Fail
	}
	l.records = append(l.records, a)
	return nil
}

// Records returns what was disclosed at the second level.
func (l *Accesses) Records() []service.Access {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.records)
}

// Log is a log in memory that many goroutines write to.
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

// String returns what was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
