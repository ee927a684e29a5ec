package app

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/token"
)

// A site is processes with a data folder each, on one database.
type site struct {
	t       *testing.T
	dsn     string
	now     time.Time
	peppers bool // in a file of their own
}

// folder returns a data folder that is a copy of another, or a new one with keys.
func (s *site) folder(from string) string {
	s.t.Helper()
	dir := s.t.TempDir()
	require.NoError(s.t, os.Chmod(dir, 0o700))
	if from != "" {
		require.NoError(s.t, os.CopyFS(dir, os.DirFS(from)))
		return s.private(dir)
	}
	keys := s.keys(dir)
	_, err := keys.AddSigningKey(s.t.Context())
	require.NoError(s.t, err)
	_, err = keys.AddReferenceKey(s.t.Context())
	require.NoError(s.t, err)
	return dir
}

// private gives copies the mode of what was copied.
func (s *site) private(dir string) string {
	require.NoError(s.t, filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			err = os.Chmod(path, 0o600)
		}
		return err
	}))
	return dir
}

func (s *site) keys(data string) token.Folder {
	return token.Folder{Dir: filepath.Join(data, "keys"), IssuerName: "https://qr.example.it",
		Now: func() time.Time { return s.now }}
}

func (s *site) open(data string) (*App, error) {
	c := Config{Addr: "127.0.0.1:0", Data: data, DB: s.dsn, Body: "Ente Esempio",
		Log: slog.New(slog.DiscardHandler)}
	if s.peppers {
		c.PepperFile = filepath.Join(data, "peppers")
	}
	return Open(s.t.Context(), c)
}

// start starts a process, with the clock of the site.
func (s *site) start(data string) *App {
	s.t.Helper()
	a, err := s.open(data)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { assert.NoError(s.t, a.Close()) })
	a.book.Now = func() time.Time { return s.now }
	require.NoError(s.t, a.checkKeys(s.t.Context()))
	return a
}

// refused asserts that a process with the folder does not start, and that the error names the key.
func (s *site) refused(data, want string) {
	s.t.Helper()
	a, err := s.open(data)
	if !assert.Error(s.t, err) {
		require.NoError(s.t, a.Close())
		return
	}
	var wrong *FlagError
	assert.ErrorAs(s.t, err, &wrong, "a wrong setting, exit code 3")
	assert.ErrorContains(s.t, err, want)
}

// stopped asserts that a running process notices, and that it neither signs nor publishes.
func (s *site) stopped(a *App, want string) {
	s.t.Helper()
	require.ErrorContains(s.t, a.checkKeys(s.t.Context()), want)
	_, err := a.keys.Signer(s.t.Context())
	assert.ErrorContains(s.t, err, want)
	_, err = a.keys.Published(s.t.Context())
	assert.ErrorContains(s.t, err, want)
}

// serves asserts that a process works.
func (s *site) serves(apps ...*App) {
	s.t.Helper()
	for _, a := range apps {
		assert.NoError(s.t, a.checkKeys(s.t.Context()))
		_, err := a.keys.Signer(s.t.Context())
		assert.NoError(s.t, err)
	}
}

func eachSite(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	server.Each(t, func(t *testing.T, dsn string) { test(t, &site{t: t, dsn: dsn, now: time.Now()}) })
}

func remove(pattern string) func(*testing.T, *site, string) {
	return func(t *testing.T, _ *site, data string) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(data, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			require.NoError(t, os.Remove(file))
		}
	}
}

func write(name, text string) func(*testing.T, *site, string) {
	return func(t *testing.T, _ *site, data string) {
		t.Helper()
		require.NoError(t, os.WriteFile(filepath.Join(data, name), []byte(text+"\n"), 0o600))
	}
}

