package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

// newKeyring returns a keyring on a folder with a signing key and a reference key.
func newKeyring(t *testing.T) *keyring {
	t.Helper()
	folder := token.Folder{Dir: filepath.Join(t.TempDir(), "keys"), IssuerName: "https://qr.example.it"}
	_, err := folder.AddSigningKey(t.Context())
	require.NoError(t, err)
	_, err = folder.AddReferenceKey(t.Context())
	require.NoError(t, err)
	return &keyring{folder: folder}
}

// The effect of "issuer keys" in another process shows at the next request.
func TestKeyringFollowsTheFolder(t *testing.T) {
	k := newKeyring(t)
	var before *token.Signer
	for _, age := range []time.Duration{-time.Hour, time.Minute} { // the first by another clock
		date := time.Now().Add(-age)
		require.NoError(t, os.Chtimes(k.folder.Dir, date, date))
		var err error
		before, err = k.Signer(t.Context())
		require.NoError(t, err)
		again, err := k.Signer(t.Context())
		require.NoError(t, err)
		assert.Same(t, before, again, "nothing changed")
	}

	second, err := k.folder.AddSigningKey(t.Context())
	require.NoError(t, err)
	after, err := k.Signer(t.Context())
	require.NoError(t, err)
	assert.NotSame(t, before, after)
	assert.Len(t, after.Keys, 2)
	published, err := k.Published(t.Context())
	require.NoError(t, err)
	assert.Len(t, published, 2)

	_, err = k.folder.Revoke(t.Context(), second.Public().ID())
	require.NoError(t, err)
	published, err = k.Published(t.Context())
	require.NoError(t, err)
	assert.Len(t, published, 1, "a revoked key is gone at once")

	read := k.changed.Add(time.Millisecond) // and in the same tick the folder changes once more
	_, err = k.folder.Revoke(t.Context(), published[0].ID())
	require.NoError(t, err)
	require.NoError(t, os.Chtimes(k.folder.Dir, k.changed, k.changed))
	k.read = read
	_, err = k.Published(t.Context())
	assert.ErrorIs(t, err, token.ErrNoKeys)
	_, err = k.Signer(t.Context())
	assert.Error(t, err)
}

func TestKeyringFails(t *testing.T) {
	k := newKeyring(t)
	bad := filepath.Join(k.folder.Dir, "signing-AAAAAAAAAAA.jwk")
	require.NoError(t, os.WriteFile(bad, []byte("{}"), 0o600))
	_, err := k.Signer(t.Context())
	assert.ErrorContains(t, err, bad)
	require.NoError(t, os.Remove(bad))
	_, err = k.Signer(t.Context())
	assert.NoError(t, err, "as soon as it is mended")
	require.NoError(t, os.RemoveAll(k.folder.Dir))
	_, err = k.Published(t.Context())
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// A reference key that cannot be read, or none at all, is as bad as no signing key.
func TestKeyringWithoutReferences(t *testing.T) {
	k := newKeyring(t)
	files, err := filepath.Glob(filepath.Join(k.folder.Dir, "reference-*"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	good, err := os.ReadFile(files[0])
	require.NoError(t, err)
	require.NoError(t, os.Remove(files[0]))
	_, err = k.Signer(t.Context())
	assert.ErrorIs(t, err, token.ErrNoKeys)
	require.NoError(t, os.WriteFile(files[0]+"~", []byte("{}"), 0o600))
	require.NoError(t, os.Rename(files[0]+"~", files[0]))
	_, err = k.Signer(t.Context())
	assert.ErrorContains(t, err, files[0])
	_, err = k.Published(t.Context())
	assert.Error(t, err)
	require.NoError(t, os.WriteFile(files[0]+"~", good, 0o600))
	require.NoError(t, os.Rename(files[0]+"~", files[0]))
	_, err = k.Signer(t.Context())
	assert.NoError(t, err)
}

// Of keys in a device the first signs instead of those in the folder. All are published.
func TestKeysElsewhere(t *testing.T) {
	k := newKeyring(t)
	for range 2 {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		require.NoError(t, err)
		key, err := token.NewSigningKey(t.Context(), "https://qr.example.it", private)
		require.NoError(t, err)
		k.elsewhere = append(k.elsewhere, key)
	}
	issuer, err := k.Signer(t.Context())
	require.NoError(t, err)
	assert.Equal(t, k.elsewhere[:1], issuer.Keys)
	published, err := k.Published(t.Context())
	require.NoError(t, err)
	require.Len(t, published, 3)
	for i, key := range k.elsewhere {
		assert.Equal(t, key.Public().ID(), published[i].ID())
	}
}
