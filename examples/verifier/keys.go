package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
)

// maxKeySet bounds a key set in bytes; a published one has some 2 KB.
const maxKeySet = 1 << 20

// readKeys returns the issuer that the key set at a path or URL belongs to; "" is where the example issuer leaves its
// own. The name may be empty where the set names its issuer.
func readKeys(ctx context.Context, source, name string) (verifier.Issuer, error) {
	if source == "" {
		source = filepath.Join(cli.DataDir("issuer"), "jwks.json")
		if _, err := os.Stat(source); err != nil {
			return verifier.Issuer{}, words.Errorf("none given, and the example issuer has none on this machine: use -jwks FILE or URL")
		}
	}
	var data []byte
	var asOf time.Time
	var err error
	if strings.Contains(source, "://") {
		data, err = fetch(ctx, source)
		asOf = time.Now()
	} else {
		data, asOf, err = readFile(source)
	}
	if err != nil {
		return verifier.Issuer{}, err
	}
	keys, err := token.ParseJWKS(data, name)
	if err != nil {
		return verifier.Issuer{}, err
	}
	return verifier.Issuer{Name: keys[0].Issuer(), Keys: keys, KeysAsOf: asOf}, nil
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

// fetch gets a key set over https, or over http from this machine. It follows no redirect: an address that moves is for
// its user to look at.
func fetch(ctx context.Context, source string) ([]byte, error) {
	u, err := url.Parse(source)
	if err != nil || !netaddr.IsSafe(u) {
		return nil, words.Errorf("address must be https (http only on this machine)")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, source, nil)
	if err != nil {
		return nil, err
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, words.Errorf("%s answers %s", source, response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, maxKeySet+1))
}
