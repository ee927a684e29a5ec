package status_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// tenVerbali is a long history with many commissions, in the order of arrival.
func tenVerbali() []status.Verbale {
	return []status.Verbale{
		first("V01", ic, 20120310, status.DegreeOverThird, 50),
		first("V02", status.Law104, 20120318, status.DegreeLaw104C1, 0),
		judged("V03", ic, status.KindWorsening, 20150510, status.DegreeOverTwoThirds, 75),
		revision(judged("V04", ic, status.KindRevision, 20170510, status.DegreeOverTwoThirds, 80), 20190510),
		event("V05", ic, status.KindSuspension, 20190612),
		event("V06", ic, status.KindLifting, 20190820),
		judged("V07", ic, status.KindWorsening, 20200210, status.DegreeTotal, 100),
		annuls(event("V08", ic, status.KindAutotutela, 20200901), "V07"),
		judged("V09", ic, status.KindCourt, 20220115, status.DegreeTotalWalking, 100),
		judged("V10", status.Law104, status.KindWorsening, 20220301, status.DegreeLaw104C3, 0),
	}
}

func BenchmarkLookup(b *testing.B) {
	who := code(b, "RSSMRA80A01H501U")
	source := status.Static{Records: map[codicefiscale.Code]status.Record{who: {Birth: 19800101,
		Verbali: tenVerbali()}}}
	s, err := status.Lookup(b.Context(), source, who, today)
	require.NoError(b, err)
	require.Equal(b, []status.Category{status.CategoryCivilInvalid, status.CategoryAttendance,
		status.CategoryLaw104}, s.FirstLevel("").Categories)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := status.Lookup(b.Context(), source, who, today); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFirstLevel(b *testing.B) {
	s, err := status.Current(tenVerbali(), adult, today)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		s.FirstLevel(status.PolicyCategories)
	}
}
