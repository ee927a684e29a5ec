// Package statustest tests implementations of status.Source. The tests check the rules that every
// registry has to keep so that "cannot tell" never turns into a "no" or a "yes".
//
// Call [TestSource] from a test of the package that contains the implementation. The tests make
// up people: give them an empty registry of their own, never one that holds real people.
package statustest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// A Registry is the content of a source under test.
type Registry struct {
	// Records are the known people. Lookup has to return equal records, except for the order of
	// verbali and titles. A source need not keep events that never count (neither definitive nor
	// effective now, and no application), older versions of an event, or people without verbali
	// and titles.
	Records map[codicefiscale.Code]status.Record
	// Elsewhere are the people of whom it is only known that their verbali are of a class that is
	// not held. Lookup has to return status.ErrClassNotHeld for them.
	Elsewhere []codicefiscale.Code
}

// A Harness makes the sources under test. Only New is required.
type Harness struct {
	// New returns a source that holds exactly the registry r. It is called several times; clean
	// up with t.Cleanup.
	New func(t testing.TB, r Registry) status.Source
	// NoElsewhere says that the source does not record people whose verbali are all elsewhere.
	// Registry.Elsewhere is then always empty.
	NoElsewhere bool
	// Keep returns the part of a record that the source can hold. Set it if the source has fewer
	// columns than package status has fields: for example, a registry without the number of an
	// act removes the number. Lookup has to return that part. If Keep is nil, the source holds
	// everything.
	Keep func(status.Record) status.Record
	// Break makes a source that New returned unable to answer, as if its database were down. If
	// it is nil, this is not tested.
	Break func(t testing.TB, s status.Source)
}

// TestSource runs every test on sources from the harness. The tests check that
//
//   - a known person is found, with every field of every event that counts, and every title;
//   - an unknown person is status.ErrNoStatus, and so is an omocode of a known person;
//   - a person known to be elsewhere is status.ErrClassNotHeld;
//   - a source that cannot answer, or whose context has ended, returns neither of these errors;
//   - a Record comes without an error, and an error without a Record;
//   - no error contains a codice fiscale;
//   - changes that a caller makes to a Record affect no later answer;
//   - concurrent callers each get the right person.
func TestSource(t *testing.T, h Harness) {
	t.Helper()
	if h.New == nil {
		t.Fatal("statustest: Harness.New is missing")
	}
	people := map[codicefiscale.Code]status.Record{
		parse(t, known):  {Birth: 19800101, Verbali: history(), Titles: titles(), Complete: true},
		parse(t, young):  {Birth: 20081102, Verbali: childhood()},
		parse(t, senior): {Birth: 19500310, Verbali: nil},
	}
	r := Registry{Records: maps.Clone(people)}
	if h.Keep != nil {
		for code, record := range people {
			record.Verbali, record.Titles = slices.Clone(record.Verbali), slices.Clone(record.Titles)
			people[code] = h.Keep(record)
		}
	}
	if !h.NoElsewhere {
		r.Elsewhere = []codicefiscale.Code{parse(t, elsewhere)}
	}
	t.Run("Found", func(t *testing.T) { testFound(t, h.New(t, r), people) })
	t.Run("NoStatus", func(t *testing.T) { testNoStatus(t, h.New(t, r)) })
	t.Run("Empty", func(t *testing.T) { want(t, h.New(t, Registry{}), known, status.ErrNoStatus) })
	t.Run("ClassNotHeld", func(t *testing.T) {
		if h.NoElsewhere {
			t.Skip("the source has no such people")
		}
		want(t, h.New(t, r), elsewhere, status.ErrClassNotHeld)
	})
	t.Run("Canceled", func(t *testing.T) { testCanceled(t, h.New(t, r), people) })
	t.Run("Unavailable", func(t *testing.T) {
		if h.Break == nil {
			t.Skip("Harness.Break is nil")
		}
		s := h.New(t, r)
		h.Break(t, s)
		for _, who := range []string{known, unknown, elsewhere} {
			wantUnavailable(t, s, who)
		}
	})
	t.Run("Ownership", func(t *testing.T) { testOwnership(t, h.New(t, r), people) })
	t.Run("Concurrent", func(t *testing.T) { testConcurrent(t, h.New(t, r), people) })
}