// A second process whose folder differs from the first one's does not start, and names what differs.
func TestReplicaWithOtherKeys(t *testing.T) {
	other := newSecret()
	sameID := func(t *testing.T, s *site, data string) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(data, "keys", "reference-*"))
		require.NoError(t, err)
		require.Len(t, files, 1)
		stranger, err := filepath.Glob(filepath.Join(s.folder(""), "keys", "reference-*"))
		require.NoError(t, err)
		text, err := os.ReadFile(stranger[0])
		require.NoError(t, err)
		id := func(path string) string { return strings.Split(filepath.Base(path), "-")[1][:4] }
		renamed := strings.Replace(string(text), `"`+id(stranger[0])+`"`, `"`+id(files[0])+`"`, 1)
		require.NoError(t, os.WriteFile(files[0], []byte(renamed), 0o600))
	}
	tests := []struct {
		name, want string
		change     func(t *testing.T, s *site, data string)
	}{
		{"reference key of the same id", "another key than reference:", sameID},
		{"no reference key", "the key reference:", remove("keys/reference-*")},
		{"no signing key", "the key signing:", remove("keys/signing-*")},
		{"no keys at all", "the key ", func(t *testing.T, _ *site, data string) {
			require.NoError(t, os.RemoveAll(filepath.Join(data, "keys")))
		}},
		{"an empty folder of keys", "the key ", remove("keys/*")},
		{"the keys of another service", "is missing here", func(t *testing.T, s *site, data string) {
			require.NoError(t, os.RemoveAll(filepath.Join(data, "keys")))
			require.NoError(t, os.CopyFS(filepath.Join(data, "keys"),
				os.DirFS(filepath.Join(s.folder(""), "keys"))))
			s.private(data)
		}},
		{"another service.key", "another key than file:service.key", write(serviceKey, other)},
		{"no service.key", "the key file:service.key is missing", remove(serviceKey)},
		{"another audit.key", "another key than file:audit.key", write(auditKey, other)},
		{"no audit.key", "needed: bring it here; docs/operations.md has", remove(auditKey)},
		{"another names.key", "not those that the database was made with", write(namesKey, other)},
		{"no names.key", "was made with: bring names.key here", remove(namesKey)},
		{"another registry.key", "not those that the database was made with",
			write(registryKey, "1 "+other)},
		{"no registry.key", "was made with: bring registry.key here", remove(registryKey)},
		{"no version of registry.key", "version of the registry's key is missing",
			write(registryKey, "2 "+other)},
		{"another pepper", "another key than pepper:one", write("peppers", "one "+other)},
		{"no pepper in use", "the key pepper:one is missing", write("peppers", "two "+other)},
	}
	eachSite(t, func(t *testing.T, s *site) {
		s.peppers = true
		data := s.folder("")
		write("peppers", "one "+newSecret())(t, s, data)
		first := s.start(data)
		s.serves(first, s.start(s.folder(data)))
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				s := *s
				s.t = t
				replica := s.folder(data)
				test.change(t, &s, replica)
				before, err := os.ReadDir(replica)
				require.NoError(t, err)
				s.refused(replica, test.want)
				after, err := os.ReadDir(replica)
				require.NoError(t, err)
				assert.Len(t, after, len(before), "nothing was made in its place")
				s.serves(first)
			})
		}
	})
}

// While a process runs, the folder is compared whenever it changes.
func TestFolderChangesUnderAProcess(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		data := s.folder("")
		a, other := s.start(data), s.start(s.folder(data))
		signer, err := a.keys.Signer(t.Context())
		require.NoError(t, err)
		require.NoError(t, os.Rename(filepath.Join(data, "keys"), filepath.Join(data, "away")))
		require.NoError(t, os.CopyFS(filepath.Join(data, "keys"),
			os.DirFS(filepath.Join(s.folder(""), "keys"))))
		s.private(data)
		_, err = a.keys.Signer(t.Context())
		assert.ErrorContains(t, err, "is missing here")
		require.NoError(t, os.RemoveAll(filepath.Join(data, "keys")))
		require.NoError(t, os.Rename(filepath.Join(data, "away"), filepath.Join(data, "keys")))
		require.NoError(t, a.checkKeys(t.Context()))
		again, err := a.keys.Signer(t.Context())
		require.NoError(t, err)
		assert.Equal(t, signer.References[0].Proof(), again.References[0].Proof())
		s.serves(a, other)
	})
}

// While the database does not answer, the keys on which it agreed stay good; others wait for it.
func TestKeysWithoutDatabase(t *testing.T) {
	s := &site{t: t, dsn: databasetest.SQLite(t), now: time.Now()}
	data := s.folder("")
	a := s.start(data)
	var err error
	a.book.DB, err = database.Open(t.Context(), databasetest.SQLite(t)) // without tables
	require.NoError(t, err)
	require.NoError(t, a.book.DB.Close())
	require.NoError(t, os.Chtimes(filepath.Join(data, "keys"), time.Now(), time.Now().Add(time.Minute)))
	for range 2 {
		_, err = a.keys.Signer(t.Context())
		assert.NoError(t, err)
		assert.Error(t, a.keys.compare(t.Context()))
		assert.Error(t, a.checkKeys(t.Context()))
	}
	_, err = s.keys(data).AddReferenceKey(t.Context())
	require.NoError(t, err)
	_, err = a.keys.Signer(t.Context())
	assert.Error(t, err)
}

// Peppers are rotated in three rolling restarts; each time one process is ahead.
func TestRotatePeppers(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.peppers = true
		old, young := "old "+newSecret()+"\n", "young "+newSecret()+"\n"
		one := s.folder("")
		write("peppers", old)(t, s, one)
		a := s.start(one)
		two := s.folder(one)
		b := s.start(two)
		for _, text := range []string{old + young, young + old} {
			write("peppers", text)(t, s, one)
			a = s.start(one)
			s.serves(a, b)
			if strings.HasPrefix(text, "young") {
				s.refused(s.withPeppers(two, old), "the key pepper:young is missing")
			}
			s.refused(s.withPeppers(two, young), "the key pepper:old is missing")
			write("peppers", text)(t, s, two)
			b = s.start(two)
			s.serves(a, b)
		}
		s.refused(s.withPeppers(one, young), "the key pepper:old is missing") // too early
		_, err := a.book.DB.ExecContext(t.Context(),
			"UPDATE known_key SET needed_until_s = needed_until_s - 1020 WHERE id = 'old'") // 17 minutes pass
		require.NoError(t, err)
		write("peppers", young)(t, s, one)
		s.serves(s.start(one), b)
	})
}

