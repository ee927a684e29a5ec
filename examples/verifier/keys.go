package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier"
)

// maxKeySet is the maximum length of a key set in bytes. A published one has about 2 KB.
const maxKeySet = 1 << 20

// readKeys returns the issuer of the key set at a path or URL. The source "" is the file that the
// example issuer writes on this machine. If the name is empty, the key set must name its issuer.
func readKeys(ctx context.Context, source, name string) (verifier.TrustAnchor, error) {
	if source == "" {
		source = filepath.Join(cli.DataDir("issuer"), "jwks.json")
		if _, err := os.Stat(source); err != nil {
			return verifier.TrustAnchor{}, words.Errorf(
				"none given, and the example issuer has none on this machine: use -issuer URL or -jwks FILE")
		}
	}
	var keys []token.PublicKey
	var asOf time.Time
	var err error
	if strings.Contains(source, "://") {
		keys, err = jwks.Fetch(ctx, source, name)
		asOf = time.Now()
	} else {
		var data []byte
		if data, asOf, err = readFile(source); err == nil {
			keys, err = token.ParseJWKS(data, name)
		}
	}
	if err != nil {
		return verifier.TrustAnchor{}, err
	}
	return verifier.TrustAnchor{Name: keys[0].IssuerName(), Keys: keys, KeysAsOf: asOf}, nil
}

func readFile(path string) ([]byte, time.Time, error) {
	f, err := file.Open(path)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, time.Time{}, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxKeySet+1))
	return data, info.ModTime(), err
}