// Made-up people. The omocode belongs to another person than the known code.
const (
	known     = "RSSMRA80A01H501U"
	omocode   = "RSSMRA80A01H50MM"
	young     = "BNCNNA08S42H501X"
	senior    = "NREGPP50C10F205J"
	elsewhere = "VRDLGU80A41H501U"
	unknown   = "RSSMRA85T10A562S"
)

// The events and titles of history, childhood and titles use every field.
func history() []status.Verbale {
	return []status.Verbale{
		{
			ID: "T/2024-1", Version: 2, Domain: status.CivilInvalidity, Kind: status.KindFirst,
			Decision: 20240510, Effect: 20240203, Definitive: true, Number: "12/A",
			Body: "Commissione medica di Prova",
			Outcome: status.Outcome{
				Degree: status.DegreeTotalWalking, Percent: 100,
				Formula: status.Formula{Scheme: status.SchemeVerbale, Code: "7"},
				Annotations: status.Annotations{Parking: status.Yes, ReducedMobility: status.No,
					GraveWalking: status.Yes, PsychicAttendance: status.No, Blind: status.No,
					Deaf: status.No},
			},
			Revision: 20260510,
		},
		{
			ID: "T/2024-1", Domain: status.CivilInvalidity, Kind: status.KindFirst, Decision: 20240510,
			Effect: 20240203, Definitive: true,
			Outcome: status.Outcome{Degree: status.DegreeOverTwoThirds, Percent: 80},
		},
		{
			ID: "T/2024-2", Domain: status.Law104, Kind: status.KindFirst, Decision: 20240512,
			Effect: 20240203, Definitive: true, Outcome: status.Outcome{Degree: status.DegreeLaw104C3},
			RevisionExempt: true,
		},
		{ID: "T/2025-1", Domain: status.CivilInvalidity, Kind: status.KindSuspension, Decision: 20250601,
			Effect: 20250601, Definitive: true},
		{ID: "T/2025-2", Domain: status.CivilInvalidity, Kind: status.KindAutotutela, Decision: 20250620,
			Effect: 20250620, Definitive: true, Annuls: "T/2025-1"},
		{ID: "T/2025-3", Domain: status.Deafness, Kind: status.KindCourt, Decision: 20250701,
			Effect: 20250701, Definitive: true, NotHeld: status.ClassCourt,
			Replaces: status.IDs{"T/2019-7", "T/2019-8"}},
		{ID: "T/2025-4", Domain: status.Law68, Kind: status.KindApplication, Decision: 20250901,
			Effect: 20250901},
		{ID: "T/2025-5", Version: 2, Domain: status.Deafblindness, Kind: status.KindWithdrawn,
			Decision: 20251001, Effect: 20251001, Definitive: true},
		{ID: "T/2026-1", Domain: status.Blindness, Kind: status.KindFirst, Decision: 20260110,
			Effect: 20260110, Outcome: status.Outcome{Degree: status.DegreeBlindPartial}},
	}
}

func childhood() []status.Verbale {
	return []status.Verbale{
		{ID: "T/2020-1", Domain: status.CivilInvalidity, Kind: status.KindFirst, Decision: 20200510,
			Effect: 20200203, Definitive: true, Outcome: status.Outcome{Degree: status.DegreeMinorDifficulty},
			NoAdultVisit: true},
		{ID: "T/2020-2", Domain: status.Law104, Kind: status.KindFirst, Decision: 20200610, Effect: 20200203,
			EffectiveNow: true, Until: 20271231, Outcome: status.Outcome{Degree: status.DegreeLaw104C3}},
		{ID: "T/2020-3", Domain: status.SchoolInclusion, Kind: status.KindFirst, Decision: 20200610,
			Effect: 20200203, Definitive: true, Outcome: status.Outcome{Degree: status.DegreeNone}},
	}
}

