package registry

import (
	"context"
	"database/sql"
	"iter"
	"strings"
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

// insert runs head, rows of width values, tail.
func (r *Registry) insert(ctx context.Context, tx *sql.Tx, head, tail string, width int, args []any) error {
	var rows [][]any
	for ; len(args) > 0; args = args[width:] {
		rows = append(rows, args[:width])
	}
	for part := range parts(rows) {
		values := strings.Repeat(tuple(width)+", ", len(part)-1) + tuple(width)
		var args []any
		for _, row := range part {
			args = append(args, row...)
		}
		if _, err := tx.ExecContext(ctx, r.db.Bind(head+values+tail), args...); err != nil {
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
