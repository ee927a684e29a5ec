package service_test

import (
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// BenchmarkPeople compares checks at an issuer with a thousand people and at one with a million, in turn.
// x-thousand is the median ratio of the two. The registry is a map; the registry of the example program has a
// benchmark in its own package.
func BenchmarkPeople(b *testing.B) {
	small, big := crowded(b, 1000), crowded(b, 1_000_000)
	var times []time.Duration
	var ratios []float64
	for b.Loop() {
		few, many := small(), big()
		times = append(times, many)
		ratios = append(ratios, float64(many)/float64(few))
	}
	slices.Sort(times)
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "x-thousand")
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds()), "ns/op")
}

// crowded returns a call that checks a random person, at an issuer with n people.
func crowded(b *testing.B, n int) call {
	b.Helper()
	record := servicetest.Invalid(74, status.DegreeOverTwoThirds)
	records := make(map[codicefiscale.Code]status.Record, n)
	var checks []call
	w := newWorld(b, func(w *world) {
		w.Config.Limiter, w.Config.Log = unlimited{}, slog.New(slog.DiscardHandler)
		w.Config.Source = status.Static{Records: records}
	})
	handler := must(service.New(w.Config)).Handler()
	for i := range n {
		cf := provisional(b, i)
		records[cf] = record
		if i%(n/500) == 0 {
			paper, _, err := w.Signer.Issue(b.Context(), cf)
			require.NoError(b, err)
			checks = append(checks, direct(handler, body("qr", paper, "codice_fiscale", cf.Reveal())))
		}
	}
	return func() time.Duration { return checks[rand.IntN(len(checks))]() }
}

// provisional returns the n-th provisional codice fiscale of office 301.
func provisional(b *testing.B, n int) codicefiscale.Code {
	for check := range 10 {
		if cf, err := codicefiscale.ParseProvisional(fmt.Sprintf("%07d301%d", n+1, check)); err == nil {
			return cf
		}
	}
	b.Fatal("no check digit fits")
	return codicefiscale.Code{}
}

// BenchmarkWrongOrUnknown compares the time to refuse the codice fiscale of another person in the registry
// with the time to refuse an unknown one. It makes the calls in pairs, in random order. unknown-slower is the
// share of pairs in which the unknown one took longer, and z is its distance from one half in standard
// deviations. If z is above 3 or below -3, an attacker could distinguish the two. ns/op is the median of the
// first.
func BenchmarkWrongOrUnknown(b *testing.B) {
	w := newWorld(b, func(w *world) {
		w.Config.Limiter, w.Config.Log = unlimited{}, slog.New(slog.DiscardHandler)
	})
	handler, paper := must(service.New(w.Config)).Handler(), w.paper(b, person)
	b.Run("handler", func(b *testing.B) { compare(b, handler, paper, direct) })
	b.Run("request", func(b *testing.B) {
		compare(b, handler, paper, func(h http.Handler, text string) call { return request(b, h, text) })
	})
}

func compare(b *testing.B, handler http.Handler, paper string, made func(http.Handler, string) call) {
	calls := [2]call{
		made(handler, body("qr", paper, "codice_fiscale", stranger)),
		made(handler, body("qr", paper, "codice_fiscale", nobody)),
	}
	var times [2][]time.Duration
	slower, pairs := 0, 0
	for b.Loop() {
		var took [2]time.Duration
		first := rand.IntN(2)
		took[first] = calls[first]()
		took[1-first] = calls[1-first]()
		if took[0] != took[1] {
			pairs++
		}
		if took[1] > took[0] {
			slower++
		}
		for n := range took {
			times[n] = append(times[n], took[n])
		}
	}
	for n, name := range []string{"ns/op", "unknown-ns"} {
		slices.Sort(times[n])
		b.ReportMetric(float64(times[n][len(times[n])/2].Nanoseconds()), name)
	}
	b.ReportMetric(float64(slower)/float64(pairs), "unknown-slower")
	b.ReportMetric((2*float64(slower)-float64(pairs))/math.Sqrt(float64(pairs)), "z")
}
