//go:build !pkcs11

package app

import (
	"crypto"

	"github.com/qr-invalidita/attesta/examples/internal/words"
)

// open fails: PKCS #11 needs cgo and therefore a build of its own.
func (module) open(string) ([]crypto.Signer, func() error, error) {
	return nil, nil, words.Errorf("this program was built without PKCS #11: build it with -tags pkcs11")
}
