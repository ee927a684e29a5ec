package app

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"

	"github.com/qr-invalidita/attesta/examples/internal/certificate"
	"github.com/qr-invalidita/attesta/examples/internal/cns"
	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/duties"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/keybook"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/internal/netaddr"
	redisstore "github.com/qr-invalidita/attesta/otp/store/redis"
	"github.com/qr-invalidita/attesta/token"
)

const (
	// soon is how long before its end a certificate or a key is a warning.
	soon = 14 * 24 * time.Hour
)

// A Warning is what may be as it is and should not stay so.
type Warning struct{ error }

// Unwrap returns the sentence.
func (w Warning) Unwrap() error { return w.error }

func warn(english string, args ...any) error { return Warning{words.Errorf(english, args...)} }

// Doctor looks at what a service with these settings depends on, and tells of each part how it is: nil, a
// [Warning], or an error with what to do. It makes no keys, no tables and no files. The error is that of
// [Config.Check].
func Doctor(ctx context.Context, c Config, tell func(part string, err error)) error {
	s, err := c.settle()
	if err != nil {
		return err
	}
	d := doctor{App: &App{settled: s}, tell: tell}
	defer func() { d.closers.close() }() // nothing was written
	d.look("file modes", d.modes())
	d.look("TLS", d.tls())
	if s.Login.CardLists != "" {
		d.look("revocation lists", d.lists())
	}
	d.look("messages by SMS", d.messages())
	d.look("duties", d.duties())
	d.lookDatabase(ctx)
	if s.Redis != "" {
		d.lookRedis(ctx)
	}
	return nil
}

type doctor struct {
	*App
	tell  func(part string, err error)
	names secret.Secret
}

func (d *doctor) look(part string, err error) (good bool) {
	d.tell(part, err)
	return err == nil
}

// modes returns the first private file that others can read.
func (d *doctor) modes() error {
	err := file.CheckPrivateFolder(d.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return warn("the data folder is missing: the service has never run here")
	case err != nil:
		return err
	}
	var private []string
	for _, pattern := range []string{"*.key", "registry.db", filepath.Join("keys", "*.jwk")} {
		found, err := filepath.Glob(d.file(pattern))
		if err != nil {
			return err
		}
		private = append(private, found...)
	}
	if d.PepperFile != "" {
		private = append(private, d.PepperFile)
	}
	for _, path := range private {
		if err := file.CheckPrivate(path); err != nil {
			return err
		}
	}
	return nil
}

// tls looks at the certificate, or at who else has one.
func (d *doctor) tls() error {
	switch {
	case d.TLSCert == "" && d.local || d.LAN:
		return nil
	case d.TLSCert == "" && len(d.proxies) == 0:
		return warn("neither -tls-cert nor -trusted-proxies: who ends TLS for %s?", d.URL())
	case d.TLSCert == "":
		return nil
	}
	files, err := certificate.Open(d.TLSCert, d.TLSKey)
	if err != nil {
		return err
	}
	current, err := files.Config().GetCertificate(nil) // certificate.Files asks for no name
	if err != nil {
		return err
	}
	c, now := current.Leaf, time.Now()
	switch {
	case now.After(c.NotAfter):
		return words.Errorf("the certificate expired on %s: renew it", c.NotAfter.Format(time.DateOnly))
	case now.Before(c.NotBefore):
		return words.Errorf("the certificate is not valid before %s", c.NotBefore.Format(time.DateOnly))
	case c.NotAfter.Sub(now) < soon:
		return warn("the certificate expires on %s: renew it", c.NotAfter.Format(time.DateOnly))
	case len(d.proxies) == 0 && c.VerifyHostname(d.public.Hostname()) != nil:
		return words.Errorf("the certificate is not for %s: name the host of -public-url in it",
			d.public.Hostname())
	}
	return nil
}

func (d *doctor) lists() error {
	_, next, ok := (&cns.Lists{Dir: d.Login.CardLists}).Dates()
	switch {
	case !ok:
		return words.Errorf("no revocation list in %s: every card is refused", d.Login.CardLists)
	case time.Now().After(next):
		return words.Errorf("a revocation list ended on %s: the cards of its authority are refused",
			next.Format(time.DateOnly))
	}
	return nil
}

