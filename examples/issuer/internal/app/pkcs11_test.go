//go:build pkcs11

package app

import (
	"crypto/elliptic"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/ThalesGroup/crypto11"
	"github.com/miekg/pkcs11"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/token"
)

const softPIN = "4711"

// softHSM makes a token with a key pair for each label, and returns a function from objects to the URI.
func softHSM(t *testing.T, labels ...string) func(objects string) string {
	t.Helper()
	util, err := exec.LookPath("softhsm2-util")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("softhsm2-util is not installed")
	}
	require.NoError(t, err)
	const library = "/usr/lib/softhsm/libsofthsm2.so"
	dir := t.TempDir()
	config, pin := filepath.Join(dir, "softhsm2.conf"), filepath.Join(dir, "pin")
	require.NoError(t, os.Mkdir(filepath.Join(dir, "tokens"), 0o700))
	require.NoError(t, os.WriteFile(config, []byte("directories.tokendir = "+filepath.Join(dir, "tokens")+
		"\n"), 0o600))
	require.NoError(t, os.WriteFile(pin, []byte(softPIN+"\n"), 0o600))
	t.Setenv("SOFTHSM2_CONF", config)
	out, err := exec.Command(util, "--init-token", "--free", "--label", "attesta", "--pin", softPIN,
		"--so-pin", "0815").CombinedOutput()
	require.NoError(t, err, "%s", out)

	device, err := crypto11.Configure(&crypto11.Config{Path: library, TokenLabel: "attesta", Pin: softPIN})
	require.NoError(t, err)
	defer func() { require.NoError(t, device.Close()) }()
	for i, label := range labels {
		private, err := crypto11.NewAttributeSetWithIDAndLabel([]byte{byte(i + 1)}, []byte(label))
		require.NoError(t, err)
		public := private.Copy()
		require.NoError(t, private.Set(pkcs11.CKA_EXTRACTABLE, false))
		_, err = device.GenerateECDSAKeyPairWithAttributes(public, private, elliptic.P256())
		require.NoError(t, err)
	}
	return func(objects string) string {
		return "pkcs11:token=attesta;object=" + objects + "?module-path=" + library + "&pin-source=file:" +
			pin
	}
}

func open(t *testing.T, data, signer string) (*App, error) {
	t.Helper()
	log, err := NewLog(os.Stderr, "text", 100)
	require.NoError(t, err)
	a, err := Open(t.Context(), Config{Addr: "127.0.0.1:0", Data: data, IssuerName: "https://hsm.example.it",
		Body: "Ente di prova", Signer: signer, Log: log})
	if err == nil {
		t.Cleanup(func() { require.NoError(t, a.Close()) })
	}
	return a, err
}

// A key in a device signs papers. The earlier key in the same device and one in a file stay published.
func TestPKCS11Signs(t *testing.T) {
	uri, data := softHSM(t, "2026", "2027"), t.TempDir()
	folder := token.Folder{Dir: filepath.Join(data, "keys"), IssuerName: "https://hsm.example.it"}
	fromFile, err := folder.AddSigningKey(t.Context())
	require.NoError(t, err)
	_, err = folder.AddReferenceKey(t.Context())
	require.NoError(t, err)

	sign := func(objects string) (jws string, published []token.PublicKey) {
		a, err := open(t, data, uri(objects))
		require.NoError(t, err)
		issuer, err := a.keys.Signer(t.Context())
		require.NoError(t, err)
		jws, _, err = issuer.Issue(t.Context(), demo.Personas()[0].CF)
		require.NoError(t, err)
		published, err = a.keys.Published(t.Context())
		require.NoError(t, err)
		require.NoError(t, a.Close())
		return jws, published
	}
	old, published := sign("2026")
	require.Len(t, published, 2)
	assert.Contains(t, published, fromFile.Public())
	_, err = token.Verify(old, published, time.Now())
	require.NoError(t, err)
	first := published[0].ID()
	if first == fromFile.Public().ID() {
		first = published[1].ID()
	}

	young, published := sign("2027,2026")
	require.Len(t, published, 3)
	for _, jws := range []string{old, young} {
		_, err := token.Verify(jws, published, time.Now())
		assert.NoError(t, err)
	}
	_, err = token.Verify(young, []token.PublicKey{published[0]}, time.Now())
	assert.NoError(t, err, "the first one named signs")

	_, err = open(t, data, uri("2027"))
	assert.ErrorContains(t, err, "signing:"+first+" is missing here", "papers of it are out")
	require.NoError(t, ForgetKey(t.Context(), data, "", "signing:"+first))
	_, published = sign("2027")
	_, err = token.Verify(old, published, time.Now())
	assert.ErrorIs(t, err, token.ErrUnknownKey, "what is not named is not published")
}

