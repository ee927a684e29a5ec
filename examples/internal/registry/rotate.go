package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/qr-invalidita/attesta/examples/internal/database"
)

// rewrapBatch is how many data keys one transaction wraps again. Changes of the same people wait
// for it.
const rewrapBatch = 256

// Rotate begins to use the highest version that there is a key for: it wraps the data keys that are
// made from now on. All processes must have its key before, because they read and make keys under it
// at once. [Registry.Rewrap] then wraps the existing ones. It returns the version. Repeating it
// changes nothing.
func (r *Registry) Rotate(ctx context.Context) (version int64, err error) {
	version = r.newest()
	err = r.db.Update(ctx, func(tx *sql.Tx) error {
		current, err := currentVersion(ctx, tx)
		if err != nil || current >= version {
			version = max(version, current)
			return err
		}
		return r.addVersion(ctx, tx, version)
	})
	return version, wrap(err)
}

// Rewrap wraps under the current version the data keys that are wrapped under an older one, and
// deletes the versions that wrap nothing any more. What is sealed under the data keys stays as it
// is. It may end at any moment and be called again, also by several processes at once. If noted is
// not nil, it is called with the number of keys that were looked at and that of all.
func (r *Registry) Rewrap(ctx context.Context, noted func(done, all int64)) error {
	current, err := currentVersion(ctx, r.db)
	if err != nil {
		return wrap(err)
	}
	var versions, all, done int64
	err = r.db.QueryRowContext(ctx, "SELECT count(*) FROM key_version").Scan(&versions)
	if err != nil || versions == 1 {
		return wrap(err)
	}
	if err := r.db.QueryRowContext(ctx, "SELECT count(*) FROM person").Scan(&all); err != nil {
		return wrap(err)
	}
	for last := []byte{}; ; {
		next, n, err := r.rewrapAfter(ctx, last)
		if err != nil {
			return wrap(err)
		}
		if n == 0 {
			break
		}
		last, done = next, done+n
		if noted != nil {
			noted(min(done, all), all)
		}
	}
	return wrap(r.dropVersions(ctx, current))
}

// rewrapAfter wraps the data keys of the next people after the pseudonym. It returns the last of
// them and how many they are.
func (r *Registry) rewrapAfter(ctx context.Context, after []byte) (last []byte, n int64, err error) {
	lock := ""
	if r.db.Dialect == database.Postgres {
		lock = " FOR UPDATE"
	}
	err = r.db.Update(ctx, func(tx *sql.Tx) error {
		current, err := r.lockedVersion(ctx, tx)
		if err != nil {
			return err
		}
		people, err := dataKeys(ctx, tx, r.db.Bind("SELECT subject, key_version, data_key FROM person "+
			"WHERE subject > ? ORDER BY subject LIMIT ?"+lock), after, rewrapBatch)
		if err != nil {
			return err
		}
		for _, p := range people {
			last, n = p.subject[:], n+1
			if p.wrapped == nil || p.version >= current { // erased, or done
				continue
			}
			wrapped, err := r.rewrap(ctx, p, current)
			if err != nil {
				return err
			}
			query := r.db.Bind("UPDATE person SET key_version = ?, data_key = ? WHERE subject = ?")
			if _, err = tx.ExecContext(ctx, query, current, wrapped, p.subject[:]); err != nil {
				return err
			}
		}
		return nil
	})
	return slices.Clone(last), n, err
}

func (r *Registry) rewrap(ctx context.Context, p stored, current int64) ([]byte, error) {
	old, young := r.wrappers[p.version], r.wrappers[current]
	if old == nil || young == nil {
		return nil, ErrVersion
	}
	dataKey, err := old.Unwrap(ctx, p.wrapped, dataKeyAt(p.subject, p.version))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", columnDataKey, err)
	}
	return young.Wrap(ctx, dataKey, dataKeyAt(p.subject, current))
}

// dataKeys reads pseudonyms and wrapped keys.
func dataKeys(ctx context.Context, q querier, query string, args ...any) (list []stored, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name []byte
		var version sql.NullInt64
		var p stored
		if err := rows.Scan(&name, &version, &p.wrapped); err != nil {
			return nil, err
		}
		if p.subject, err = parseSubject(name); err != nil {
			return nil, err
		}
		p.version = version.Int64
		list = append(list, p)
	}
	return list, rows.Err()
}

// dropVersions deletes the older versions that no row refers to. The database refuses if one does,
// also one that is written at the same moment.
func (r *Registry) dropVersions(ctx context.Context, current int64) error {
	return r.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, r.db.Bind("DELETE FROM key_version WHERE version < ? AND NOT EXISTS "+
			"(SELECT 1 FROM person WHERE person.key_version = key_version.version)"), current)
		return err
	})
}

// A Version is a version of the registry's key.
type Version struct {
	Version int64
	// People is how many data keys it wraps.
	People int64
	// Current reports that new data keys are wrapped under it.
	Current bool
	// Unused reports that the tables do not know it: it was dropped, or not begun.
	Unused bool
}

// Versions returns the versions that the tables use and those that there is a key for, oldest first.
func (r *Registry) Versions(ctx context.Context) ([]Version, error) {
	rows, err := r.db.QueryContext(ctx, "SELECT k.version, (SELECT count(*) FROM person AS p "+
		"WHERE p.key_version = k.version) FROM key_version AS k ORDER BY k.version")
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var list []Version
	for rows.Next() {
		var v Version
		if err := rows.Scan(&v.Version, &v.People); err != nil {
			return nil, wrap(err)
		}
		list = append(list, v)
	}
	if err := rows.Err(); err != nil {
		return nil, wrap(err)
	}
	list[len(list)-1].Current = true
	for version := range r.wrappers {
		if !slices.ContainsFunc(list, func(v Version) bool { return v.Version == version }) {
			list = append(list, Version{Version: version, Unused: true})
		}
	}
	slices.SortFunc(list, func(a, b Version) int { return int(a.Version - b.Version) })
	return list, nil
}
