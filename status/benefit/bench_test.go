package benefit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

const somebody = "ic_over_two_thirds 80, law_104_c3, no_annotations, deaf"

func BenchmarkOneBenefit(b *testing.B) {
	s := person(b, somebody)
	f := s.FirstLevel(status.PolicyCategories)
	c := benefit.Default()
	c03, ok := c.Lookup("ticket_c03", today)
	require.True(b, ok)
	c03.FirstLevel(f, nil)
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c03.FirstLevel(f, nil)
		}
	})
	b.Run("second", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c03.SecondLevel(s, nil)
		}
	})
}

func BenchmarkCatalogue(b *testing.B) {
	s := person(b, somebody)
	f := s.FirstLevel(status.PolicyCategories)
	all := benefit.Default().All()
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, row := range all {
				row.FirstLevel(f, nil)
			}
		}
	})
	b.Run("second", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, row := range all {
				row.SecondLevel(s, nil)
			}
		}
	})
}

func BenchmarkMerge(b *testing.B) {
	base := benefit.Default()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := base.Merge([]byte(overlay)); err != nil {
			b.Fatal(err)
		}
	}
}
