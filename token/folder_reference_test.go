package token_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

func TestFolderReferenceKeys(t *testing.T) {
	f, now := folder(t)
	ids := map[uint16]bool{}
	var added []uint16
	for range 5 {
		key, err := f.AddReferenceKey(t.Context())
		require.NoError(t, err)
		assert.NotZero(t, key.ID())
		ids[key.ID()] = true
		added = append(added, key.ID())
	}
	assert.Len(t, ids, 5)
	*now = now.Add(-time.Hour) // a clock that was set back
	key, err := f.AddReferenceKey(t.Context())
	require.NoError(t, err)
	added = append(added, key.ID())
	*now = now.Add(time.Hour)
	keys := must(f.ReferenceKeys(t.Context()))
	require.Len(t, keys, 6)
	for i, k := range keys {
		assert.Equal(t, added[5-i], k.ID(), "newest first")
	}
	again := must(f.ReferenceKeys(t.Context()))
	issuer := newIssuer(t, esPrivate())
	subjects := map[string]bool{}
	for i := range keys {
		issuer.References = keys[i:]
		_, c, err := issuer.Issue(t.Context(), code(t, person))
		require.NoError(t, err)
		subjects[c.Subject] = true
		issuer.References = again
		assert.NoError(t, issuer.Match(c, code(t, person)), "the same secret is read again")
	}
	assert.Len(t, subjects, 6)
}

// Two folders that were made apart name their keys differently: under one name, a process with the other key
// would say of every person that the paper is not theirs.
func TestReferenceKeyIDsAreRandom(t *testing.T) {
	ids := map[uint16]bool{}
	for range 20 {
		f, _ := folder(t)
		ids[must(f.AddReferenceKey(t.Context())).ID()] = true
	}
	assert.Greater(t, len(ids), 15)
}

func TestReferenceKeyProof(t *testing.T) {
	secret := []byte("0123456789abcdef0123456789abcdef")
	key := must(token.NewReferenceKey(1, secret))
	assert.Len(t, key.Proof(), 32)
	assert.Equal(t, key.Proof(), must(token.NewReferenceKey(2, secret)).Proof(), "not of its name")
	other := must(token.NewReferenceKey(1, []byte(strings.ToUpper(string(secret)))))
	assert.NotEqual(t, key.Proof(), other.Proof())
	assert.Nil(t, token.ReferenceKey{}.Proof())
}

// Eight callers at once each get a different identifier.
func TestFolderConcurrentReferenceKeys(t *testing.T) {
	f, _ := folder(t)
	var group sync.WaitGroup
	var mutex sync.Mutex
	ids := map[uint16]bool{}
	for range 8 {
		group.Go(func() {
			key, err := f.AddReferenceKey(t.Context())
			assert.NoError(t, err)
			mutex.Lock()
			defer mutex.Unlock()
			ids[key.ID()] = true
		})
	}
	group.Wait()
	assert.Len(t, ids, 8)
	assert.Len(t, must(f.ReferenceKeys(t.Context())), 8)
	assert.Len(t, fileNames(t, f.Dir), 8, "no temporary file is left")
}

// A file left half written by a power cut is not one of the keys.
func TestFolderIgnoresOtherFiles(t *testing.T) {
	f, _ := folder(t)
	key := must(f.AddSigningKey(t.Context()))
	must(f.AddReferenceKey(t.Context()))
	for _, name := range []string{".new-123456", "signing-x.jwk.bak", "reference-0002.pem", "README",
		"old-signing-x.jwk"} {
		require.NoError(t, os.WriteFile(filepath.Join(f.Dir, name), []byte("{torn"), 0o644))
	}
	require.NoError(t, os.Mkdir(filepath.Join(f.Dir, "archive"), 0o755))
	keys := must(f.SigningKeys(t.Context()))
	require.Len(t, keys, 1)
	assert.True(t, keys[0].Public().Equal(key.Public()))
	assert.Len(t, must(f.ReferenceKeys(t.Context())), 1)
}

// renameReference gives the folder's reference key the identifier 0001 and returns its file.
func renameReference(t *testing.T, f token.Folder) string {
	t.Helper()
	old := must(filepath.Glob(filepath.Join(f.Dir, "reference-*")))[0]
	id := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(old), "reference-"), ".jwk")
	path := filepath.Join(f.Dir, "reference-0001.jwk")
	data := strings.Replace(string(must(os.ReadFile(old))), `"`+id+`"`, `"0001"`, 1)
	require.NoError(t, os.Remove(old))
	require.NoError(t, os.WriteFile(path, []byte(data), 0o600))
	return path
}

