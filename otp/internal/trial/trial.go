// Package trial tests otp.Challenges on a store in ways that a conformance suite within one
// process cannot: with several processes, with processes and servers that are killed, by a
// search for secrets in the stored data, and by benchmarks.
//
// Some trials start the test binary again, with OTP_CHILD set, to run the same test. A
// TestMain that starts servers must not do so then.
package trial

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

// A Backend is the store and limiter under trial.
type Backend interface {
	otp.Store
	otp.Limiter
}

// A Setup tells how to reach a Backend.
type Setup struct {
	// New makes empty storage and returns the name with which Open finds it. It is called in the
	// first process only.
	New func(t testing.TB) (where string)
	// Open returns a handle with its own connections.
	Open func(t testing.TB, where string) Backend
}

// The persons' numbers are not assigned. Their IDs have the form of a codice fiscale.
const (
	phone   = "+393510000067"
	subject = "TSTPRV80A01H501"
	org     = "COMUNE DI ROMA"
)

// generous returns limits of every kind that no trial reaches.
func generous() otp.Limits {
	many := []otp.Rate{{Count: 1_000_000, Per: 24 * time.Hour}}
	return otp.Limits{Phone: many, Claimed: many, Claims: many, Operator: many, People: many, Failures: many,
		Organisation: many, Tenant: many, Source: many, Checks: many}
}

func newChallenges(t testing.TB, b Backend, sender otp.Sender, change func(*otp.Config)) *otp.Challenges {
	t.Helper()
	c := otptest.Config(sender, nil)
	c.Store, c.Limiter = b, b
	c.Policy.Limits = generous()
	if change != nil {
		change(&c)
	}
	g, err := otp.New(c)
	require.NoError(t, err)
	return g
}

// person returns a start for one of many persons. Operators differ too; only tenant and
// organisation are shared.
func person(name string) otp.StartRequest {
	p, err := otp.ParsePhone(phone)
	if err != nil {
		panic(err)
	}
	return otp.StartRequest{
		Parties: otp.Parties{Operator: otp.Operator{IdentityProvider: "login",
			ID: otp.NewSecret("operator " + name)},
			Subject: otp.NewSecret(subject + name)},
		Terms:          otp.Terms{Organisation: org, Purpose: "parking", Scope: "benefit:parking"},
		Contacts:       []otp.Contact{{Channel: otp.SMS, Phone: p, VerifiedAt: time.Unix(1, 0)}},
		IdempotencyKey: "start " + name,
	}
}

func answer(q otp.StartRequest, id string, code otp.Code) otp.VerifyRequest {
	return otp.VerifyRequest{Parties: q.Parties, ID: id, Code: code}
}

// wrong returns a code that differs from right.
func wrong(right otp.Code) otp.Code {
	b := []byte(right.Reveal())
	b[0] = '0' + (b[0]-'0'+1)%10
	return otp.NewCode(string(b))
}

// cause returns the cause of err; "" for nil.
func cause(err error) otp.Error {
	var r *otp.Refusal
	if errors.As(err, &r) {
		return r.Cause
	}
	if err != nil {
		return "not a refusal: " + otp.Error(err.Error())
	}
	return ""
}

// task is the order that a child reads from its standard input.
type task struct {
	Where, Name, ID, Code string
	Callers               int
}

func childTask() (task, bool) {
	var k task
	if os.Getenv("OTP_CHILD") == "" {
		return k, false
	}
	return k, json.NewDecoder(os.Stdin).Decode(&k) == nil
}

// child is this test in another process.
type child struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func startChild(t *testing.T) child {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$")
	cmd.Env = append(os.Environ(), "OTP_CHILD=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	return child{cmd, in, bufio.NewScanner(out)}
}

// line returns the rest of the child's next line that begins with prefix.
func (c child) line(t *testing.T, prefix string) string {
	t.Helper()
	for c.out.Scan() {
		if rest, ok := strings.CutPrefix(c.out.Text(), prefix+" "); ok {
			return rest
		}
	}
	require.FailNow(t, "the child said no "+prefix)
	return ""
}

func (c child) tell(t *testing.T, v any) {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	_, err = fmt.Fprintf(c.in, "%s\n", b)
	require.NoError(t, err)
}
