package registry_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/qr-invalidita/attesta/examples/internal/crowd"
	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/stretchr/testify/require"
)

// BenchmarkCheck is what a first-level check asks of the registry, by several at once: the cut-off and the record. How many
// people there are says REGISTRY_PEOPLE.
func BenchmarkCheck(b *testing.B) {
	people := 1000
	if n, err := strconv.Atoi(os.Getenv("REGISTRY_PEOPLE")); err == nil {
		people = n
	}
	for dialect, dsn := range map[string]func(testing.TB) string{database.SQLite: databasetest.SQLite, database.Postgres: server.Postgres} {
		b.Run(fmt.Sprintf("%s-%d", dialect, people), func(b *testing.B) {
			r := open(b, dsn(b))
			fill(b, r, people)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i += 7919 {
					cf, _ := crowd.Code(i % people)
					if _, err := r.VoidBefore(b.Context(), cf); err != nil {
						b.Error(err)
					}
					if _, err := r.Lookup(b.Context(), cf); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "checks/s")
		})
	}
}

func fill(b *testing.B, r *registry.Registry, people int) {
	const batch = 1000
	for from := 0; from < people; from += batch {
		var some []registry.Person
		for i := from; i < min(from+batch, people); i++ {
			some = append(some, crowd.Person(i))
		}
		require.NoError(b, r.Put(b.Context(), some...))
	}
}
