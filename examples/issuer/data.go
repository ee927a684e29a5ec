package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/token"
)

// exampleIssuer is the default issuer of a file, an example that no service answers to.
const exampleIssuer = "https://qr.example.it"

// dataFolder is the program's folder: keys in keys/, and the public key set beside it for verifiers on this
// machine.
type dataFolder struct {
	dir  string
	keys token.Folder
}

func openData(dir, issuer string) dataFolder {
	return dataFolder{dir, token.Folder{Dir: filepath.Join(dir, "keys"), IssuerName: issuer}}
}

// issuer returns the issuer of the folder's keys, which it makes on first use; made reports that it did.
func (d dataFolder) issuer(ctx context.Context) (i *token.Signer, made bool, err error) {
	i = &token.Signer{Zone: d.keys.Zone}
	if i.Keys, err = d.keys.SigningKeys(ctx); err != nil {
		return nil, false, err
	}
	if len(i.Keys) == 0 {
		key, err := d.addSigningKey(ctx, "")
		if err != nil {
			return nil, false, err
		}
		i.Keys, made = append(i.Keys, key), true
	}
	if i.References, err = d.keys.ReferenceKeys(ctx); err != nil {
		return nil, false, err
	}
	if len(i.References) == 0 {
		reference, err := d.keys.AddReferenceKey(ctx)
		if err != nil {
			return nil, false, err
		}
		i.References, made = append(i.References, reference), true
	}
	return i, made, d.publish(ctx)
}

// referenceKey makes the reference key if there is none, for an issuer whose signing keys are kept
// elsewhere.
func (d dataFolder) referenceKey(ctx context.Context) (made bool, err error) {
	references, err := d.keys.ReferenceKeys(ctx)
	if err != nil || len(references) > 0 {
		return false, err
	}
	_, err = d.keys.AddReferenceKey(ctx)
	return true, err
}

// addSigningKey makes a key, or imports the one in the file.
func (d dataFolder) addSigningKey(ctx context.Context, imported string) (*token.SigningKey, error) {
	existing, err := d.keys.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	if len(existing) == 0 && d.keys.IssuerName == "" {
		d.keys.IssuerName = exampleIssuer
	}
	if imported == "" {
		return d.keys.AddSigningKey(ctx)
	}
	signer, err := token.ReadKeyFile(imported)
	if err != nil {
		return nil, err
	}
	return d.keys.ImportSigningKey(ctx, signer)
}

func (d dataFolder) keySetPath() string { return filepath.Join(d.dir, "jwks.json") }

// publish writes the public key set. If no key is published any longer, it deletes the file, so that nobody
// goes on trusting a revoked key. A folder that is mounted read-only stays as it is.
func (d dataFolder) publish(ctx context.Context) error {
	set, err := d.keySet(ctx)
	if errors.Is(err, token.ErrNoKeys) {
		if err := os.Remove(d.keySetPath()); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err != nil {
		return err
	}
	if err := file.Write(d.keySetPath(), set, 0o644); !errors.Is(err, syscall.EROFS) {
		return err
	}
	return nil
}

func (d dataFolder) keySet(ctx context.Context) ([]byte, error) {
	published, err := d.keys.Published(ctx)
	if err != nil {
		return nil, err
	}
	set, err := token.MarshalJWKS(published)
	if err != nil {
		return nil, err
	}
	return append(set, '\n'), nil
}
