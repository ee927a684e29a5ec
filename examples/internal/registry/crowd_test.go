package registry_test

import (
	"fmt"
	"testing"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/stretchr/testify/require"
)

// crowd returns n people with one verbale each, without contacts.
func crowd(t testing.TB, n int) []registry.Person {
	t.Helper()
	people := make([]registry.Person, n)
	for i := range people {
		people[i] = registry.Person{
			CF: member(t, i), Given: "Persona", Family: fmt.Sprint("Numero ", i), Birth: 19700101,
			Verbali: []status.Verbale{judgement(fmt.Sprintf("X/%d", i), 20200101, 34+i%66)},
		}
	}
	return people
}

// member is the i-th code of people born on one day in a place that does not exist.
func member(t testing.TB, i int) codicefiscale.Code {
	t.Helper()
	letter := func(n int) byte { return byte('A' + n%26) }
	stem := string([]byte{letter(i / 26 / 26 / 26), letter(i / 26 / 26), letter(i / 26), letter(i), 'Z', 'Z'}) + "70A01M999"
	for check := byte('A'); check <= 'Z'; check++ {
		if c, err := codicefiscale.Parse(stem + string(check)); err == nil {
			return c
		}
	}
	require.FailNow(t, "no check letter fits")
	return codicefiscale.Code{}
}
