package devidp

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"
)

const codeFor = 60 * time.Second

// grant is what a code stands for. The code itself is the grant, sealed: so any process can take it.
type grant struct {
	ID        string    `json:"id"` // by which its use is remembered
	Client    string    `json:"client"`
	Redirect  string    `json:"redirect"`
	Challenge string    `json:"challenge"`
	Nonce     string    `json:"nonce"`
	Scope     string    `json:"scope"`
	ACR       string    `json:"acr"`
	Persona   string    `json:"persona"`
	At        time.Time `json:"at"`
}

type sealer struct{ aead cipher.AEAD }

func newSealer(key []byte) (sealer, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealer{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return sealer{aead}, err
}

func (s sealer) seal(g grant) (string, error) {
	plain, err := json.Marshal(g)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, plain, nil)), nil
}

func (s sealer) open(code string) (g grant, err error) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(code)
	if err != nil {
		return g, errors.New("no code of ours")
	}
	plain, err := s.aead.Open(nil, nil, sealed, nil)
	if err != nil {
		return g, errors.New("no code of ours")
	}
	return g, json.Unmarshal(plain, &g)
}
