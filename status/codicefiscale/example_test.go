package codicefiscale_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

func ExampleParse() {
	code, err := codicefiscale.Parse(" rssmra80a01h501u\n")
	fmt.Println(code, err)
	fmt.Println(code.Reveal())

	_, err = codicefiscale.Parse("RSSMRA80B31H501U")
	fmt.Println(errors.Is(err, codicefiscale.ErrDate), err)
	// Output:
	// [codice fiscale] <nil>
	// RSSMRA80A01H501U
	// true codice fiscale has a date that does not exist
}

func ExampleParse_omocodia() {
	code, _ := codicefiscale.Parse("RSSMRA80A01H501U")
	other, _ := codicefiscale.Parse("RSSMRA80A01H50MM")
	place, _ := code.Place()
	otherPlace, _ := other.Place()
	fmt.Println(code == other, place == otherPlace)
	// Output: false true
}

func ExampleParseProvisional() {
	_, err := codicefiscale.Parse("12345671510")
	fmt.Println(err)

	code, err := codicefiscale.ParseProvisional("12345671510")
	fmt.Println(code.IsProvisional(), err)
	// Output:
	// codice fiscale has the wrong length
	// true <nil>
}

func ExampleParseSubject() {
	code, err := codicefiscale.ParseSubject("TINIT-RSSMRA80A01H501U")
	fmt.Println(code.Reveal(), err)

	_, err = codicefiscale.ParseSubject("VATIT-00743110157")
	fmt.Println(err)
	// Output:
	// RSSMRA80A01H501U <nil>
	// subject has a prefix other than TINIT-
}

func ExampleBirth_Candidates() {
	code, _ := codicefiscale.Parse("RSSMRA20E44H501B")
	birth, _ := code.Birth()
	today := time.Date(2026, time.July, 1, 12, 0, 0, 0, time.UTC)
	for _, date := range birth.Candidates(today) {
		fmt.Println(date.Format(time.DateOnly))
	}
	// Output:
	// 1920-05-04
	// 2020-05-04
}

// The caller supplies the names of places.
func ExampleCode_Place() {
	places := map[string]string{"H501": "Roma", "A562": "San Giuliano Terme"}
	code, _ := codicefiscale.Parse("RSSMRA80A01H50MM")
	place, _ := code.Place()
	fmt.Println(place, places[place])
	// Output: H501 Roma
}

func ExampleCode_Format() {
	person := struct {
		Name string
		cf   codicefiscale.Code
	}{Name: "Maria"}
	person.cf, _ = codicefiscale.Parse("RSSMRA80A01H501U")
	fmt.Printf("%v %+v %q\n", person.cf, person.cf, person.cf)
	fmt.Printf("%v\n", person) // package fmt cannot call a method here
	// Output:
	// [codice fiscale] [codice fiscale] [codice fiscale]
	// {Maria {2734554139718 1046989103076}}
}
