package cause_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/internal/cause"
	"github.com/qr-invalidita/attesta/internal/secret"
)

const person = "RSSMRA80A01H501U"

type (
	database struct{ state string }
	sqlite   int
	redis    string
	module   uint
	number   int64
	valuer   struct{}
)

func (d *database) Error() string    { return "duplicate key " + person }
func (d *database) SQLState() string { return d.state }
func (s *sqlite) Error() string      { return "constraint failed " + person }
func (s *sqlite) Code() int          { return int(*s) }
func (r redis) Error() string        { return string(r) }
func (redis) RedisError()            {}
func (m module) Error() string       { return fmt.Sprintf("pkcs11: 0x%X: CKR_DEVICE_ERROR", uint(m)) }
func (n number) Error() string       { return fmt.Sprint(int64(n)) }
func (valuer) Error() string         { return person }
func (valuer) LogValue() slog.Value  { return slog.StringValue("percent is out of bounds") }

func TestText(t *testing.T) {
	code, phone := sqlite(1555), sqlite(393510000067)
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"nil":     {nil, ""},
		"unknown": {errors.New(person), "*errors.errorString"},
		"wrapped": {fmt.Errorf("no row for %s: %w", person, io.ErrUnexpectedEOF),
			"*fmt.wrapError: *errors.errorString[unexpected EOF]"},
		"fixed": {cause.New("no key"), "*cause.fixed[no key]"},
		"joined": {errors.Join(context.Canceled, errors.New(person)),
			"*errors.joinError: (*errors.errorString[context canceled], *errors.errorString)"},
		"a constant of this project": {secret.Error("a secret is not marshalled"),
			"secret.Error[a secret is not marshalled]"},
		"PostgreSQL":       {&database{"23505"}, "*cause_test.database[23505]"},
		"no SQLSTATE":      {&database{person}, "*cause_test.database"},
		"SQLite":           {&code, "*cause_test.sqlite[1555]"},
		"no code":          {&phone, "*cause_test.sqlite"},
		"Redis":            {redis("READONLY no write against " + person), "cause_test.redis[READONLY]"},
		"no word of Redis": {redis(person + " is a key"), "cause_test.redis"},
		"PKCS#11":          {module(0x30), "cause_test.module[pkcs11: 0x30: CKR_DEVICE_ERROR]"},
		"a long number":    {number(393510000067), "cause_test.number"},
		"a LogValuer":      {valuer{}, "cause_test.valuer[percent is out of bounds]"},
		"a nil pointer":    {(*net.OpError)(nil), "*net.OpError"},
		"network": {&url.Error{Op: "Post", URL: person, Err: &net.OpError{Op: "dial",
			Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}},
			"*url.Error: *net.OpError[dial]: *os.SyscallError: syscall.Errno[connection refused]"},
		"name": {&net.DNSError{Name: person, IsNotFound: true}, "*net.DNSError[no such host]"},
		"certificate": {x509.CertificateInvalidError{Reason: x509.Expired, Detail: person},
			"x509.CertificateInvalidError[expired or not yet valid]"},
	} {
		t.Run(name, func(t *testing.T) {
			got := cause.Text(tt.err)
			assert.Equal(t, tt.want, got)
			assert.NotContains(t, got, person)
		})
	}
}
