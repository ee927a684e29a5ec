package registry

import (
	"bytes"
	"context"
	"crypto/subtle"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// stored is a row as it was read. It remembers the content of each column that was opened, so that
// an unchanged row is not written again; nil means that the column is empty.
type stored struct {
	row
	subject  subject
	vault    vault
	isNew    bool
	version  int64 // of the wrapped data key
	wrapped  []byte
	revision int64
	erased   int64 // seconds since 1970, or 0
	mac      []byte

	before        readable
	sealed, plain [5][]byte
}

// readable is what a row says without a key. The MAC protects it.
type readable struct {
	voidBefore   int64 // seconds since 1970
	events, acts int64 // how many were recorded
}

// The sealed columns, as stored has them.
const (
	inRecord = iota
	inIdentity
	inContacts
	inMoved
	inReports
)

func columns() [5]column {
	return [5]column{columnRecord, columnIdentity, columnContacts, columnMoved, columnReports}
}

// values returns the contents of the columns.
func (r *row) values() [5]any {
	return [5]any{&r.record, &r.identity, &r.contacts, &r.moved, &r.reports}
}

// personColumns are the columns of person in the order of scan.
const personColumns = "p.subject, p.key_version, p.data_key, p.revision, p.events, p.acts, p.void_before, " +
	"p.erased, p.mac, p.record, p.identity, p.contacts, p.moved, p.reports"

// scan reads a row of personColumns, after some columns before them, and checks it.
func (r *Registry) scan(ctx context.Context, scan func(...any) error, first ...any) (*stored, error) {
	p, err := scanColumns(scan, first...)
	if err != nil {
		return nil, err
	}
	return r.checked(ctx, p)
}

// scanColumns is scan without the check.
func scanColumns(scan func(...any) error, first ...any) (*stored, error) {
	p := new(stored)
	var name []byte
	var version sql.NullInt64
	err := scan(append(first, &name, &version, &p.wrapped, &p.revision, &p.before.events, &p.before.acts,
		&p.before.voidBefore, &p.erased, &p.mac, &p.sealed[inRecord], &p.sealed[inIdentity],
		&p.sealed[inContacts], &p.sealed[inMoved], &p.sealed[inReports])...)
	if err != nil {
		return nil, err
	}
	if p.subject, err = parseSubject(name); err != nil {
		return nil, err
	}
	p.version, p.readable = version.Int64, p.before
	return p, nil
}

// checked opens the vault of the row, checks the MAC and returns the row.
func (r *Registry) checked(ctx context.Context, p *stored) (_ *stored, err error) {
	if p.erased != 0 {
		if err := r.checkErased(p); err != nil {
			return nil, err
		}
		return p, nil
	}
	if p.vault, err = r.vault(ctx, p.subject, p.version, p.wrapped); err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(p.sign(), p.mac) != 1 {
		return nil, fmt.Errorf("%s: %w", columnMAC, errSealed)
	}
	return p, nil
}

func parseSubject(b []byte) (subject, error) {
	if len(b) != len(subject{}) {
		return subject{}, errSealed
	}
	return subject(b), nil
}

// at returns the place of a sealed column.
func (p *stored) at(i int) place { return columns()[i].at(p.subject[:], integer(p.revision)) }

// sign returns the MAC of what is readable in the row, which columns are empty among it.
func (p *stored) sign() []byte {
	filled := make([]byte, len(p.sealed))
	for i := range p.sealed {
		if p.sealed[i] != nil {
			filled[i] = 1
		}
	}
	return p.vault.sign(columnMAC.at(p.subject[:], integer(p.revision), integer(p.voidBefore),
		integer(p.events), integer(p.acts), filled))
}

// open opens the columns.
func (p *stored) open(which ...int) (err error) {
	for _, i := range which {
		if p.sealed[i] == nil {
			continue
		}
		if p.plain[i], err = p.vault.open(p.at(i), p.sealed[i]); err != nil {
			return fmt.Errorf("%s: %w", columns()[i], err)
		}
		if json.Unmarshal(p.plain[i], p.values()[i]) != nil {
			return fmt.Errorf("%s: %w", columns()[i], errSealed)
		}
	}
	return nil
}

func (p *stored) openAll() error { return p.open(inRecord, inIdentity, inContacts, inMoved, inReports) }

// close reports whether the row has changed, and seals all of it again for the next revision.
func (p *stored) close() (changed bool, err error) {
	changed = p.isNew || p.readable != p.before
	for i, value := range p.values() {
		plain, err := json.Marshal(value)
		if err != nil {
			return false, err
		}
		if string(plain) == "null" || string(plain) == "{}" {
			plain = nil
		}
		changed = changed || !bytes.Equal(plain, p.plain[i])
		p.plain[i] = plain
	}
	if !changed {
		return false, nil
	}
	p.revision++
	for i, plain := range p.plain {
		p.sealed[i] = nil
		if plain != nil {
			p.sealed[i] = p.vault.seal(p.at(i), plain)
		}
	}
	p.mac = p.sign()
	return true, nil
}

// find reads the row of the code; it is nil if there is none. It has not been opened.
func (r *Registry) find(ctx context.Context, cf codicefiscale.Code) (*stored, error) {
	once, _ := ctx.Value(onceKey{}).(*once)
	if once == nil {
		return r.read(ctx, cf)
	}
	once.mu.Lock()
	defer once.mu.Unlock()
	if !once.done || once.cf != cf {
		p, err := r.read(ctx, cf)
		if err != nil {
			return nil, err
		}
		once.cf, once.row, once.done = cf, p, true
	}
	if once.row == nil {
		return nil, nil
	}
	p := *once.row
	return &p, nil
}

func (r *Registry) read(ctx context.Context, cf codicefiscale.Code) (*stored, error) {
	s := r.names.subject(cf)
	p, err := r.readOne(ctx, s)
	switch {
	case err != nil || p == nil:
		return nil, err
	case p.subject != s:
		return nil, errSealed
	}
	return r.checked(ctx, p)
}

// readOne is readRow. On PostgreSQL it reads with others who read at the same time.
func (r *Registry) readOne(ctx context.Context, s subject) (*stored, error) {
	if r.db.Dialect == database.SQLite {
		return r.readRow(ctx, s)
	}
	return r.rows.Do(ctx, s)
}

// readRow reads the row of a person, or nil if there is none. It has not been checked.
func (r *Registry) readRow(ctx context.Context, s subject) (*stored, error) {
	p, err := scanColumns(r.row(ctx, s).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return p, err
}

// readRows is readRow of several persons, on PostgreSQL.
func (r *Registry) readRows(ctx context.Context, of []subject) ([]*stored, error) {
	names := make([][]byte, len(of))
	for i := range of {
		names[i] = of[i][:]
	}
	rows, err := r.db.QueryContext(ctx,
		"SELECT "+personColumns+" FROM person AS p WHERE p.subject = ANY($1)", names)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make([]*stored, len(of))
	for rows.Next() {
		p, err := scanColumns(rows.Scan)
		if err != nil {
			return nil, err
		}
		for i := range of {
			if of[i] == p.subject {
				own := *p
				found[i] = &own
			}
		}
	}
	return found, rows.Err()
}

type onceKey struct{}

// once is the row that was read last, as it was read.
type once struct {
	mu   sync.Mutex
	cf   codicefiscale.Code
	row  *stored // nil if there is none
	done bool
}

// Once returns a context within which the methods that only read a person's row read it once. It is the
// Once of service.Config.
func (r *Registry) Once(ctx context.Context) context.Context {
	return context.WithValue(ctx, onceKey{}, new(once))
}
