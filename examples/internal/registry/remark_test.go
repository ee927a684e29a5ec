package registry_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
)

// A doubt that the records of two bodies raise needs a look; one that a later event settles does not.
func TestWarnings(t *testing.T) {
	look := map[status.Doubt]bool{status.DoubtTie: true, status.DoubtCircle: true, status.DoubtTwice: true,
		status.DoubtRuling: true}
	for _, doubt := range status.Doubts() {
		d := status.DomainStatus{Domain: status.Law104, Doubt: doubt}
		want := ""
		if look[doubt] {
			want = "law_104: undecided: " + string(doubt)
		}
		assert.Equal(t, want, registry.Remark{Opened: []status.DomainStatus{d}}.Warning())
		assert.Empty(t, registry.Remark{Closed: []status.DomainStatus{d}}.Warning())
	}
	assert.Empty(t, registry.Remark{Line: 7}.Warning())
	all := registry.Remark{Birth: true, NotWithdrawn: true,
		Opened: []status.DomainStatus{{Domain: status.Law68, Doubt: status.DoubtTie}}}.Warning()
	assert.Len(t, strings.Split(all, "; "), 4, all) // the first sentence has a semicolon of its own
}

// The remarks of a batch say what it changed, entry by entry.
func TestRemarks(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		var progress registry.Progress
		put := func(p registry.Person) registry.Remark {
			t.Helper()
			next := progress
			next.Position++
			noted, remarks, err := r.PutFrom(t.Context(), registry.File{1}, progress, next,
				[]registry.Entry{{Line: next.Position, Person: p}}, nil)
			require.NoError(t, err)
			require.Len(t, remarks, 1)
			assert.Equal(t, next.Position, remarks[0].Line)
			progress = noted
			return remarks[0]
		}
		nothing := func(r registry.Remark) {
			t.Helper()
			assert.Empty(t, r.Opened)
			assert.Empty(t, r.Closed)
			assert.Empty(t, r.Warning())
		}
		cf, birth := persona("mario").CF, persona("mario").Birth
		says := func(verbali ...status.Verbale) registry.Person {
			return registry.Person{CF: cf, Birth: birth, Verbali: verbali}
		}
		first := judgement("A/1", 20200101, 40)
		nothing(put(says(first)))

		tie := judgement("A/2", 20200101, 80)
		opened := put(says(tie))
		require.Len(t, opened.Opened, 1)
		assert.Equal(t, status.DoubtTie, opened.Opened[0].Doubt)
		assert.Empty(t, opened.Closed)
		nothing(put(says(tie))) // it was open before

		settled := put(says(judgement("A/3", 20210101, 80)))
		assert.Empty(t, settled.Opened)
		require.Len(t, settled.Closed, 1)
		assert.Equal(t, status.CivilInvalidity, settled.Closed[0].Domain)

		mistaken := status.Verbale{ID: "A/4", Domain: status.CivilInvalidity, Kind: status.KindWithdrawn,
			Decision: 20220101, Effect: 20220101}
		assert.True(t, put(says(mistaken)).NotWithdrawn)
		mistaken.Definitive = true
		assert.False(t, put(says(mistaken)).NotWithdrawn)

		draft := judgement("A/5", 20220101, 80)
		draft.Definitive = false
		assert.False(t, put(says(draft)).NotWithdrawn, "that is no mark")

		assert.False(t, put(says()).Birth)
		assert.True(t, put(registry.Person{CF: cf, Birth: birth + 1}).Birth)
		assert.False(t, put(registry.Person{CF: cf}).Birth, "an entry without a birth says nothing about it")
		next := code(t, "RSSMRA80A01H50MM")
		assert.True(t, put(registry.Person{CF: next, Previous: cf}).Birth, "but a new code does")
		assert.Equal(t, int64(4), progress.Warned, "the tie, the mark and two births")
	})
}

// A domain is news if it was decided before, or open for another reason, whatever the other domains are.
func TestRemarksOfOtherReasons(t *testing.T) {
	event := func(id string, domain status.Domain, kind status.Kind, notHeld status.Class) status.Verbale {
		return status.Verbale{ID: id, Domain: domain, Kind: kind, Decision: 20240101, Effect: 20240101,
			Definitive: kind != status.KindApplication, NotHeld: notHeld}
	}
	type opened struct {
		domain  status.Domain
		doubt   status.Doubt
		notHeld status.Class
	}
	for name, tt := range map[string]struct {
		before, after status.Verbale
		want          []opened
	}{
		"another domain": {event("1", status.Law104, status.KindApplication, ""),
			event("2", status.Law68, status.KindApplication, ""),
			[]opened{{status.Law68, status.DoubtApplication, ""}}},
		"another doubt": {event("1", status.Blindness, status.KindApplication, ""),
			event("2", status.Blindness, status.KindFirst, status.ClassCourt),
			[]opened{{status.Blindness, "", status.ClassCourt}}},
		"another class": {event("1", status.Blindness, status.KindFirst, status.ClassProvincial),
			event("2", status.Blindness, status.KindWorsening, status.ClassCourt),
			[]opened{{status.Blindness, "", status.ClassCourt}}},
		"the same again": {event("1", status.Law104, status.KindApplication, ""),
			event("2", status.Law104, status.KindApplication, ""), nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, databasetest.SQLite(t))
			p := registry.Person{CF: persona("mario").CF, Birth: persona("mario").Birth}
			tt.after.Decision, tt.after.Effect = 20240201, 20240201
			p.Verbali = []status.Verbale{tt.before}
			require.NoError(t, r.Put(t.Context(), p))
			p.Verbali = []status.Verbale{tt.after}
			_, remarks, err := r.PutFrom(t.Context(), registry.File{1}, registry.Progress{},
				registry.Progress{Position: 1}, entries(p), nil)
			require.NoError(t, err)
			var got []opened
			for _, d := range remarks[0].Opened {
				got = append(got, opened{d.Domain, d.Doubt, d.NotHeld})
			}
			assert.Equal(t, tt.want, got)
			assert.Empty(t, remarks[0].Closed)
		})
	}
}

// What was open under the old code is not news under the new one.
func TestRemarksOfANewCode(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		a, b, _ := codes(t)
		p := mario()
		p.CF, p.Verbali = a, []status.Verbale{judgement("A/1", 20200101, 40), judgement("A/2", 20200101, 80)}
		require.NoError(t, r.Put(t.Context(), p))
		_, remarks, err := r.PutFrom(t.Context(), registry.File{1}, registry.Progress{},
			registry.Progress{Position: 1}, entries(registry.Person{CF: b, Previous: a}), nil)
		require.NoError(t, err)
		assert.Empty(t, remarks[0].Opened)
		assert.Empty(t, remarks[0].Closed)
	})
}
