package registry

import (
	"context"
	"database/sql"
	"iter"
	"strings"
)

// parts cuts a list into pieces of few different lengths, so that few different statements have to be understood and kept
// by the database.
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

// tuple is (?, ?) for two.
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

// null is nil for a column that holds nothing: not every driver takes an empty slice for that.
func null(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}