func (d *doctor) messages() error {
	switch {
	case d.DevPhone:
		return warn("the development phone shows every code: name a provider with -sms")
	case len(d.Senders) == 0:
		return warn("no provider of messages: there is no second level")
	}
	return nil
}

// duties looks at what a body has to publish.
func (d *doctor) duties() error {
	if missing := duties.Missing(d.Footer); missing != "" && duties.Due(d.public.Hostname()) {
		return warn("the pages lack links that a public body owes: -%s", missing)
	}
	if d.Security == "" {
		return warn("-security-contact is empty: nobody knows where to report a fault of security")
	}
	return nil
}

func (d *doctor) lookDatabase(ctx context.Context) {
	dsn := d.database()
	if !strings.Contains(dsn, "://") {
		if _, err := os.Stat(dsn); errors.Is(err, fs.ErrNotExist) { // opening would make it
			d.look("database", warn("the file is missing: the service has never run here"))
			return
		}
	} else {
		d.look("way to the database", d.way())
	}
	var err error
	d.db, err = database.OpenBounded(ctx, dsn, bounds(1))
	if err != nil {
		d.look("database", err)
		return
	}
	d.closers = append(d.closers, d.db.Close)
	d.db.KeepTables = true
	if d.db.Dialect == database.Postgres {
		d.look("durability of the database", d.durable(ctx))
		d.look("clock of the database", clockOf(ctx, databaseTime(d.db)))
	}
	states, err := tableStates(ctx, d.db)
	for _, t := range states {
		switch {
		case err != nil, t.Name == codeTablesName && d.Redis != "": // the codes are in Redis
		case t.Have > t.Want:
			err = database.ErrNewer
		case t.Have < t.Want:
			err = Warning{database.ErrPending}
		}
	}
	if !d.look("database", err) {
		return
	}
	made, err := registry.Made(ctx, d.db)
	if err == nil && !made {
		err = warn("the tables are empty: the service has never run here")
	}
	if err == nil {
		err = d.compareAll(ctx)
	}
	d.look("keys", err)
	if d.Journal != "" && d.keys != nil {
		d.look("journal", d.lookAtJournal(ctx))
	}
}

// compareAll compares all keys with the database.
func (d *doctor) compareAll(ctx context.Context) error {
	keys, closeKeys, err := d.registryKeys(ctx, d.db)
	if err != nil {
		return err
	}
	d.closers = append(d.closers, closeKeys)
	if d.registry, err = registry.Open(ctx, d.db, keys); err != nil {
		return err
	}
	d.closers = append(d.closers, d.registry.Close)
	d.names, d.logDB = keys.Names, d.db
	d.book = &keybook.Book{DB: d.db}
	if d.secret, err = readSecret(d.file(serviceKey)); err != nil {
		return err
	}
	if d.audit, err = readSecret(d.file(auditKey)); err != nil {
		return err
	}
	if d.ring, d.pepperProofs, err = peppers(d.PepperFile, d.secret); err != nil {
		return &FlagError{"pepper-file", err}
	}
	secrets, err := d.secretKeys()
	if err == nil {
		err = d.book.Compare(ctx, []keybook.Kind{keybook.File, keybook.Pepper}, secrets)
	}
	if err != nil {
		return err
	}
	d.keys = &keyring{folder: token.Folder{Dir: d.file("keys"), IssuerName: d.IssuerName, Zone: d.zone}}
	if d.keys.elsewhere, err = d.openSigners(ctx); err != nil {
		return err
	}
	signer, err := d.keys.load(ctx)
	if err != nil {
		return err
	}
	papers, err := folderKeys(signer.Keys, d.keys.elsewhere, signer.References, d.book.Clock())
	if err == nil {
		err = d.book.Compare(ctx, []keybook.Kind{keybook.Reference, keybook.Signing}, papers)
	}
	if err != nil {
		return err
	}
	until, ok := d.keys.signUntil(ctx)
	switch {
	case ok && time.Now().After(until):
		return words.Errorf("no key signs any more: issuer keys add")
	case ok && time.Until(until) < soon:
		return warn("the last key signs until %s: issuer keys add", until.Format(time.DateOnly))
	}
	return nil
}