func titles() []status.Title {
	return []status.Title{
		{Kind: status.TitleINAIL, Percent: 40, Held: true, Decision: 20190301, Effect: 20190101,
			End: 20290101},
		{Kind: status.TitleL222, Grade: 1, Held: true, Decision: 20200301, Effect: 20200401},
		{Kind: status.TitleWar, Decision: 20180301, Effect: 20180401},
	}
}

func testFound(t *testing.T, s status.Source, people map[codicefiscale.Code]status.Record) {
	for code, record := range people {
		found(t, s, code, record)
	}
	const today = 20261101
	st, err := status.Lookup(context.Background(), s, parse(t, known), today)
	want, wrong := people[parse(t, known)].Status(today)
	if err != nil || wrong != nil {
		t.Errorf("status.Lookup does not find the status of a known person: %v", errors.Join(err, wrong))
	}
	for _, domain := range status.Domains() {
		if got := st.In(domain).State; got != want.In(domain).State {
			t.Errorf("status.Lookup of a known person: %s is %q, want %q", domain, got, want.In(domain).State)
		}
	}
	_, err = status.Lookup(context.Background(), s, parse(t, senior), today)
	if !errors.Is(err, status.ErrNoStatus) {
		t.Errorf("a known person without verbali: %v, want %v", err, status.ErrNoStatus)
	}
}

// found looks up a known person and returns the Record, or a zero Record if it is wrong.
func found(t *testing.T, s status.Source, code codicefiscale.Code, want status.Record) status.Record {
	got, err := s.Lookup(context.Background(), code)
	if len(want.Verbali)+len(want.Titles) == 0 && errors.Is(err, status.ErrNoStatus) {
		return status.Record{}
	}
	if err != nil {
		t.Errorf("the known person born on %s: %v", want.Birth, err)
		return status.Record{}
	}
	if diff := difference(want, got); diff != "" {
		t.Errorf("the known person born on %s: %s", want.Birth, diff)
		return status.Record{}
	}
	return got
}

func testNoStatus(t *testing.T, s status.Source) {
	want(t, s, unknown, status.ErrNoStatus)
	want(t, s, omocode, status.ErrNoStatus)
	record, err := s.Lookup(context.Background(), codicefiscale.Code{})
	if !errors.Is(err, status.ErrNoStatus) || difference(status.Record{}, record) != "" {
		t.Errorf("the zero Code: %v, want %v and a zero Record", err, status.ErrNoStatus)
	}
}

// testCanceled accepts an answer that was ready before the context ended, but not a "no" about a
// known person.
func testCanceled(t *testing.T, s status.Source, people map[codicefiscale.Code]status.Record) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	record, err := s.Lookup(ctx, parse(t, known))
	switch {
	case err == nil:
		if diff := difference(people[parse(t, known)], record); diff != "" {
			t.Errorf("a context that is over: %s", diff)
		}
	case errors.Is(err, status.ErrNoStatus), errors.Is(err, status.ErrClassNotHeld):
		t.Errorf("a context that is over reads as %v", err)
	}
	noCode(t, err)
}

func testOwnership(t *testing.T, s status.Source, people map[codicefiscale.Code]status.Record) {
	code := parse(t, known)
	got := found(t, s, code, people[code])
	for i := range got.Verbali {
		got.Verbali[i] = status.Verbale{ID: "scribble"}
	}
	for i := range got.Titles {
		got.Titles[i] = status.Title{}
	}
	found(t, s, code, people[code])
}

