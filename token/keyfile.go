package token

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/qr-invalidita/attesta/internal/file"
)

// maxKeyFile is the greatest length of a key file, in bytes; a P-256 key takes about 500.
const maxKeyFile = 64 << 10

// ErrOpenKeyFile means that a key file is accessible to users other than its owner and was
// therefore not used.
const ErrOpenKeyFile = file.ErrOpen

// ReadKeyFile reads a private signing key, P-256 or Ed25519, from a file in PKCS#8 PEM ("PRIVATE
// KEY", RFC 5958) or from a private JWK (RFC 7517). If the group or others may read or write the
// file, the error is [ErrOpenKeyFile] (not on Windows, which has no such bits). An encrypted PEM
// file is an error: keep keys that need a passphrase in an HSM or KMS.
func ReadKeyFile(path string) (crypto.Signer, error) {
	data, err := file.ReadPrivate(path, maxKeyFile)
	if err != nil {
		return nil, err
	}
	signer, err := parseSigner(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return signer, nil
}

func parseSigner(data []byte) (crypto.Signer, error) {
	var key any
	if block, rest := pem.Decode(data); block != nil {
		if block.Type != "PRIVATE KEY" || len(bytes.TrimSpace(rest)) > 0 {
			return nil, errors.New("PEM file is not one PKCS#8 PRIVATE KEY")
		}
		var err error
		if key, err = x509.ParsePKCS8PrivateKey(block.Bytes); err != nil {
			return nil, errors.New("PKCS#8 key is damaged")
		}
	} else {
		var jwk jose.JSONWebKey
		if err := jwk.UnmarshalJSON(data); err != nil {
			return nil, errors.New("neither a PKCS#8 PEM file nor a JSON Web Key")
		}
		key = jwk.Key
	}
	switch key := key.(type) {
	case *ecdsa.PrivateKey:
		return key, nil
	case ed25519.PrivateKey:
		return key, nil
	}
	return nil, fmt.Errorf("key of type %T instead of a private P-256 or Ed25519 key", key)
}

// keyFile is the JWK in which a [Folder] keeps a key: RFC 7517 with the members below added,
// times in Unix seconds.
type keyFile struct {
	Issuer       string `json:"issuer,omitempty"`
	Created      int64  `json:"created"`
	NotBefore    int64  `json:"not_before,omitempty"`
	SignUntil    int64  `json:"sign_until,omitempty"`
	PublishUntil int64  `json:"publish_until,omitempty"`
	Revoked      int64  `json:"revoked,omitempty"`
	// Format of the references that a reference key makes: referenceFormat. Absent in signing keys.
	Format int `json:"format,omitempty"`
}

// referenceFormat marks reference keys of the references with the time of issue in them. Before the
// first release there were keys without a mark, whose documents are void.
const referenceFormat = 2

func (d Dates) file(issuer string) keyFile {
	return keyFile{Issuer: issuer, Created: d.Created.Unix(), NotBefore: unix(d.NotBefore),
		SignUntil: unix(d.SignUntil), PublishUntil: unix(d.PublishUntil), Revoked: unix(d.Revoked)}
}

func (f keyFile) dates() Dates {
	return Dates{fromUnix(f.Created), fromUnix(f.NotBefore), fromUnix(f.SignUntil), fromUnix(f.PublishUntil),
		fromUnix(f.Revoked)}
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func fromUnix(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0)
}

// marshalKeyFile returns the JWK and the added members as one indented object.
func marshalKeyFile(key jose.JSONWebKey, file keyFile) ([]byte, error) {
	members := make(map[string]any)
	for _, part := range []any{key, file} {
		raw, err := json.Marshal(part)
		if err != nil {
			return nil, err
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		if err := d.Decode(&members); err != nil {
			return nil, err
		}
	}
	return json.MarshalIndent(members, "", "  ")
}
