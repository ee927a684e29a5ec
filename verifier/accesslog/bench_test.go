package accesslog_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkAppend measures one caller and 32, whose records share transactions. PostgreSQL runs without fsync
// here: a commit that waits for a disk makes the difference larger.
func BenchmarkAppend(b *testing.B) {
	for _, kind := range []struct {
		name string
		make func(testing.TB) engine
	}{{"SQLite", newSQLite}, {"Postgres", newPostgres}} {
		b.Run(kind.name, func(b *testing.B) {
			l := kind.make(b).open(b)
			b.Run("1", func(b *testing.B) {
				for b.Loop() {
					require.NoError(b, l.Append(b.Context(), access(person, start)))
				}
			})
			b.Run("32", func(b *testing.B) {
				b.SetParallelism(32 / runtime.GOMAXPROCS(0))
				b.RunParallel(func(p *testing.PB) {
					for p.Next() {
						require.NoError(b, l.Append(b.Context(), access(person, start)))
					}
				})
			})
		})
	}
}

// BenchmarkProof makes and checks the file of one record in a thousand.
func BenchmarkProof(b *testing.B) {
	l := newSQLite(b).open(b)
	var id string
	for range 1000 {
		id = add(b, l, person, start).ID
	}
	for b.Loop() {
		_, err := l.Proof(b.Context(), code(person), id)
		require.NoError(b, err)
	}
}
