// Package seal encrypts what a page hands out and reads back, such as the hidden field of a form, so that
// neither the browser's cache nor a page that was printed or saved shows it.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"time"
)

// Box seals values with AES-256-GCM. Now must be set.
type Box struct {
	// Key is the same on all machines that serve one page.
	Key [32]byte
	// Now is the clock.
	Now func() time.Time
}

// sealed is a value with the time, in seconds, from which it no longer opens.
type sealed struct {
	Value json.RawMessage `json:"v"`
	Until int64           `json:"u"`
}

// Seal returns the value as JSON, encrypted, in base64url. It opens for the same use only, until life is
// over. If the value is nothing that JSON can express, Seal returns the empty string, which does not open.
func (b Box) Seal(value any, use string, life time.Duration) string {
	text, err := json.Marshal(value)
	if err == nil {
		text, err = json.Marshal(sealed{text, b.Now().Add(life).Unix()})
	}
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b.aead().Seal(nil, nil, text, []byte(use)))
}

// Open decrypts text into value. It reports false if text was sealed with another key, for another use, or
// too long ago.
func (b Box) Open(text, use string, value any) bool {
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return false
	}
	if data, err = b.aead().Open(nil, nil, data, []byte(use)); err != nil {
		return false
	}
	var s sealed
	if json.Unmarshal(data, &s) != nil || b.Now().Unix() >= s.Until {
		return false
	}
	return json.Unmarshal(s.Value, value) == nil
}

func (b Box) aead() cipher.AEAD {
	block, err := aes.NewCipher(b.Key[:])
	if err == nil {
		var aead cipher.AEAD
		if aead, err = cipher.NewGCMWithRandomNonce(block); err == nil {
			return aead
		}
	}
	panic(err) // neither fails with a key of 32 bytes
}