// A key file that exists but is unusable causes an error that names the file and shows none of
// its content. Continuing without it would sign with another key, or fail to recognise paper.
func TestFolderDamagedFiles(t *testing.T) {
	const secret = "c2VjcmV0LW5vaXNl"
	other := must(token.NewSigningKey(t.Context(), issuerName, edPrivate())).Public().ID()
	signing := func(change func(file string) string) func(token.Folder) (string, string) {
		return func(f token.Folder) (string, string) {
			path := must(filepath.Glob(filepath.Join(f.Dir, "signing-*")))[0]
			return path, change(string(must(os.ReadFile(path))))
		}
	}
	reference := func(change func(file string) string) func(token.Folder) (string, string) {
		return func(f token.Folder) (string, string) {
			path := renameReference(t, f)
			return path, change(string(must(os.ReadFile(path))))
		}
	}
	always := func(s string) func(string) string { return func(string) string { return s } }
	replace := func(old, new string) func(string) string {
		return func(s string) string {
			require.Contains(t, s, old)
			return strings.Replace(s, old, new, 1)
		}
	}
	named := func(id string) func(token.Folder) (string, string) {
		return func(f token.Folder) (string, string) {
			data := string(must(os.ReadFile(renameReference(t, f))))
			return filepath.Join(f.Dir, "reference-"+id+".jwk"), replace(`"0001"`, `"`+id+`"`)(data)
		}
	}
	tests := map[string]func(token.Folder) (path, data string){
		"signing key empty":               signing(always("")),
		"signing key torn":                signing(func(s string) string { return s[:len(s)/2] }),
		"signing key is noise":            signing(always(secret)),
		"signing key without issuer":      signing(replace(`"issuer"`, `"x"`)),
		"signing key of a bad issuer":     signing(replace(issuerName, issuerName+"/")),
		"signing key with a date as text": signing(replace(`1795305600`, `"`+secret+`"`)),
		"signing key is public":           signing(replace(`"d"`, `"x-d"`)),
		"signing key of another name": signing(
			always(
				`{"kty":"OKP","crv":"Ed25519","issuer":"https://qr.example.it","created":1` +
					`,"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7` +
					`MmkZcDusAxyuf2A"}`)),
		"reference key empty": reference(always("")),
		"reference key torn":  reference(func(s string) string { return s[:len(s)/2] }),
		"reference key too short": reference(always(`{"kty":"oct","kid":"0001","k":"` + secret +
			`"}`)),
		"reference key of another id": reference(replace(`"0001"`, `"0002"`)),
		"reference key is a signing key": reference(
			always(
				`{"kty":"OKP","crv":"Ed25519","kid":"0001","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapi` +
					`MlrwIaaPcHURo"}`)),
		"reference key of a release before the first": reference(replace(`"format": 2`, `"format": 1`)),
		"reference key with a short name":             named("1"),
		"reference key with a long name":              named("00001"),
		"reference key not hexadecimal":               named("00zz"),
		"reference key without a name":                named(""),
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			f, _ := folder(t)
			must(f.AddSigningKey(t.Context()))
			must(f.AddReferenceKey(t.Context()))
			path, data := damage(f)
			require.NoError(t, os.WriteFile(path, []byte(data), 0o600))
			_, err := f.SigningKeys(t.Context())
			if err == nil {
				_, err = f.ReferenceKeys(t.Context())
			}
			require.Error(t, err)
			assert.ErrorContains(t, err, path)
			for _, s := range []string{secret, "nWGxne", other + `"`} {
				assert.NotContains(t, err.Error(), s)
			}
		})
	}
}

func TestFolderOpenFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such bits")
	}
	f, _ := folder(t)
	must(f.AddSigningKey(t.Context()))
	must(f.AddReferenceKey(t.Context()))
	for _, name := range fileNames(t, f.Dir) {
		path := filepath.Join(f.Dir, name)
		require.NoError(t, os.Chmod(path, 0o640))
		_, signing := f.SigningKeys(t.Context())
		_, reference := f.ReferenceKeys(t.Context())
		assert.ErrorIs(t, errors.Join(signing, reference), token.ErrOpenKeyFile, name)
		require.NoError(t, os.Chmod(path, 0o600))
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	f, _ := folder(t)
	require.NoError(t, os.WriteFile(f.Dir, nil, 0o600)) // a file stands where the folder should be
	signing, err := f.AddSigningKey(t.Context())
	assert.Error(t, err)
	assert.Nil(t, signing)
	reference, err := f.AddReferenceKey(t.Context())
	assert.Error(t, err)
	assert.Zero(t, reference)
	_, err = f.Published(t.Context())
	assert.Error(t, err)
}

func addReference(t *testing.T, f token.Folder) {
	t.Helper()
	_, err := f.AddReferenceKey(t.Context())
	require.NoError(t, err)
}

// A person's paper is recognised from the folder after the keys have been rotated and read again.
func TestFolderWholeLife(t *testing.T) {
	f, now := folder(t)
	f.Signing = 1000 * time.Hour
	must(f.AddSigningKey(t.Context()))
	addReference(t, f)
	issuer := func() *token.Signer {
		return &token.Signer{Keys: must(f.SigningKeys(t.Context())),
			References: must(f.ReferenceKeys(t.Context())), Now: f.Now}
	}
	paper, _, err := issuer().IssueOffline(context.Background(), code(t, person))
	require.NoError(t, err)

	*now = now.Add(900 * time.Hour)
	must(f.AddSigningKey(t.Context()))
	addReference(t, f)
	*now = now.Add(200 * time.Hour) // the first key has retired by itself
	fresh := verifies(t, issuer())
	for _, text := range []string{paper, fresh} {
		c, err := token.Verify(text, must(f.Published(t.Context())), *now)
		require.NoError(t, err)
		assert.NoError(t, issuer().Match(c, code(t, person)))
	}
	old, err := token.Verify(paper, must(f.Published(t.Context())), *now)
	require.NoError(t, err)
	assert.NoError(t, new(token.Commitments).Match(context.Background(), old, code(t, person)))

	must(f.Revoke(t.Context(), must(f.SigningKeys(t.Context()))[0].Public().ID()))
	_, err = token.Verify(paper, must(f.Published(t.Context())), *now)
	assert.Equal(t, token.ErrUnknownKey, err)
	_, err = token.Verify(fresh, must(f.Published(t.Context())), *now)
	assert.NoError(t, err)
}
