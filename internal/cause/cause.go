// Package cause describes errors for a log. The text of an error may contain a name, a number or a token, so
// the description has only what is known to contain none of them.
package cause

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// New returns an error like errors.New. The text is fixed, so Text writes it.
func New(text string) error { return &fixed{text} }

type fixed struct{ text string }

func (f *fixed) Error() string { return f.text }

// Text returns the types along the chain of an error, and what is safe of each in square brackets:
//
//   - if the error is a [slog.LogValuer], what it wants in a log; the chain ends there;
//   - the text of an error of [New], of an error constant of this project, of a well-known error of the
//     standard library, and of an error that is a number, such as syscall.Errno or the code of a PKCS#11
//     module;
//   - the SQLSTATE of a database, and a result code of at most 32 bits, such as SQLite's;
//   - the first word of an error of Redis, such as READONLY;
//   - the operation of a network error, and why a name or a certificate is refused.
//
// Text returns "" for nil.
func Text(err error) string {
	if err == nil {
		return ""
	}
	name := fmt.Sprintf("%T", err)
	if v := reflect.ValueOf(err); v.Kind() == reflect.Pointer && v.IsNil() {
		return name
	}
	if valuer, ok := err.(slog.LogValuer); ok {
		return bracket(name, slog.AnyValue(valuer).Resolve().String())
	}
	name = bracket(name, detail(err))
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return name + ": " + Text(inner)
		}
	case interface{ Unwrap() []error }:
		var all []string
		for _, inner := range e.Unwrap() {
			all = append(all, Text(inner))
		}
		return name + ": (" + strings.Join(all, ", ") + ")"
	}
	return name
}

func bracket(name, detail string) string {
	if detail == "" {
		return name
	}
	return name + "[" + detail + "]"
}

// detail returns what is safe of one error without its chain, or "".
func detail(err error) string {
	switch e := err.(type) {
	case *fixed:
		return e.text
	case interface{ SQLState() string }:
		return matching(e.SQLState(), `^[0-9A-Z]{5}$`)
	case interface{ RedisError() }:
		word, _, _ := strings.Cut(err.Error(), " ")
		return matching(word, `^[A-Z]{2,16}$`)
	case interface{ Code() int }:
		if code := e.Code(); isCode(int64(code)) {
			return strconv.Itoa(code)
		}
		return ""
	case *net.OpError:
		return matching(e.Op, `^[a-z ]{1,16}$`)
	case *net.DNSError:
		return nameFault(e)
	case x509.CertificateInvalidError:
		return certificateFault(e.Reason)
	}
	if isConstant(err) {
		return err.Error()
	}
	return ""
}

func matching(text, pattern string) string {
	if !regexp.MustCompile(pattern).MatchString(text) {
		return ""
	}
	return text
}

// ours is the beginning of the import paths of this project.
const ours = "github.com/qr-invalidita/attesta/"

// isConstant reports whether the text of an error is fixed, or follows from a number of at most 32 bits.
func isConstant(err error) bool {
	v := reflect.ValueOf(err)
	switch {
	case v.Kind() == reflect.String:
		return strings.HasPrefix(v.Type().PkgPath(), ours)
	case v.CanInt():
		return isCode(v.Int())
	case v.CanUint():
		return v.Uint() == uint64(uint32(v.Uint()))
	}
	same := func(known error) bool { return v.Comparable() && err == known }
	return slices.ContainsFunc(wellKnown(), same)
}

// isCode reports whether a number has at most 32 bits. A longer one may be a phone number.
func isCode(n int64) bool { return n == int64(int32(n)) }

// wellKnown returns the errors of the standard library that a log should name. Their types are those of many
// other errors.
func wellKnown() []error {
	return []error{
		context.Canceled, context.DeadlineExceeded, os.ErrDeadlineExceeded, io.EOF, io.ErrUnexpectedEOF,
		io.ErrClosedPipe, net.ErrClosed, fs.ErrNotExist, fs.ErrPermission,
	}
}

func nameFault(e *net.DNSError) string {
	switch {
	case e.IsNotFound:
		return "no such host"
	case e.IsTimeout:
		return "timeout"
	}
	return ""
}

func certificateFault(r x509.InvalidReason) string {
	switch r {
	case x509.Expired:
		return "expired or not yet valid"
	case x509.NotAuthorizedToSign:
		return "not authorized to sign"
	case x509.IncompatibleUsage:
		return "not for this use"
	}
	return ""
}
