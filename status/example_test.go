package status_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

func ExampleLookup() {
	mario, _ := codicefiscale.Parse("RSSMRA80A01H501U")
	anna, _ := codicefiscale.Parse("BNCNNA08S42H501X")
	luisa, _ := codicefiscale.Parse("VRDLGU80A41H501U")
	registry := status.Static{
		Records: map[codicefiscale.Code]status.Record{
			mario: {Birth: 19800101, Verbali: []status.Verbale{{
				ID: "V1", Domain: status.CivilInvalidity, Kind: status.KindFirst,
				Decision: 20240510, Effect: 20240510, Definitive: true,
				Outcome: status.Outcome{Degree: status.DegreeOverTwoThirds, Percent: 75},
			}}},
		},
		Elsewhere: map[codicefiscale.Code]bool{luisa: true},
	}
	for _, code := range []codicefiscale.Code{mario, anna, luisa} {
		s, err := status.Lookup(context.Background(), registry, code, 20261101)
		switch {
		case errors.Is(err, status.ErrNoStatus):
			fmt.Println("cannot tell: nothing here, ask for the paper")
		case errors.Is(err, status.ErrClassNotHeld):
			fmt.Println("cannot tell: the paper is of a sort that is not kept here")
		case err != nil:
			fmt.Println("cannot tell: try again later")
		default:
			f := s.FirstLevel(status.PolicyCategories)
			fmt.Println(f.Answer, f.Categories)
		}
	}
	// Output:
	// confirmed [civil_invalid]
	// cannot tell: nothing here, ask for the paper
	// cannot tell: the paper is of a sort that is not kept here
}

func ExampleCurrent() {
	verbali := []status.Verbale{
		{
			ID: "V2", Domain: status.CivilInvalidity, Kind: status.KindWorsening,
			Decision: 20250310, Effect: 20250115, Definitive: true,
			Outcome: status.Outcome{Degree: status.DegreeTotal, Percent: 100}, Revision: 20260310,
		},
		{
			ID: "V1", Domain: status.CivilInvalidity, Kind: status.KindFirst,
			Decision: 20240510, Effect: 20240510, Definitive: true,
			Outcome: status.Outcome{Degree: status.DegreeOverTwoThirds, Percent: 70},
		},
		{
			ID: "V3", Domain: status.CivilInvalidity, Kind: status.KindAutotutela,
			Decision: 20260901, Effect: 20260901, Definitive: true, Annuls: "V2",
		},
	}
	for _, at := range []status.Date{20250101, 20250310, 20260401, 20260901} {
		s, err := status.Current(verbali, 19800101, at)
		if err != nil {
			fmt.Println(err)
			return
		}
		civil := s.In(status.CivilInvalidity)
		fmt.Println(at, civil.State, civil.Percent)
	}
	// Output:
	// 2025-01-01 valid 70
	// 2025-03-10 valid 100
	// 2026-04-01 revision_pending 100
	// 2026-09-01 valid 70
}

func ExampleStatus_FirstLevel() {
	s, _ := status.Current([]status.Verbale{{
		ID: "V1", Domain: status.Law104, Kind: status.KindReform,
		Decision: 20260310, Effect: 20260310, Definitive: true,
		Outcome: status.Outcome{Degree: status.DegreeSupportHigh},
	}}, 19800101, 20261101)
	for _, policy := range []status.Policy{status.PolicyAny, status.PolicyCategories, status.PolicySubKinds} {
		f := s.FirstLevel(policy)
		fmt.Println(f.Answer, f.Categories, f.SubKinds)
	}
	fmt.Println(s)
	// Output:
	// confirmed [] []
	// confirmed [law_104] []
	// confirmed [law_104] [law_104_c3]
	// [health data]
}

func ExampleStatus_SecondLevel() {
	s, _ := status.Current([]status.Verbale{{
		ID: "V1", Domain: status.CivilInvalidity, Kind: status.KindFirst,
		Decision: 20240510, Effect: 20240510, Definitive: true,
		Outcome: status.Outcome{
			Degree: status.DegreeTotalWalking, Percent: 100,
			Annotations: status.Annotations{Parking: status.Yes},
		},
	}}, 19800101, 20261101)
	for _, d := range s.SecondLevel() {
		words, _ := status.Describe(d.Degree, status.English)
		fmt.Println(words.Legal)
		for _, a := range []status.Annotation{status.AnnotationParking, status.AnnotationDeaf} {
			value, _ := status.Describe(d.Annotations.Value(a), status.English)
			fmt.Println(a, "-", value.Legal)
		}
	}
	// Output:
	// Invalid at 100%, unable to walk without the permanent help of a companion
	// parking_art_381 - Yes
	// deaf_art_6 - Not stated in the decision
}

func ExampleDescribe() {
	w, _ := status.Describe(status.SubKindLaw104C3, status.Italian)
	fmt.Println(w.Legal)
	fmt.Println(w.Reform)
	fmt.Println(w.Plain)
	fmt.Println(w.Law)

	w, _ = status.Describe(status.StateRevisionPending, status.German)
	fmt.Println(w.Plain)
	// Output:
	// Portatore di handicap in situazione di gravità (art. 3, comma 3)
	// Persona con disabilità con necessità di sostegno elevato o molto elevato (art. 3, comma 3)
	// La persona ha bisogno di molto sostegno: legge 104, comma 3.
	// L. 104/1992 art. 3 c. 3; D.Lgs. 62/2024 art. 3-4
	// Die Anerkennung gilt. Die Person wartet auf eine neue Untersuchung und behält bis dahin alle Rechte.
}

func ExampleVerbale_Validate() {
	v := status.Verbale{
		ID: "V1", Domain: status.CivilInvalidity, Kind: status.KindFirst,
		Decision: 20240510, Effect: 20240510, Definitive: true,
		Outcome: status.Outcome{Degree: status.DegreeOverTwoThirds, Percent: 66},
	}
	err := v.Validate()
	fmt.Println(err)
	fmt.Println(errors.Is(err, status.ErrBand))
	// Output:
	// outcome.percent is outside the band of the degree
	// true
}
