//go:build !pkcs11

package app

import (
	"crypto"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/words"
)

var errNoPKCS11 = words.Errorf("this program was built without PKCS #11: build it with -tags pkcs11")

// open fails: PKCS #11 needs cgo and therefore a build of its own.
func (module) open(string) ([]crypto.Signer, func() error, error) {
	return nil, nil, errNoPKCS11
}

// wrapper fails for the same reason.
func (module) wrapper(string) (registry.Wrapper, func() error, error) { return nil, nil, errNoPKCS11 }
