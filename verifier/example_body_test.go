package verifier_test

import (
	"context"
	"log"
	"testing"

	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// exampleTest is what a servicetest.Body needs of a test, for examples, which have none.
type exampleTest struct {
	testing.TB
	ended *[]func()
}

func (exampleTest) Helper()                  {}
func (exampleTest) Context() context.Context { return context.Background() }
func (exampleTest) Fatal(args ...any)        { log.Fatal(args...) }
func (e exampleTest) Cleanup(f func())       { *e.ended = append(*e.ended, f) }

// issuerAndPaper returns an issuing body over HTTP, with a paper of servicetest.Person. In a test of yours,
// call servicetest.New and Body.Paper.
func issuerAndPaper() (body *servicetest.Body, paper string, end func()) {
	t := exampleTest{ended: new([]func())}
	body = servicetest.New(t)
	paper = body.Paper(t, servicetest.Code(servicetest.Person))
	return body, paper, func() {
		for _, f := range *t.ended {
			f()
		}
	}
}
