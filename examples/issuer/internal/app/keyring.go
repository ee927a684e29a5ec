package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/examples/issuer/internal/keybook"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/token"
)

// keyring provides the issuer's keys in the folder. It reads the folder again when it has changed, so that
// the command "issuer keys" takes effect on a running service.
type keyring struct {
	folder      token.Folder
	commitments *token.Commitments
	// elsewhere are keys outside the folder. The first signs instead of the folder's keys; all are
	// published.
	elsewhere []*token.SigningKey
	book      *keybook.Book // nil: the keys are compared with nothing
	entered   func(context.Context, []keybook.Key)

	mu        sync.Mutex
	changed   time.Time // date of the folder when it was read
	read      time.Time
	issuer    *token.Signer
	published []token.PublicKey
	err       error
	agreed    string // the keys on which the database agreed
	refused   error  // this process has other keys than the database knows
}

// reread bounds the age of the keys if the folder's date shows no change: the keys' own dates pass, and some
// file systems have coarse dates.
const reread = 10 * time.Second

// Signer returns the signer with the current keys. When something has changed, it is a different signer.
func (k *keyring) Signer(ctx context.Context) (*token.Signer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refresh(ctx)
	if k.refused != nil {
		return nil, k.refused
	}
	return k.issuer, k.err
}

// Published returns the keys that belong in the key set at present.
func (k *keyring) Published(ctx context.Context) ([]token.PublicKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refresh(ctx)
	if k.refused != nil {
		return nil, k.refused
	}
	return k.published, k.err
}

// signUntil returns when the last key of the folder stops signing. It reports false if there is none that
// may sign, or if one signs without end, as those outside the folder do.
func (k *keyring) signUntil(ctx context.Context) (last time.Time, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refresh(ctx)
	if k.issuer == nil {
		return last, false
	}
	for _, key := range k.issuer.Keys {
		switch {
		case !key.Revoked.IsZero():
		case key.SignUntil.IsZero():
			return last, false
		case key.SignUntil.After(last):
			last = key.SignUntil
		}
	}
	return last, !last.IsZero()
}

// refuse keeps the keys from being used until it is called with nil.
func (k *keyring) refuse(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refused = err
}

// compare compares the keys with the database, even if they are those on which it agreed before.
func (k *keyring) compare(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	agreed, issuer, published := k.agreed, k.issuer, k.published
	k.agreed, k.read = "", time.Time{}
	k.refresh(ctx)
	err := k.err
	var fault *keybook.Fault
	if err != nil && issuer != nil && !errors.As(err, &fault) { // the database does not answer: as before
		k.agreed, k.issuer, k.published, k.err, k.read = agreed, issuer, published, nil, time.Time{}
	}
	return err
}

// setCutOffs sets the cut-offs of the people, which are in the registry.
func (k *keyring) setCutOffs(c token.CutOffs) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.folder.CutOffs, k.read = c, time.Time{}
}

func (k *keyring) refresh(ctx context.Context) {
	now := time.Now()
	var changed time.Time // zero: there is no folder, which the database may know to be wrong
	info, err := os.Stat(k.folder.Dir)
	if err == nil {
		changed = info.ModTime()
	} else if k.book == nil || !errors.Is(err, fs.ErrNotExist) {
		k.issuer, k.published, k.err, k.read = nil, nil, err, time.Time{}
		return
	}
	if changed.Equal(k.changed) && file.Settled(changed, k.read) && now.Sub(k.read) < reread {
		return
	}
	k.changed, k.read = changed, now
	k.issuer, k.published, k.err = nil, nil, nil
	issuer, err := k.load(ctx)
	if err == nil {
		issuer, err = k.agree(ctx, issuer)
	}
	if err != nil {
		k.err = err
		return
	}
	for _, key := range slices.Concat(k.elsewhere, issuer.Keys) {
		if key.IsPublished(now) {
			k.published = append(k.published, key.Public())
		}
	}
	if len(k.elsewhere) > 0 {
		issuer.Keys = k.elsewhere[:1]
	}
	if len(k.published) == 0 || len(issuer.References) == 0 {
		k.err = token.ErrNoKeys
		return
	}
	k.issuer = issuer
}

// load reads the folder.
func (k *keyring) load(ctx context.Context) (*token.Signer, error) {
	s := &token.Signer{Zone: k.folder.Zone, CutOffs: k.folder.CutOffs, Commitments: k.commitments}
	var err error
	if s.Keys, err = k.folder.SigningKeys(ctx); err != nil {
		return nil, err
	}
	s.References, err = k.folder.ReferenceKeys(ctx)
	return s, err
}

// agree compares the keys with the database if they are others than those on which it agreed. It returns what
// is in the folder then. If the database does not answer, keys on which it agreed stay good, and others wait.
func (k *keyring) agree(ctx context.Context, s *token.Signer) (*token.Signer, error) {
	if k.book == nil {
		return s, nil
	}
	keys, err := folderKeys(s.Keys, k.elsewhere, s.References, k.book.Clock())
	if err != nil || named(keys) == k.agreed {
		return s, err
	}
	ctx, cancel := context.WithTimeout(ctx, bookWait)
	defer cancel()
	kinds := []keybook.Kind{keybook.Reference, keybook.Signing}
	entered, err := k.book.Check(ctx, kinds, func(ctx context.Context) ([]keybook.Key, error) {
		if s, err = k.load(ctx); err != nil {
			return nil, err
		}
		keys, err = folderKeys(s.Keys, k.elsewhere, s.References, k.book.Clock())
		return keys, err
	})
	if err != nil {
		return nil, err
	}
	k.agreed = named(keys)
	k.entered(ctx, entered)
	return s, nil
}

// named tells sets of keys apart.
func named(keys []keybook.Key) string {
	b := new(strings.Builder)
	b.WriteString("keys\n") // no keys are a set too
	for _, k := range keys {
		fmt.Fprintf(b, "%s %s %x %t\n", k.Kind, k.ID, k.Proof, k.Revoked)
	}
	return b.String()
}
