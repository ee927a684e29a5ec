package token_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

// folder returns an empty folder whose clock the test moves.
func folder(t *testing.T) (token.Folder, *time.Time) {
	t.Helper()
	now := time.Unix(issuedAt, 0)
	return token.Folder{
		Dir:        filepath.Join(t.TempDir(), "keys"),
		IssuerName: issuerName,
		Now:        func() time.Time { return now },
	}, &now
}

func fileNames(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestFolderThatDoesNotExist(t *testing.T) {
	f, _ := folder(t)
	keys, err := f.SigningKeys(t.Context())
	assert.NoError(t, err)
	assert.Empty(t, keys)
	references, err := f.ReferenceKeys(t.Context())
	assert.NoError(t, err)
	assert.Empty(t, references)
	published, err := f.Published(t.Context())
	assert.NoError(t, err)
	assert.Empty(t, published)
	assert.NoDirExists(t, f.Dir, "asking makes nothing")
}

func TestFolderAddSigningKey(t *testing.T) {
	f, now := folder(t)
	f.Signing, f.Years = 1000*time.Hour, 2
	*now = now.Add(987 * time.Millisecond)
	start := time.Unix(issuedAt, 0)
	first, err := f.AddSigningKey(t.Context())
	require.NoError(t, err)
	assert.Equal(t, token.Dates{
		Created: start, NotBefore: start, SignUntil: start.Add(1000 * time.Hour),
		PublishUntil: start.Add(1000*time.Hour).UTC().AddDate(2, 0, 3).Local(),
	}, first.Dates, "the first signs at once")

	*now = now.Add(time.Hour)
	second, err := f.AddSigningKey(t.Context())
	require.NoError(t, err)
	later := start.Add(time.Hour)
	assert.Equal(t, token.Dates{
		Created: later, NotBefore: later.Add(24 * time.Hour), SignUntil: later.Add(1024 * time.Hour),
		PublishUntil: later.Add(1024*time.Hour).UTC().AddDate(2, 0, 3).Local(),
	}, second.Dates, "the second when verifiers have fetched it")

	keys, err := f.SigningKeys(t.Context())
	require.NoError(t, err)
	require.Len(t, keys, 2)
	for i, want := range []*token.SigningKey{first, second} {
		assert.Equal(t, want.Dates, keys[i].Dates, "oldest first")
		assert.True(t, want.Public().Equal(keys[i].Public()))
		assert.Equal(t, issuerName, keys[i].Public().IssuerName())
	}

	addReference(t, f)
	issuer := &token.Signer{Keys: keys, References: must(f.ReferenceKeys(t.Context())), Years: 2, Now: f.Now}
	for _, want := range []*token.SigningKey{first, second} {
		text := verifies(t, issuer)
		_, err := token.Verify(text, []token.PublicKey{want.Public()}, *now)
		assert.NoError(t, err)
		*now = now.Add(24 * time.Hour)
	}
}

func TestFolderDefaults(t *testing.T) {
	f, _ := folder(t)
	f.Now = nil
	before := time.Now().Truncate(time.Second)
	key, err := f.AddSigningKey(t.Context())
	require.NoError(t, err)
	assert.False(t, key.Created.Before(before) || key.Created.After(time.Now()))
	assert.Equal(t, token.DefaultSigning, key.SignUntil.Sub(key.NotBefore))
	assert.Equal(t, key.SignUntil.UTC().AddDate(5, 0, 3), key.PublishUntil.UTC())
}

// If no key can sign, waiting a day would help nobody.
func TestFolderFirstKeyAgain(t *testing.T) {
	for name, change := range map[string]func(token.Folder, context.Context, string) (*token.SigningKey,
		error){
		"retired": token.Folder.Retire,
		"revoked": token.Folder.Revoke,
	} {
		t.Run(name, func(t *testing.T) {
			f, now := folder(t)
			old := must(f.AddSigningKey(t.Context()))
			must(change(f, t.Context(), old.Public().ID()))
			*now = now.Add(time.Minute)
			assert.Equal(t, *now, must(f.AddSigningKey(t.Context())).NotBefore)
		})
	}
}

func TestFolderRetire(t *testing.T) {
	f, now := folder(t)
	f.Years = 1
	key := must(f.AddSigningKey(t.Context()))
	*now = now.Add(10 * time.Hour)
	retired, err := f.Retire(t.Context(), key.Public().ID())
	require.NoError(t, err)
	assert.Equal(t, *now, retired.SignUntil)
	assert.Equal(t, now.UTC().AddDate(1, 0, 3), retired.PublishUntil.UTC())
	assert.False(t, must(f.SigningKeys(t.Context()))[0].CanSign(*now))
	assert.Len(t, must(f.Published(t.Context())), 1, "its tokens are out")

	*now = now.Add(time.Hour)
	again, err := f.Retire(t.Context(), key.Public().ID())
	require.NoError(t, err)
	assert.Equal(t, retired.Dates, again.Dates, "a second time changes nothing")

	*now = retired.PublishUntil
	assert.Empty(t, must(f.Published(t.Context())))
	assert.Len(t, must(f.SigningKeys(t.Context())), 1, "nothing is deleted")
}

// A key made when tokens were valid for less is published for as long as its tokens are valid now: a token
// issued on the last day of signing, on which the key is retired, is still verified on its own last day.
func TestFolderEarlierDates(t *testing.T) {
	f, now := folder(t)
	key := must(f.AddSigningKey(t.Context()))
	path := filepath.Join(f.Dir, "signing-"+key.Public().ID()+".jwk")
	text := string(must(os.ReadFile(path)))
	short := key.SignUntil.Add(5 * 365 * 24 * time.Hour)
	changed := strings.Replace(text, strconv.FormatInt(key.PublishUntil.Unix(), 10),
		strconv.FormatInt(short.Unix(), 10), 1)
	require.NotEqual(t, text, changed)
	require.NoError(t, os.WriteFile(path, []byte(changed), 0o600))
	assert.Equal(t, key.PublishUntil, must(f.SigningKeys(t.Context()))[0].PublishUntil)

	addReference(t, f)
	*now = key.SignUntil.Add(-time.Second)
	issuer := &token.Signer{Keys: must(f.SigningKeys(t.Context())),
		References: must(f.ReferenceKeys(t.Context())), Now: f.Now}
	paper, c, err := issuer.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	must(f.Retire(t.Context(), key.Public().ID()))
	*now = c.Expires.Add(-time.Second)
	_, err = token.Verify(paper, must(f.Published(t.Context())), *now)
	assert.NoError(t, err)
}

// Documents under reference keys of the earlier format cannot be recognised: the folder says so.
func TestFolderEarlierFormat(t *testing.T) {
	f, _ := folder(t)
	addReference(t, f)
	path := renameReference(t, f)
	text := strings.Replace(string(must(os.ReadFile(path))), `"format": 2,`, "", 1)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	_, err := f.ReferenceKeys(t.Context())
	assert.ErrorIs(t, err, token.ErrOldFolder)
	_, err = f.AddReferenceKey(t.Context())
	assert.ErrorIs(t, err, token.ErrOldFolder)
}

func TestFolderRevoke(t *testing.T) {
	f, now := folder(t)
	first, second := must(f.AddSigningKey(t.Context())), must(f.AddSigningKey(t.Context()))
	*now = now.Add(time.Hour)
	revoked, err := f.Revoke(t.Context(), first.Public().ID())
	require.NoError(t, err)
	assert.Equal(t, *now, revoked.Revoked)
	published := must(f.Published(t.Context()))
	require.Len(t, published, 1)
	assert.True(t, published[0].Equal(second.Public()))

	at := *now
	*now = now.Add(time.Hour)
	assert.Equal(t, at, must(f.Revoke(t.Context(), first.Public().ID())).Revoked,
		"a second time changes nothing")
	assert.Equal(t, at, must(f.Retire(t.Context(), first.Public().ID())).Revoked, "retiring does not undo it")
	assert.Len(t, must(f.SigningKeys(t.Context())), 2)
}

func TestFolderUnknownKey(t *testing.T) {
	f, _ := folder(t)
	must(f.AddSigningKey(t.Context()))
	for _, id := range []string{"", "AAAAAAAAAAA", "../signing"} {
		key, err := f.Retire(t.Context(), id)
		assert.Error(t, err, id)
		assert.Nil(t, key)
		key, err = f.Revoke(t.Context(), id)
		assert.Error(t, err, id)
		assert.Nil(t, key)
	}
}

func TestFolderImport(t *testing.T) {
	f, _ := folder(t)
	imported, err := f.ImportSigningKey(t.Context(), edPrivate())
	require.NoError(t, err)
	assert.Equal(t, "kPrK_qmxVWY", imported.Public().ID())
	assert.Equal(t, []string{"signing-kPrK_qmxVWY.jwk"}, fileNames(t, f.Dir))
	read := must(f.SigningKeys(t.Context()))[0]
	verifies(t, &token.Signer{Keys: []*token.SigningKey{read},
		References: newIssuer(t, edPrivate()).References, Now: f.Now})
	signer, err := token.ReadKeyFile(filepath.Join(f.Dir, "signing-kPrK_qmxVWY.jwk"))
	require.NoError(t, err)
	assert.Equal(t, edPrivate(), signer, "the file is a JWK that others can read too")

	before := must(os.ReadFile(filepath.Join(f.Dir, "signing-kPrK_qmxVWY.jwk")))
	twice, err := f.ImportSigningKey(t.Context(), edPrivate())
	assert.ErrorIs(t, err, fs.ErrExist)
	assert.Nil(t, twice)
	assert.Equal(t, before, must(os.ReadFile(filepath.Join(f.Dir, "signing-kPrK_qmxVWY.jwk"))))

	_, err = f.ImportSigningKey(t.Context(), p384Private())
	assert.Error(t, err)
	_, err = f.ImportSigningKey(t.Context(), nil)
	assert.Error(t, err)
	_, err = f.ImportSigningKey(t.Context(), hidden{esPrivate()})
	assert.Error(t, err, "a key in an HSM has no file")
	assert.Len(t, fileNames(t, f.Dir), 1, "nothing is left over")
}

func TestFolderIssuer(t *testing.T) {
	f, _ := folder(t)
	f.IssuerName = ""
	_, err := f.AddSigningKey(t.Context())
	assert.Error(t, err, "a first key needs a name")
	f.IssuerName = issuerName
	must(f.AddSigningKey(t.Context()))
	f.IssuerName = ""
	assert.Equal(t, issuerName, must(f.AddSigningKey(t.Context())).Public().IssuerName(),
		"that of the keys already there")

	f.IssuerName = otherIssuer
	_, err = f.SigningKeys(t.Context())
	assert.ErrorContains(t, err, issuerName)
	_, err = f.AddSigningKey(t.Context())
	assert.Error(t, err)
	assert.Len(t, fileNames(t, f.Dir), 2)

	// Two issuers in one folder, written there by hand.
	f.IssuerName = ""
	path := filepath.Join(f.Dir, fileNames(t, f.Dir)[0])
	data := strings.Replace(string(must(os.ReadFile(path))), issuerName, otherIssuer, 1)
	require.NoError(t, os.WriteFile(path, []byte(data), 0o600))
	_, err = f.SigningKeys(t.Context())
	assert.ErrorContains(t, err, "another folder")
}

func TestFolderFiles(t *testing.T) {
	f, _ := folder(t)
	f.Dir = filepath.Join(f.Dir, "deep")
	key := must(f.AddSigningKey(t.Context()))
	reference := must(f.AddReferenceKey(t.Context()))
	assert.Equal(t, []string{fmt.Sprintf("reference-%04x.jwk", reference.ID()),
		"signing-" + key.Public().ID() + ".jwk"}, fileNames(t, f.Dir))
	if runtime.GOOS != "windows" {
		for _, dir := range []string{f.Dir, filepath.Dir(f.Dir)} {
			assert.Equal(t, fs.FileMode(0o700), must(os.Stat(dir)).Mode().Perm())
		}
		for _, name := range fileNames(t, f.Dir) {
			assert.Equal(t, fs.FileMode(0o600), must(os.Stat(filepath.Join(f.Dir, name))).Mode().Perm(), name)
		}
	}
	must(f.Retire(t.Context(), key.Public().ID()))
	var members map[string]any
	path := filepath.Join(f.Dir, "signing-"+key.Public().ID()+".jwk")
	require.NoError(t, json.Unmarshal(must(os.ReadFile(path)), &members))
	assert.Equal(t, issuerName, members["issuer"])
	assert.Equal(t, float64(issuedAt), members["created"])
	assert.Equal(t, float64(issuedAt), members["sign_until"])
	assert.Equal(t, "EC", members["kty"])
	if runtime.GOOS != "windows" {
		assert.Equal(t, fs.FileMode(0o600), must(os.Stat(path)).Mode().Perm(), "after a change too")
	}
}

func TestFolderConcurrentSigningKeys(t *testing.T) {
	f, _ := folder(t)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			_, err := f.ImportSigningKey(t.Context(), esPrivateOf(fmt.Sprint(i)))
			assert.NoError(t, err)
		})
	}
	group.Wait()
	assert.Len(t, must(f.SigningKeys(t.Context())), 8)
	assert.Len(t, fileNames(t, f.Dir), 8)
}
