package app

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
)

const (
	// drillChecks is how many people a drill asks about.
	drillChecks = 100
	maxDrill    = 1 << 20
)

// recorded is the file of a drill. It names nobody: people are pseudonyms, and answers are digests under
// names.key.
type recorded struct {
	At time.Time `json:"at"`
	// Checkpoint is the signed one of the access log.
	Checkpoint string            `json:"checkpoint"`
	Answers    map[string]string `json:"answers"`
}

// A drill is the parts of a service that answer and that nobody else can reach.
type drill struct {
	*App
	names   secret.Secret
	key     []byte
	at      time.Time
	service *service.Service
}

// openDrill opens a service with these settings and no listeners. It answers as it would have at a time.
func openDrill(ctx context.Context, s *settled, at time.Time) (*drill, error) {
	d := &drill{App: &App{settled: s, metrics: newMetrics(), ready: &readiness{}}, at: at}
	d.Journal = ""                   // nothing is written to it
	d.Login.IdentityProvider = "any" // otherwise the people of the demonstration are added
	err := d.open(ctx)
	if err != nil {
		return nil, errors.Join(err, d.closers.close())
	}
	return d, nil
}

func (d *drill) open(ctx context.Context) (err error) {
	for _, step := range []func(context.Context) error{d.openDatabase, d.openKeys, d.openRegistry} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if d.names, err = readSecret(d.file(namesKey)); err != nil {
		return err
	}
	if d.key, err = d.names.Key("issuer/drill", nil); err != nil {
		return err
	}
	d.service, err = service.New(service.Config{Signer: d.signer, Keys: d.keys.Published, Source: d.registry,
		VoidBefore: d.registry.VoidBefore, Codes: d.registry.Codes, Policy: d.policy, Benefits: d.benefits,
		Zone: d.zone, Now: func() time.Time { return d.at }, CallsPerMinute: 2 * drillChecks, Log: d.Log})
	return err
}

func (d *drill) signer(ctx context.Context) (*token.Signer, error) {
	s, err := d.keys.Signer(ctx)
	if err != nil {
		return nil, err
	}
	then := *s
	then.Now = func() time.Time { return d.at }
	return &then, nil
}

// ask issues a document to the person, checks it at the first level, and returns a digest of the answer and
// of the person's cut-off.
func (d *drill) ask(ctx context.Context, cf codicefiscale.Code) (string, error) {
	signer, err := d.signer(ctx)
	if err != nil {
		return "", err
	}
	paper, _, err := signer.Issue(ctx, cf)
	if err != nil {
		return "", err
	}
	answer, err := d.service.FirstLevel(ctx, service.Caller{}, api.FirstLevelRequest{
		CheckID: api.NewCheckID(), QR: paper, CodiceFiscale: cf.Reveal()})
	if err != nil {
		return "", err
	}
	answer.Receipt, answer.CheckedAt = "", time.Time{}
	cut, err := d.registry.VoidBefore(ctx, cf)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal([]any{cf.Reveal(), answer, cut.Unix()})
	mac := hmac.New(sha256.New, d.key)
	mac.Write(text)
	return hex.EncodeToString(mac.Sum(nil)), err
}

// RecordDrill asks the service with these settings about some of its people, and returns what [Drill] needs
// to ask a backup the same. It makes no tables and no keys.
func RecordDrill(ctx context.Context, c Config) (text []byte, people int, err error) {
	c.KeepTables = true
	s, err := c.settle()
	if err != nil {
		return nil, 0, err
	}
	d, err := openDrill(ctx, s, time.Now().UTC().Truncate(time.Second))
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, d.closers.close()) }()
	r := recorded{At: d.at, Answers: map[string]string{}}
	sample, err := d.registry.Sample(ctx, drillChecks)
	if err != nil {
		return nil, 0, err
	}
	for _, cf := range sample {
		name := fmt.Sprintf("%x", d.registry.Pseudonym(cf))
		if r.Answers[name], err = d.ask(ctx, cf); err != nil {
			return nil, 0, err
		}
	}
	checkpoint, err := d.accesses.Checkpoint(ctx)
	if err != nil {
		return nil, 0, err
	}
	r.Checkpoint = string(checkpoint)
	text, err = json.MarshalIndent(r, "", " ")
	return text, len(sample), err
}

// Drill restores a backup beside the service with these settings, and tells of each part how it is, as
// [Doctor] does: the restore, the recorded answers, the access log, and the journal. An empty backup means
// that scratch is a database in which somebody has restored it. Otherwise scratch is an address of a server
// for a dump of PostgreSQL, on which a database is made and dropped. The keys are those of the data folder.
func Drill(ctx context.Context, c Config, path, backup, scratch string,
	tell func(part string, err error)) (err error) {
	var r recorded
	text, err := file.Read(path, maxDrill)
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		return &FlagError{"expected", err}
	}
	// The restored database is not the service's: its codes are nobody's, and its tables may be older.
	c.Redis, c.KeepTables = "", false
	s, err := c.settle()
	if err != nil {
		return err
	}
	var drop func() error
	s.DB, drop, err = restore(ctx, backup, scratch)
	if errors.As(err, new(*FlagError)) {
		return err
	}
	tell("restore", err)
	if err != nil {
		return nil
	}
	defer func() { err = errors.Join(err, drop()) }()
	journal := s.Journal
	d, err := openDrill(ctx, s, r.At)
	tell("database and keys", err)
	if err != nil {
		return nil
	}
	defer func() { err = errors.Join(err, d.closers.close()) }() // before drop
	tell("answers", d.answers(ctx, r.Answers))
	tell("access log", d.audit(ctx, r.Checkpoint))
	if d.Journal = journal; journal != "" {
		tell("journal", d.compareJournal(ctx))
	}
	return nil
}

