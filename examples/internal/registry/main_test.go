package registry_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/crowd"
	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
)

var server databasetest.Server

// childDSN makes the test program a process of its own, to be killed; childDoes is what it does.
const childDSN, childDoes = "REGISTRY_TEST_DSN", "REGISTRY_TEST_DOES"

func TestMain(m *testing.M) {
	if dsn := os.Getenv(childDSN); dsn != "" {
		if err := child(context.Background(), dsn, os.Getenv(childDoes)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(server.Run(m))
}

// child writes a line whenever it has done a part.
func child(ctx context.Context, dsn, does string) error {
	db, err := database.Open(ctx, dsn)
	if err != nil {
		return err
	}
	r, err := registry.Open(ctx, db, twoVersions())
	if err != nil {
		return err
	}
	return children[does](ctx, r)
}

// killed runs a child and kills it after a line that it wrote.
func killed(t *testing.T, dsn, does string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childDSN+"="+dsn, childDoes+"="+does)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = out.Read(make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Kill())
	assert.Error(t, cmd.Wait())
}

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