func TestPKCS11Refuses(t *testing.T) {
	uri, data := softHSM(t, "twin", "twin"), t.TempDir()
	_, err := token.Folder{Dir: filepath.Join(data, "keys"),
		IssuerName: "https://hsm.example.it"}.AddReferenceKey(t.Context())
	require.NoError(t, err)
	for objects, want := range map[string]string{"none": "-signer: 0 key pairs have the label none",
		"twin": "-signer: 2 key pairs have the label twin"} {
		_, err := open(t, data, uri(objects))
		assert.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), softPIN)
	}
}

// A key in a device wraps the data keys that a key in the file wrapped before.
func TestPKCS11Wraps(t *testing.T) {
	uri, data := softHSM(t, "sign"), t.TempDir()
	m, err := parseModule(uri("wrap"))
	require.NoError(t, err)
	_, _, err = m.wrapper(softPIN)
	assert.ErrorContains(t, err, "was not found")
	device, err := crypto11.Configure(&crypto11.Config{Path: m.path, TokenLabel: m.token, Pin: softPIN})
	require.NoError(t, err)
	_, err = device.GenerateSecretKeyWithLabel([]byte{9}, []byte("wrap"), 256, crypto11.CipherAES)
	require.NoError(t, err)
	require.NoError(t, device.Close())

	mario := demo.Personas()[0]
	r, closed, err := OpenRegistry(t.Context(), data, "")
	require.NoError(t, err)
	require.NoError(t, r.Seed(t.Context(), demo.Personas()))
	require.NoError(t, closed())
	path := filepath.Join(data, registryKey)
	first, err := os.ReadFile(path)
	require.NoError(t, err)
	inDevice := "2 " + uri("wrap") + "\n"
	require.NoError(t, os.WriteFile(path, append(first, inDevice...), 0o600))
	r, closed, err = OpenRegistry(t.Context(), data, "")
	require.NoError(t, err)
	version, err := r.Rotate(t.Context())
	require.NoError(t, err)
	assert.Equal(t, int64(2), version)
	require.NoError(t, r.Rewrap(t.Context(), nil))
	require.NoError(t, closed())

	require.NoError(t, os.WriteFile(path, []byte(inDevice), 0o600))
	r, closed, err = OpenRegistry(t.Context(), data, "")
	require.NoError(t, err)
	person, err := r.Person(t.Context(), mario.CF)
	require.NoError(t, err)
	assert.Equal(t, mario.Family, person.Family)
	require.NoError(t, closed())

	w, closed, err := openWrapper(uri("wrap"))
	require.NoError(t, err)
	wrapped, err := w.Wrap(t.Context(), make([]byte, 32), []byte("here"))
	require.NoError(t, err)
	plain, err := w.Unwrap(t.Context(), wrapped, []byte("here"))
	require.NoError(t, err)
	assert.Equal(t, make([]byte, 32), plain)
	_, err = w.Unwrap(t.Context(), wrapped, []byte("there"))
	assert.Error(t, err, "another place")
	_, err = w.Unwrap(t.Context(), wrapped[:8], []byte("here"))
	assert.Error(t, err)
	require.NoError(t, closed())
	_, err = w.Wrap(t.Context(), make([]byte, 32), nil)
	assert.Error(t, err, "a device that went away")
}
