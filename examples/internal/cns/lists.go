package cns

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/internal/file"
)

// Lists reads revocation lists from a folder: *.crl in DER or PEM. Another program fetches them, since their
// addresses are the authorities'. If an authority's list is missing or out of date, its cards are refused
// with ErrRevocationUnknown. Lists reads a file again when it changes. Lists is safe for concurrent use and
// must not be copied.
type Lists struct {
	Dir string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Reread is called after a file was read again, with an error if it could not be used and the list of
	// before stays. nil means that nobody hears of it. It must not call Lists.
	Reread func(path string, err error)

	mu    sync.Mutex
	files map[string]*list
}

type list struct {
	changed time.Time
	crl     *x509.RevocationList
	revoked map[string]bool // by serial number
}

// Revoked is the Revoked of [Rules]. Its error is ErrRevoked or ErrRevocationUnknown.
func (l *Lists) Revoked(certificate, issuer *x509.Certificate) error {
	now := time.Now
	if l.Now != nil {
		now = l.Now
	}
	paths, err := filepath.Glob(filepath.Join(l.Dir, "*.crl"))
	if err != nil {
		return ErrRevocationUnknown
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	known := false
	for _, path := range paths {
		list := l.read(path)
		if list == nil || !bytes.Equal(list.crl.RawIssuer, certificate.RawIssuer) ||
			list.crl.CheckSignatureFrom(issuer) != nil {
			continue
		}
		if list.revoked[certificate.SerialNumber.String()] {
			return ErrRevoked
		}
		known = known || now().Before(list.crl.NextUpdate)
	}
	if !known {
		return ErrRevocationUnknown
	}
	return nil
}

// Dates returns when the oldest list was issued, and when the first one will be out of date, of the newest
// list of each authority. It reports false if there is no list.
func (l *Lists) Dates() (issued, next time.Time, ok bool) {
	paths, _ := filepath.Glob(filepath.Join(l.Dir, "*.crl")) // the pattern is good
	l.mu.Lock()
	defer l.mu.Unlock()
	newest := make(map[string]*x509.RevocationList)
	for _, path := range paths {
		list := l.read(path)
		if list == nil {
			continue
		}
		issuer := string(list.crl.RawIssuer)
		if old := newest[issuer]; old == nil || old.ThisUpdate.Before(list.crl.ThisUpdate) {
			newest[issuer] = list.crl
		}
	}
	for _, crl := range newest {
		if !ok || crl.ThisUpdate.Before(issued) {
			issued = crl.ThisUpdate
		}
		if !ok || crl.NextUpdate.Before(next) {
			next = crl.NextUpdate
		}
		ok = true
	}
	return issued, next, ok
}

// maxList bounds a revocation list, in bytes; a million entries take about 40 MB.
const maxList = 64 << 20

// read returns the list in the file, or nil if there is none. If the file has become unusable, it is the list
// of before, which ends on its date.
func (l *Lists) read(path string) *list {
	now := time.Now()
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	old := l.files[path]
	if old != nil && old.changed.Equal(info.ModTime()) {
		return old
	}
	read, err := parse(path)
	if err != nil {
		read = old
	}
	if old != nil && l.Reread != nil {
		l.Reread(path, err)
	}
	if read == nil {
		return nil
	}
	read.changed = time.Time{} // read it again
	if file.Settled(info.ModTime(), now) {
		read.changed = info.ModTime()
	}
	if l.files == nil {
		l.files = make(map[string]*list)
	}
	l.files[path] = read
	return read
}

func parse(path string) (*list, error) {
	data, err := file.Read(path, maxList)
	if err != nil {
		return nil, err
	}
	if block, _ := pem.Decode(data); block != nil {
		data = block.Bytes
	}
	crl, err := x509.ParseRevocationList(data)
	if err != nil {
		return nil, err
	}
	read := &list{crl: crl, revoked: make(map[string]bool, len(crl.RevokedCertificateEntries))}
	for _, entry := range crl.RevokedCertificateEntries {
		read.revoked[entry.SerialNumber.String()] = true
	}
	crl.RevokedCertificateEntries = nil // the map takes less memory
	return read, nil
}