func testConcurrent(t *testing.T, s status.Source, people map[codicefiscale.Code]status.Record) {
	var wg sync.WaitGroup
	for range 8 {
		for code, record := range people {
			wg.Go(func() {
				for range 10 {
					slices.Reverse(found(t, s, code, record).Verbali)
				}
			})
		}
	}
	wg.Wait()
}

func want(t *testing.T, s status.Source, who string, end status.Error) {
	t.Helper()
	record, err := s.Lookup(context.Background(), parse(t, who))
	if !errors.Is(err, end) {
		t.Errorf("error is %v, want %v", err, end)
	}
	if difference(status.Record{}, record) != "" {
		t.Error("a Record came with an error")
	}
	noCode(t, err)
}

func wantUnavailable(t *testing.T, s status.Source, who string) {
	t.Helper()
	record, err := s.Lookup(context.Background(), parse(t, who))
	if err == nil || errors.Is(err, status.ErrNoStatus) || errors.Is(err, status.ErrClassNotHeld) {
		t.Errorf("a source that cannot answer: %v, want an error that is neither %v nor %v", err,
			status.ErrNoStatus, status.ErrClassNotHeld)
	}
	if difference(status.Record{}, record) != "" {
		t.Error("a Record came with an error")
	}
	noCode(t, err)
}

func noCode(t *testing.T, err error) {
	t.Helper()
	for e := err; e != nil; e = errors.Unwrap(e) {
		for _, who := range []string{known, omocode, young, senior, elsewhere, unknown} {
			if strings.Contains(strings.ToUpper(e.Error()), who) {
				t.Error("an error contains a codice fiscale")
			}
		}
	}
}

// difference describes how two records differ, in field names and without values, because the
// values do not print.
func difference(want, got status.Record) string {
	w, g := counting(want.Verbali), counting(got.Verbali)
	switch {
	case want.Birth != got.Birth:
		return fmt.Sprintf("birth is %s, want %s", got.Birth, want.Birth)
	case want.Complete != got.Complete:
		return fmt.Sprintf("complete is %t, want %t", got.Complete, want.Complete)
	case len(w) != len(g):
		return fmt.Sprintf("%d verbali that count, want %d", len(g), len(w))
	case !slices.Equal(sorted(want.Titles), sorted(got.Titles)):
		return "the titles are not what was stored"
	}
	for i := range w {
		a, b := reflect.ValueOf(w[i]), reflect.ValueOf(g[i])
		for f := range a.NumField() {
			if !reflect.DeepEqual(a.Field(f).Interface(), b.Field(f).Interface()) {
				return fmt.Sprintf("verbale %s: %s is not what was stored", w[i].ID, a.Type().Field(f).Name)
			}
		}
	}
	return ""
}

// counting returns the events that may count, each in its highest version, in a form that can be
// compared.
func counting(verbali []status.Verbale) []status.Verbale {
	list := slices.DeleteFunc(slices.Clone(verbali), func(v status.Verbale) bool {
		return !v.Definitive && !v.EffectiveNow && v.Kind != status.KindApplication
	})
	for i := range list {
		v := &list[i]
		v.Version = max(v.Version, 1)
		if v.Replaces = slices.Sorted(slices.Values(v.Replaces)); len(v.Replaces) == 0 {
			v.Replaces = nil
		}
	}
	slices.SortFunc(list, func(a, b status.Verbale) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), b.Version-a.Version)
	})
	return slices.CompactFunc(list, func(a, b status.Verbale) bool { return a.ID == b.ID })
}

func sorted(titles []status.Title) []status.Title {
	return slices.SortedFunc(slices.Values(titles), func(a, b status.Title) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Decision, b.Decision),
			cmp.Compare(a.Effect, b.Effect))
	})
}

func parse(t testing.TB, s string) codicefiscale.Code {
	t.Helper()
	code, err := codicefiscale.Parse(s)
	if err != nil {
		t.Fatal("statustest: a made-up codice fiscale is wrong")
	}
	return code
}
