// Package seal encrypts values that a page gives to the browser and gets back, such as the hidden field of a
// form. The browser's cache and a printed or saved page then do not reveal them.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"time"
)

// A Box seals values with AES-256-GCM. Now is required.
type Box struct {
	// Key must be the same on all machines that serve a page.
	Key [32]byte
	// Now is the clock.
	Now func() time.Time
}

// sealed is a value with the time, in seconds, from which it no longer opens.
type sealed struct {
	Value json.RawMessage `json:"v"`
	Until int64           `json:"u"`
}

// Seal returns the value as JSON, encrypted, in base64url. It opens only for the same use and only during
// life. If the value has no JSON form, Seal returns the empty string, which does not open.
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
	panic(err) // impossible with a key of 32 bytes
}
