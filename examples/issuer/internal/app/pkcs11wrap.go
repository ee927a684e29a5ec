//go:build pkcs11

package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/ThalesGroup/crypto11"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
)

// wrapper returns a wrapper with the secret AES key that the first object names.
func (m module) wrapper(pin string) (w registry.Wrapper, closeModule func() error, err error) {
	device, err := crypto11.Configure(&crypto11.Config{Path: m.path, TokenLabel: m.token, Pin: pin})
	if err != nil {
		return nil, nil, err
	}
	key, err := device.FindKey(nil, []byte(m.objects[0]))
	if err != nil {
		return nil, nil, errors.Join(err, device.Close())
	}
	return inDevice{key}, device.Close, nil
}

// inDevice wraps by AES-GCM in the device. The nonce, in front of the result, is made here, since not every
// device makes one.
type inDevice struct{ key *crypto11.SecretKey }

func (d inDevice) Wrap(_ context.Context, dataKey, place []byte) (wrapped []byte, err error) {
	aead, err := d.key.NewGCM()
	if err != nil {
		return nil, err
	}
	defer func() { // crypto11 panics if the device refuses
		if fault := recover(); fault != nil {
			err = fmt.Errorf("wrap in the device: %v", fault)
		}
	}()
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce) // never fails since Go 1.24
	return aead.Seal(nonce, nonce, dataKey, place), nil
}

func (d inDevice) Unwrap(_ context.Context, wrapped, place []byte) ([]byte, error) {
	aead, err := d.key.NewGCM()
	if err != nil {
		return nil, err
	}
	n := aead.NonceSize()
	if len(wrapped) < n {
		return nil, registry.ErrWrapped
	}
	dataKey, err := aead.Open(nil, wrapped[:n], wrapped[n:], place)
	if err != nil {
		return nil, fmt.Errorf("unwrap in the device: %w", err)
	}
	return dataKey, nil
}
