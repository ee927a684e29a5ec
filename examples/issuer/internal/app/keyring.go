package app

import (
	"context"
	"os"
	"slices"
	"sync"
	"time"

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

	mu        sync.Mutex
	changed   time.Time // date of the folder when it was read
	read      time.Time
	issuer    *token.Signer
	published []token.PublicKey
	err       error
}

// reread bounds the age of the keys if the folder's date shows no change: the keys' own dates pass, and some
// file systems have coarse dates.
const reread = 10 * time.Second

// Signer returns the signer with the current keys. When something has changed, it is a different signer.
func (k *keyring) Signer(ctx context.Context) (*token.Signer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refresh(ctx)
	return k.issuer, k.err
}

// Published returns the keys that belong in the key set at present.
func (k *keyring) Published(ctx context.Context) ([]token.PublicKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refresh(ctx)
	return k.published, k.err
}

// setCutOffs sets the cut-offs of the people, which are in the registry.
func (k *keyring) setCutOffs(c token.CutOffs) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.folder.CutOffs, k.read = c, time.Time{}
}

func (k *keyring) refresh(ctx context.Context) {
	now := time.Now()
	info, err := os.Stat(k.folder.Dir)
	if err != nil {
		k.issuer, k.published, k.err, k.read = nil, nil, err, time.Time{}
		return
	}
	if info.ModTime().Equal(k.changed) && now.Sub(k.read) < reread {
		return
	}
	k.changed, k.read = info.ModTime(), now
	k.issuer, k.published, k.err = nil, nil, nil
	issuer := &token.Signer{Zone: k.folder.Zone, CutOffs: k.folder.CutOffs, Commitments: k.commitments}
	if issuer.Keys, k.err = k.folder.SigningKeys(ctx); k.err != nil {
		return
	}
	if issuer.References, k.err = k.folder.ReferenceKeys(ctx); k.err != nil {
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
