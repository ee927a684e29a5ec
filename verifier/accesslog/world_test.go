package accesslog_test

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/service"
)

const (
	person   = "RSSMRA80A01H501U"
	another  = "BNCNNA08S42H501X"
	operator = "VRDLGU80A41H501U"
	logName  = "qr.example.it/access"
)

var start = time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func code(text string) codicefiscale.Code { return must(codicefiscale.Parse(text)) }

// keys are those of the log, always the same.
func keys() (note.Signer, note.Verifier) {
	private, public, err := note.GenerateKey(bytes.NewReader(make([]byte, 64)), logName)
	if err != nil {
		panic(err)
	}
	return must(note.NewSigner(private)), must(note.NewVerifier(public))
}

func verifier() note.Verifier {
	_, v := keys()
	return v
}

var count atomic.Int64

// access is what the service appends.
func access(cf string, at time.Time) service.Access {
	n := count.Add(1)
	return service.Access{
		ID: fmt.Sprintf("receipt-%d", n), At: at, Person: code(cf),
		Operator:     service.Operator{Tenant: "a", IdentityProvider: "https://login.example", ID: operator},
		Organisation: "CAFFÈ D'ARTE", Declared: true, Purpose: "museum", Scope: "benefit:museum",
		CaseNumber: "A/1", Evidence: "a=no;b=yes", Channel: otp.SMS,
		Challenge: fmt.Sprintf("challenge-%d", n),
	}
}

func add(t testing.TB, l *accesslog.Log, cf string, at time.Time) service.Access {
	t.Helper()
	a := access(cf, at)
	require.NoError(t, l.Append(t.Context(), a))
	return a
}
