package registry

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// A Pseudonym is a person's, as the tables have it. It follows from the codice fiscale and [Keys.Names],
// which never changes, so no rotation of a key makes another one.
type Pseudonym [16]byte

// CutOffs are cut-offs in seconds since 1970, by person.
type CutOffs map[Pseudonym]int64

// A VoidKeeper keeps cut-offs outside the tables, so that a backup does not make a void paper good again. It
// is safe for concurrent use.
type VoidKeeper interface {
	// Add takes cut-offs after they were committed. It does not wait.
	Add(CutOffs)
	// Later returns the person's cut-off as it is kept, or 0. It is called after the tables were read.
	Later(context.Context, Pseudonym) int64
}

// Pseudonym returns the person's.
func (r *Registry) Pseudonym(cf codicefiscale.Code) Pseudonym { return Pseudonym(r.names.subject(cf)) }

// later returns the person's cut-off, which is that of the tables or the one that is kept outside.
func (r *Registry) later(ctx context.Context, s subject, cut int64) int64 {
	if r.Voids == nil {
		return cut
	}
	return max(cut, r.Voids.Later(ctx, Pseudonym(s)))
}

// CompareVoids compares the cut-offs in the tables with those that are kept outside. newer are those of the
// tables that are later, and older those kept that the tables should have. Erased people, and rows that do
// not open, are in neither.
func (r *Registry) CompareVoids(ctx context.Context, kept CutOffs) (newer, older CutOffs, err error) {
	rows, err := r.db.QueryContext(ctx, "SELECT subject, void_before FROM person WHERE void_before > 0")
	if err != nil {
		return nil, nil, wrap(err)
	}
	defer rows.Close()
	older = maps.Clone(kept)
	var later []subject
	for rows.Next() {
		var name []byte
		var cut int64
		if err := rows.Scan(&name, &cut); err != nil {
			return nil, nil, wrap(err)
		}
		s, err := parseSubject(name)
		if err != nil {
			continue
		}
		if cut >= kept[Pseudonym(s)] {
			delete(older, Pseudonym(s))
		}
		if cut > kept[Pseudonym(s)] {
			later = append(later, s)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, nil, wrap(err)
	}
	newer = CutOffs{}
	for _, s := range later { // what is kept is never taken back, so the row's MAC has to be right
		if p, err := r.scan(ctx, r.row(ctx, s).Scan); err == nil && p.subject == s {
			newer[Pseudonym(s)] = p.voidBefore
		}
	}
	for s := range older {
		var erased int64
		err := r.db.QueryRowContext(ctx, r.db.Bind("SELECT erased FROM person WHERE subject = ?"), s[:]).
			Scan(&erased)
		switch {
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return nil, nil, wrap(err)
		case erased > 0:
			delete(older, s)
		}
	}
	return newer, older, nil
}

// VoidAgain moves cut-offs that were kept outside, also of people whom the tables do not know. No cut-off
// moves back, and erased people stay as they are.
func (r *Registry) VoidAgain(ctx context.Context, cuts CutOffs) error {
	return wrap(r.db.Update(ctx, func(tx *sql.Tx) error {
		people := map[subject]*stored{}
		for s := range cuts {
			people[subject(s)] = &stored{subject: subject(s), isNew: true}
		}
		order := slices.SortedFunc(maps.Keys(people), func(a, b subject) int {
			return bytes.Compare(a[:], b[:])
		})
		if err := r.loadOrAdd(ctx, tx, order, people); err != nil {
			return err
		}
		order = slices.DeleteFunc(order, func(s subject) bool { return people[s].erased != 0 })
		for _, s := range order {
			people[s].voidBefore = max(people[s].voidBefore, cuts[Pseudonym(s)])
		}
		return r.store(ctx, tx, order, people)
	}))
}

// Sample returns the codici fiscali of at most n people at random.
func (r *Registry) Sample(ctx context.Context, n int) (list []codicefiscale.Code, err error) {
	var random Pseudonym
	rand.Read(random[:]) // never fails since Go 1.24
	for _, part := range []string{">= ?", "< ?"} {
		rows, err := r.db.QueryContext(ctx, r.db.Bind("SELECT "+personColumns+" FROM person AS p WHERE "+
			"p.subject "+part+" AND p.record IS NOT NULL ORDER BY p.subject LIMIT ?"), random[:], n-len(list))
		if err != nil {
			return nil, wrap(err)
		}
		for rows.Next() {
			p, err := r.scan(ctx, rows.Scan)
			if err != nil {
				return nil, wrap(errors.Join(err, rows.Close()))
			}
			if cf, err := p.code(); err == nil {
				list = append(list, cf)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, wrap(err)
		}
	}
	return list, nil
}

// code returns the person's present code.
func (p *stored) code() (codicefiscale.Code, error) {
	if err := p.open(inIdentity); err != nil {
		return codicefiscale.Code{}, err
	}
	return codicefiscale.ParseAny(p.identity.CF)
}

// Find returns the present codice fiscale of a pseudonym. The error is [ErrUnknown] if there is none.
func (r *Registry) Find(ctx context.Context, name Pseudonym) (codicefiscale.Code, error) {
	p, err := r.scan(ctx, r.row(ctx, subject(name)).Scan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return codicefiscale.Code{}, ErrUnknown
	case err != nil:
		return codicefiscale.Code{}, wrap(err)
	case p.erased != 0:
		return codicefiscale.Code{}, ErrErased
	}
	cf, err := p.code()
	return cf, wrap(err)
}
