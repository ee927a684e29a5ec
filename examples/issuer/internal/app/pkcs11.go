//go:build pkcs11

package app

import (
	"crypto"
	"errors"

	"github.com/ThalesGroup/crypto11"

	"github.com/qr-invalidita/attesta/examples/internal/words"
)

// open returns the signers of the objects, in their order.
func (m module) open(pin string) (signers []crypto.Signer, closeModule func() error, err error) {
	device, err := crypto11.Configure(&crypto11.Config{Path: m.path, TokenLabel: m.token, Pin: pin})
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, device.Close())
		}
	}()
	for _, label := range m.objects {
		pairs, err := device.FindKeyPairs(nil, []byte(label))
		if err != nil {
			return nil, nil, err
		}
		if len(pairs) != 1 {
			return nil, nil, words.Errorf("%d key pairs have the label %s and an id, want one", len(pairs),
				label)
		}
		signers = append(signers, pairs[0])
	}
	return signers, device.Close, nil
}
