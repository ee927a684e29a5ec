package registry_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/crowd"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
)

var server databasetest.Server

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }

var key = []byte("a key for tests, 32 bytes or more")

func open(t testing.TB, dsn string) *registry.Registry {
	t.Helper()
	r, err := registry.Open(t.Context(), databasetest.Open(t, dsn), registry.OneKey(key))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// each runs test on a new registry of each dialect.
func each(t *testing.T, test func(t *testing.T, r *registry.Registry)) {
	server.Each(t, func(t *testing.T, dsn string) { test(t, open(t, dsn)) })
}

func persona(id string) demo.Persona {
	for _, p := range demo.Personas() {
		if p.ID == id {
			return p
		}
	}
	panic("no such persona: " + id)
}

func phone(t testing.TB, s string) otp.Phone {
	t.Helper()
	p, err := otp.ParsePhone(s)
	require.NoError(t, err)
	return p
}

// mario is a known person with one verbale.
func mario() registry.Person {
	p := persona("mario")
	return registry.Person{CF: p.CF, Given: p.Given, Family: p.Family, Birth: p.Birth, Verbali: p.Verbali}
}

// judgement returns a verbale of an adult.
func judgement(id string, day status.Date, percent int) status.Verbale {
	degree := status.DegreeOverThird
	if percent >= 67 {
		degree = status.DegreeOverTwoThirds
	}
	return status.Verbale{
		ID: id, Domain: status.CivilInvalidity, Kind: status.KindWorsening, Decision: day, Effect: day,
		Definitive: true, Outcome: status.Outcome{Degree: degree, Percent: percent},
	}
}

// people returns the first n of the crowd, without phones, so that they are comparable.
func people(n int) []registry.Person {
	out := make([]registry.Person, n)
	for i := range out {
		out[i] = crowd.Person(i)
		out[i].Contacts = registry.Contacts{}
	}
	return out
}