func (d *drill) answers(ctx context.Context, recorded map[string]string) error {
	missing, differ := 0, 0
	for text, want := range recorded {
		var name []byte
		if _, err := fmt.Sscanf(text, "%x", &name); err != nil || len(name) != len(registry.Pseudonym{}) {
			return words.Errorf("the recorded file is damaged")
		}
		cf, err := d.registry.Find(ctx, registry.Pseudonym(name))
		var answer string
		if err == nil {
			answer, err = d.ask(ctx, cf)
		}
		switch {
		case errors.Is(err, registry.ErrErased): // since then
		case errors.Is(err, registry.ErrUnknown):
			missing++
		case err != nil:
			return err
		case answer != want:
			differ++
		}
	}
	switch {
	case len(recorded) == 0:
		return warn("no answer was recorded: the registry was empty")
	case missing+differ > 0:
		return words.Errorf("of %d recorded answers %d differ and %d people are missing: is the backup from "+
			"the time of the record?", len(recorded), differ, missing)
	}
	return nil
}

// audit recomputes the access log and compares it with the recorded checkpoint.
func (d *drill) audit(ctx context.Context, checkpoint string) error {
	verifier, err := note.NewVerifier(d.accessKey)
	if err == nil {
		_, err = d.accesses.Audit(ctx, verifier, []byte(checkpoint))
	}
	return err
}

// compareJournal says how much later the journal is.
func (d *drill) compareJournal(ctx context.Context) error {
	j, err := d.newJournal(d.names)
	if err != nil {
		return err
	}
	behind, err := rolledBack(ctx, j)
	switch {
	case behind == nil:
		return err
	case behind.Forked:
		return words.Errorf("the backup's access log is not the one that the journal saw")
	}
	return warn("the backup lacks accesses (%d), which would be lost, and voids (%d), which "+
		"-accept-rollback %d brings back", behind.Kept-behind.Size, behind.Voids, behind.Size)
}

// restore puts the backup where nobody uses it, and returns the address of that database.
func restore(ctx context.Context, backup, scratch string) (dsn string, drop func() error, err error) {
	if backup == "" {
		return scratch, func() error { return nil }, nil
	}
	f, err := file.Open(backup)
	if err != nil {
		return "", nil, &FlagError{"backup", err}
	}
	defer f.Close()
	head := make([]byte, 16)
	if _, err := io.ReadFull(f, head); err != nil {
		return "", nil, &FlagError{"backup", err}
	}
	switch {
	case bytes.HasPrefix(head, []byte("SQLite format 3")):
		return restoreSQLite(io.MultiReader(bytes.NewReader(head), f))
	case !bytes.HasPrefix(head, []byte("PGDMP")):
		return "", nil, wrong("backup", "is neither an SQLite file nor one of pg_dump -Fc: restore it "+
			"yourself, and name the database with -scratch")
	case !strings.HasPrefix(scratch, "postgres"):
		return "", nil, wrong("scratch", "is needed: postgres://... of a server on which a database may be "+
			"made")
	}
	return restorePostgres(ctx, backup, scratch)
}

func restoreSQLite(from io.Reader) (path string, drop func() error, err error) {
	dir, err := os.MkdirTemp("", "drill")
	if err != nil {
		return "", nil, err
	}
	drop = func() error { return os.RemoveAll(dir) }
	path = filepath.Join(dir, "registry.db")
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_, err = io.Copy(to, from)
		err = errors.Join(err, to.Close())
	}
	if err != nil {
		return "", nil, errors.Join(err, drop())
	}
	return path, drop, nil
}

// restorePostgres runs pg_restore in a database that it makes. The password goes through the environment,
// since everybody on the machine can read the arguments.
func restorePostgres(ctx context.Context, backup, server string) (dsn string, drop func() error, err error) {
	u, err := url.Parse(server)
	if err != nil { // its text quotes the password
		return "", nil, wrong("scratch", "is needed: postgres://... of a server on which a database may be "+
			"made")
	}
	db, err := database.Open(ctx, server)
	if err != nil {
		return "", nil, err
	}
	var id [4]byte
	rand.Read(id[:]) // never fails since Go 1.24
	name := "attesta_drill_" + hex.EncodeToString(id[:])
	if _, err := db.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		return "", nil, errors.Join(err, db.Close())
	}
	drop = func() error { // also when ctx has ended
		_, err := db.ExecContext(context.WithoutCancel(ctx), "DROP DATABASE "+name+" WITH (FORCE)")
		return errors.Join(err, db.Close())
	}
	u.Path = "/" + name
	dsn = u.String()
	password, secret := u.User.Password()
	u.User = url.User(u.User.Username())
	cmd := exec.CommandContext(ctx, "pg_restore", "--exit-on-error", "--no-owner", "--no-privileges",
		"--dbname", u.String(), backup)
	if secret {
		cmd.Env = append(os.Environ(), "PGPASSWORD="+password)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", nil, errors.Join(words.Errorf("the backup is not restored: %w: %s", err, out), drop())
	}
	return dsn, drop, nil
}