func (s *site) withPeppers(data, text string) string {
	dir := s.folder(data)
	write("peppers", text)(s.t, s, dir)
	return dir
}

// A signing key is published 24 hours before it signs. A process that gets it later is good until then.
func TestRotateSigningKey(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		one := s.folder("")
		a := s.start(one)
		two := s.folder(one)
		b := s.start(two)
		key, err := s.keys(one).AddSigningKey(t.Context())
		require.NoError(t, err)
		s.serves(a, b)
		s.now = s.now.Add(token.PublicationLead - 2*time.Second)
		s.serves(a, b)
		s.now = s.now.Add(2 * time.Second)
		s.serves(a)
		s.stopped(b, "the key signing:"+key.Public().ID()+" is missing")
		name := "signing-" + key.Public().ID() + ".jwk"
		text, err := os.ReadFile(filepath.Join(one, "keys", name))
		require.NoError(t, err)
		write(filepath.Join("keys", name), string(text))(t, s, two)
		s.serves(a, b)

		_, err = s.keys(one).Revoke(t.Context(), key.Public().ID())
		require.NoError(t, err)
		s.serves(a)
		s.stopped(b, "the key signing:"+key.Public().ID()+" was revoked elsewhere")
	})
}

// A new reference key is needed by all from its first use, and an old one until its last paper has expired.
func TestRotateReferenceKey(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		one := s.folder("")
		a := s.start(one)
		two := s.folder(one)
		b := s.start(two)
		_, err := s.keys(one).AddReferenceKey(t.Context())
		require.NoError(t, err)
		s.serves(a)
		s.stopped(b, "the key reference:")
		require.NoError(t, os.RemoveAll(filepath.Join(two, "keys")))
		require.NoError(t, os.CopyFS(filepath.Join(two, "keys"), os.DirFS(filepath.Join(one, "keys"))))
		s.private(two)
		s.serves(a, b)
		keys, err := s.keys(two).ReferenceKeys(t.Context())
		require.NoError(t, err)
		require.Len(t, keys, 2)
		id := fmt.Sprintf("%04x", keys[1].ID())
		remove("keys/reference-"+id+".jwk")(t, s, two)
		s.stopped(b, "the key reference:"+id+" is missing")
		s.now = s.now.AddDate(5, 0, 6)
		s.serves(b)
	})
}

// service.key is replaced: the process that still has the old one stops, and starts with the new one.
func TestReplaceServiceKey(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		one := s.folder("")
		a := s.start(one)
		two := s.folder(one)
		b := s.start(two)
		s.serves(a, b)
		for _, name := range []string{serviceKey, auditKey} {
			require.NoError(t, ReplaceKey(t.Context(), one, s.dsn, name))
			a = s.start(one)
			s.stopped(b, "another key than file:"+name)
			s.refused(two, "another key than file:"+name)
			text, err := os.ReadFile(filepath.Join(one, name))
			require.NoError(t, err)
			write(name, strings.TrimSpace(string(text)))(t, s, two)
			b = s.start(two)
			s.serves(a, b)
		}
		err := ReplaceKey(t.Context(), one, s.dsn, namesKey)
		assert.ErrorContains(t, err, "only service.key and audit.key")
	})
}

// A reference key that is lost for good is forgotten; the service then starts with a new one.
func TestForgetKey(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		one := s.folder("")
		a, err := s.open(one)
		require.NoError(t, err)
		require.NoError(t, a.Close())
		keys, err := s.keys(one).ReferenceKeys(t.Context())
		require.NoError(t, err)
		remove("keys/reference-*")(t, s, one)
		_, err = s.keys(one).AddReferenceKey(t.Context())
		require.NoError(t, err)
		id := fmt.Sprintf("%04x", keys[0].ID())
		s.refused(one, "issuer keys forget reference:"+id)
		err = CheckPaperKeys(t.Context(), one, s.dsn)
		assert.ErrorContains(t, err, "the key reference:"+id+" is missing", "no list is issued either")
		require.NoError(t, ForgetKey(t.Context(), one, s.dsn, "reference:"+id))
		s.serves(s.start(one))
		assert.NoError(t, CheckPaperKeys(t.Context(), one, s.dsn))
		assert.NoError(t, CheckPaperKeys(t.Context(), t.TempDir(), ""), "there is no database")
		assert.Error(t, ForgetKey(t.Context(), one, s.dsn, id))
	})
}
