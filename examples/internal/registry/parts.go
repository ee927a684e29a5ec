package registry

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"runtime"
	"strings"
	"sync"

	"github.com/qr-invalidita/attesta/examples/internal/database"
)

// parts cuts a list into pieces of few different lengths, so that the database has to parse
// and keep few different statements.
func parts[T any](list []T) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for _, length := range []int{128, 16, 1} {
			for len(list) >= length {
				if !yield(list[:length]) {
					return
				}
				list = list[length:]
			}
		}
	}
}

// tuple returns the placeholders, such as (?, ?) for two.
func tuple(n int) string { return "(" + strings.Repeat("?, ", n-1) + "?)" }

// insert runs head, rows of width values, tail. PostgreSQL gets a column in one array, so it parses and
// plans few values. The driver of SQLite takes time for the square of the number of values, and a prepared
// statement is parsed once.
func (r *Registry) insert(ctx context.Context, tx *sql.Tx, head, tail string, width int, args []any) error {
	if len(args) == 0 {
		return nil
	}
	if r.db.Dialect == database.Postgres {
		casts, arrays := make([]string, width), make([]any, width)
		for i := range width {
			arrays[i], casts[i] = array(args[i:], width)
		}
		_, err := tx.ExecContext(ctx,
			r.db.Bind(head+"SELECT * FROM unnest("+strings.Join(casts, ", ")+")"+tail), arrays...)
		return err
	}
	const rows = 8
	row := tuple(width)
	many := len(args) - len(args)%(rows*width)
	err := repeat(ctx, tx, head+"VALUES "+strings.Repeat(row+", ", rows-1)+row+tail, rows*width, args[:many])
	if err != nil {
		return err
	}
	return repeat(ctx, tx, head+"VALUES "+row+tail, width, args[many:])
}

// repeat runs the query with each width of args.
func repeat(ctx context.Context, tx *sql.Tx, query string, width int, args []any) (err error) {
	if len(args) == 0 {
		return nil
	}
	s, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for ; len(args) > 0; args = args[width:] {
		if _, err := s.ExecContext(ctx, args[:width]...); err != nil {
			return err
		}
	}
	return nil
}

// array returns every width-th value, all of which have the type of the first or are null bytes.
func array(values []any, width int) (list any, cast string) {
	switch values[0].(type) {
	case int64:
		return every[int64](values, width), "?::bigint[]"
	case string:
		return every[string](values, width), "?::text[]"
	}
	return every[[]byte](values, width), "?::bytea[]"
}

func every[T any](values []any, width int) (list []T) {
	for i := 0; i < len(values); i += width {
		v, _ := values[i].(T)
		list = append(list, v)
	}
	return list
}

// among returns conditions that together select those subjects, with their values.
func (r *Registry) among(list []subject) iter.Seq2[string, []any] {
	return func(yield func(string, []any) bool) {
		if r.db.Dialect == database.Postgres {
			yield("= ANY (?)", []any{every[[]byte](args(list), 1)})
			return
		}
		for part := range parts(list) {
			if !yield("IN "+tuple(len(part)), args(part)) {
				return
			}
		}
	}
}

// inParallel calls do with 0 to n-1 on all processors, and returns the error of the lowest number.
func inParallel(n int, do func(i int) error) error {
	chunks := min(runtime.GOMAXPROCS(0), n/64+1)
	errs := make([]error, chunks)
	var wg sync.WaitGroup
	for c := range chunks {
		wg.Go(func() {
			for i := n * c / chunks; i < n*(c+1)/chunks && errs[c] == nil; i++ {
				errs[c] = do(i)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// null returns nil for an empty column, because not every driver takes an empty slice for
// that.
func null(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}
