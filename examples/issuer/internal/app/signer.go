package app

import (
	"context"
	"net/url"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/token"
)

// The prefixes of the values of -signer.
const (
	signerFile   = "file:"
	signerPKCS11 = "pkcs11:"
)

// module locates keys in a device, by the relevant parts of a PKCS #11 URI (RFC 7512). The first object
// signs; all are published, so that signatures by an older one stay valid.
type module struct {
	path, token, pinFile string
	objects              []string
}

// parseModule parses pkcs11:token=NAME;object=LABEL,LABEL?module-path=FILE&pin-source=file:FILE.
func parseModule(uri string) (module, error) {
	var m module
	rest, ok := strings.CutPrefix(uri, signerPKCS11)
	if !ok {
		return m, words.Errorf("is neither file: nor a pkcs11: URI")
	}
	path, query, _ := strings.Cut(rest, "?")
	for _, list := range []struct{ text, separator string }{{path, ";"}, {query, "&"}} {
		for _, pair := range strings.Split(list.text, list.separator) {
			name, encoded, _ := strings.Cut(pair, "=")
			if err := m.set(name, encoded); err != nil {
				return m, err
			}
		}
	}
	if m.path == "" || m.token == "" || len(m.objects) == 0 || m.pinFile == "" {
		return m,
			words.Errorf("want pkcs11:token=NAME;object=LABEL,LABEL?module-path=FILE&pin-source=file:FILE")
	}
	return m, nil
}

func (m *module) set(name, encoded string) error {
	value, err := url.PathUnescape(encoded)
	if err != nil {
		return words.Errorf("%s is not escaped as a URI wants it", name)
	}
	switch name {
	case "":
	case "token":
		m.token = value
	case "module-path":
		m.path = value
	case "pin-source":
		m.pinFile = strings.TrimPrefix(value, "file:")
	case "object":
		for label := range strings.SplitSeq(encoded, ",") { // a comma within a label is percent-encoded
			if label, err = url.PathUnescape(label); err != nil || label == "" {
				return words.Errorf("object has an empty or malformed label")
			}
			m.objects = append(m.objects, label)
		}
	case "pin-value":
		return words.Errorf(
			"takes no pin-value, which everybody on the machine could read: use pin-source=file:FILE")
	default:
		return words.Errorf("does not know %s", name)
	}
	return nil
}

func (s *settled) signer() error {
	if s.Signer == "" || s.Signer == signerFile {
		return nil
	}
	m, err := parseModule(s.Signer)
	if err != nil {
		return &FlagError{"signer", err}
	}
	s.module = &m
	return nil
}

// Elsewhere reports whether the signing keys are kept outside the data folder.
func (c Config) Elsewhere() bool { return strings.HasPrefix(c.Signer, signerPKCS11) }

// openSigners opens the keys of a module. Their issuer is that of the keys in the folder, or -issuer-name.
func (a *App) openSigners(ctx context.Context) ([]*token.SigningKey, error) {
	if a.module == nil {
		return nil, nil
	}
	issuer := a.IssuerName
	if issuer == "" {
		inFolder, err := a.keys.folder.SigningKeys(ctx)
		if err != nil {
			return nil, &Fault{"data", err}
		}
		if len(inFolder) == 0 {
			return nil,
				wrong("issuer-name",
					"is needed with -signer pkcs11:, since no key in the data folder tells the issuer's name")
		}
		issuer = inFolder[0].Public().IssuerName()
	}
	pin, err := file.ReadPrivate(a.module.pinFile, maxPrivate)
	if err != nil {
		return nil, &FlagError{"signer", words.Errorf("pin-source: %w", err)}
	}
	signers, closeModule, err := a.module.open(strings.TrimSpace(string(pin)))
	if err != nil {
		return nil, &Fault{"signer", err}
	}
	a.closers = append(a.closers, closeModule)
	var keys []*token.SigningKey
	for i, signer := range signers {
		key, err := token.NewSigningKey(ctx, issuer, signer)
		if err != nil {
			return nil, &Fault{"signer", words.Errorf("%s: %w", a.module.objects[i], err)}
		}
		keys = append(keys, key)
	}
	return keys, nil
}