// lookAtJournal compares the database with the journal, which stays as it is.
func (d *doctor) lookAtJournal(ctx context.Context) error {
	published, err := d.keys.Published(ctx)
	if err != nil {
		return err
	}
	d.accesses, d.accessKey, err = d.openAccessLog(ctx, d.db, d.registry, d.names, d.audit,
		published[0].IssuerName())
	if err != nil {
		return err
	}
	j, err := d.newJournal(d.names)
	if err != nil {
		return err
	}
	behind, err := rolledBack(ctx, j)
	switch {
	case behind != nil && behind.Forked:
		return words.Errorf("the database's access log is not the one that the journal saw: find out why")
	case behind != nil:
		return words.Errorf("the database was put back: its access log has %d records, the journal's %d, "+
			"and %d voids are missing: restore a later backup, or start with -accept-rollback %d",
			behind.Size, behind.Kept, behind.Voids, behind.Size)
	case err == nil || errors.As(err, new(Warning)):
		if cannot := j.Writable(ctx); cannot != nil {
			return warn("the journal cannot be written, so nobody would notice a database that is put back: "+
				"%w", cannot)
		}
	}
	return err
}

// way looks at who can read and change what goes to the database.
func (d *doctor) way() error {
	if exposedDatabase(d.database()) {
		return warn("a PostgreSQL on another machine needs sslmode=verify-full, for who is on the way can " +
			"read and change everything")
	}
	return nil
}

// durable looks for settings with which the database forgets what it has confirmed.
func (d *doctor) durable(ctx context.Context) error {
	var fsync, commit, pages string
	err := d.db.QueryRowContext(ctx, "SELECT current_setting('fsync'), "+
		"current_setting('synchronous_commit'), current_setting('full_page_writes')").
		Scan(&fsync, &commit, &pages)
	switch {
	case err != nil:
		return err
	case fsync == "off" || pages == "off":
		return words.Errorf("fsync or full_page_writes is off: a crash can destroy the database; turn it on")
	case commit == "off":
		return words.Errorf("synchronous_commit is off: a crash forgets what was confirmed; turn it on")
	}
	return nil
}

func (d *doctor) lookRedis(ctx context.Context) {
	options, err := d.redis().options()
	if err != nil {
		d.look("Redis", err)
		return
	}
	client := redis.NewClient(options)
	d.closers = append(d.closers, client.Close)
	if !d.look("Redis", (&redisstore.Store{Client: client}).Check(ctx)) {
		return
	}
	err = nil
	if exposed(options) {
		err = warn("-redis-plain: who is on the way can clear locks")
	}
	d.look("way to Redis", err)
	info, err := client.Info(ctx, "persistence").Result()
	if err == nil && !strings.Contains(info, "\naof_enabled:1") {
		err = warn("appendonly is off: a restart forgets failures and locks")
	}
	d.look("durability of Redis", err)
	d.look("clock of Redis", clockOf(ctx, redisTime(client)))
}

// clockOf judges the clock of a server.
func clockOf(ctx context.Context, read func(context.Context) (time.Time, error)) error {
	o, err := new(clocks).measure(ctx, &serverClock{read: read})
	return clock(o.value, err)
}

// clock judges how far a clock is from that of this machine.
func clock(offset time.Duration, err error) error {
	apart := offset.Abs().Round(time.Second)
	switch {
	case err != nil:
		return err
	case offset.Abs() >= offsetLimit:
		return words.Errorf("%v from that of this machine: correct the one that is wrong", apart)
	case offset.Abs() >= offsetWarning:
		return warn("%v from that of this machine: correct the one that is wrong", apart)
	}
	return nil
}

// exposedDatabase reports whether others on the way to a PostgreSQL can read and change what is sent: it is
// on another machine, and its name in its certificate is not checked.
func exposedDatabase(dsn string) bool {
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return false // settle has refused it
	}
	exposed := func(host string, t *tls.Config) bool {
		safe := strings.HasPrefix(host, "/") || netaddr.IsLoopback(host) // a folder with a socket
		return !safe && (t == nil || t.InsecureSkipVerify)               // as verify-ca has it too
	}
	return exposed(c.Host, c.TLSConfig) || slices.ContainsFunc(c.Fallbacks,
		func(f *pgconn.FallbackConfig) bool { return exposed(f.Host, f.TLSConfig) })
}
