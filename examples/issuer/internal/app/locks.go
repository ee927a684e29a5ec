package app

import (
	"context"
	"errors"
	"io/fs"

	"github.com/redis/go-redis/v9"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/otp"
	redisstore "github.com/qr-invalidita/attesta/otp/store/redis"
	sqlstore "github.com/qr-invalidita/attesta/otp/store/sql"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// Locks are the failures and locks that the second level keeps after wrong codes, for commands that run
// without the service.
type Locks struct {
	challenges *otp.Challenges // nil: there are none
	closers    closers
}

// OpenLocks opens the locks of the service with that data folder: in the Redis or, if there is
// none, in the database. Call Close at the end.
func OpenLocks(ctx context.Context, data, dsn string, server Redis) (*Locks, error) {
	s := settled{Config: Config{Data: data, DB: dsn}}
	db, err := database.Open(ctx, s.database())
	if err != nil {
		return nil, err
	}
	l := &Locks{closers: closers{db.Close}}
	store, err := l.store(ctx, db, server)
	if err == nil {
		l.challenges, err = lockChallenges(s.file(serviceKey), store)
	}
	if errors.Is(err, fs.ErrNotExist) && db.Dialect == database.SQLite && server.URL == "" {
		return l, nil // the service has never run on this file
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// serviceKey is the file of the secret from which all keys of the service derive, except those of the
// registry.
const serviceKey = "service.key"

// lockChallenges returns challenges that send nothing. Pepper and body name are placeholders, since no code
// is made. The secret must exist: with a new one no record would be found.
func lockChallenges(path string, store otp.Store) (*otp.Challenges, error) {
	key, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	records, err := derivedPepper(key, recordsPurpose)
	if err != nil {
		return nil, err
	}
	ring, _, err := peppers("", key)
	if err != nil {
		return nil, err
	}
	return otp.New(otp.Config{
		Keys: ring, RecordKey: records, DisplayName: "ENTE", Store: store,
		Policy: otp.Policy{Channels: []otp.Channel{otp.List}},
	})
}

func (l *Locks) store(ctx context.Context, db *database.DB, server Redis) (otp.Store, error) {
	if server.URL != "" {
		options, err := server.options()
		if err != nil {
			return nil, err
		}
		client := redis.NewClient(options)
		l.closers = append(l.closers, client.Close)
		return &redisstore.Store{Client: client}, nil
	}
	if err := migrate(ctx, db, codeTables); err != nil {
		return nil, err
	}
	return sqlStore(db), nil
}

func sqlStore(db *database.DB) *sqlstore.Store {
	store := &sqlstore.Store{DB: db.DB, Dialect: sqlstore.SQLite}
	if db.Dialect == database.Postgres {
		store.Dialect = sqlstore.PostgreSQL
	}
	return store
}

// each calls do for the second level and for the person's own area, if there is anything.
func (l *Locks) each(do func(tenant string) error) error {
	if l.challenges == nil {
		return nil
	}
	if err := do(""); err != nil {
		return err
	}
	return do(citizen.CodeTenant)
}

// Move moves the failures and the lock of a person's old code to the new code, at the second level and in
// the person's own area. See [otp.Challenges.MoveFailures].
func (l *Locks) Move(ctx context.Context, from, to codicefiscale.Code) error {
	return l.each(func(tenant string) error {
		return l.challenges.MoveFailures(ctx, tenant, otp.NewSecret(from.Reveal()),
			otp.NewSecret(to.Reveal()))
	})
}

// Clear forgets a person's failures and lifts what follows from them, at the second level and in the person's
// own area. See [otp.Challenges.ClearFailures].
func (l *Locks) Clear(ctx context.Context, person codicefiscale.Code) error {
	return l.each(func(tenant string) error {
		return l.challenges.ClearFailures(ctx, tenant, otp.NewSecret(person.Reveal()))
	})
}

// Cancel ends what is pending for a person, at the second level and in the person's own area, and returns how
// much that was. See [otp.Challenges.CancelAll].
func (l *Locks) Cancel(ctx context.Context, person codicefiscale.Code) (n int, err error) {
	err = l.each(func(tenant string) error {
		ended, err := l.challenges.CancelAll(ctx, tenant, otp.NewSecret(person.Reveal()))
		n += ended
		return err
	})
	return n, err
}

// ErrNeverRun means that the service has no store of codes yet.
var ErrNeverRun = words.Errorf("the service has never run with this data folder")

// FirstCode asks for a code of the person's list that makes it active, and checks it. ask gets the row and
// returns the code in its column for yes or no. by is who types it. The list counts wrong codes and used rows
// as the second level does.
func (l *Locks) FirstCode(ctx context.Context, person codicefiscale.Code, list registry.List, by string,
	ask func(row int) (string, error)) error {
	if l.challenges == nil {
		return ErrNeverRun
	}
	parties := otp.Parties{Operator: otp.Operator{IdentityProvider: "staff", ID: otp.NewSecret(by)},
		Subject: otp.NewSecret(person.Reveal())}
	terms := citizen.ListTerms(list)
	c, err := l.challenges.Start(ctx, otp.StartRequest{Parties: parties, Terms: terms,
		Contacts: []otp.Contact{{Channel: otp.List, Codes: list.Codes}}})
	if err != nil {
		return err
	}
	for {
		code, err := ask(c.ListNumber)
		if err != nil {
			return err
		}
		_, err = l.challenges.Verify(ctx, otp.VerifyRequest{Parties: parties, ID: c.ID,
			Code: otp.NewCode(code), Terms: &terms})
		if !errors.Is(err, otp.ErrWrongCode) && !errors.Is(err, otp.ErrMalformedCode) {
			return err
		}
	}
}

// Asked returns how many rows of a person's list were used. See [otp.Challenges.Asked].
func (l *Locks) Asked(ctx context.Context, person codicefiscale.Code, list registry.List) (int, error) {
	if l.challenges == nil {
		return 0, nil
	}
	return l.challenges.Asked(ctx, "", otp.NewSecret(person.Reveal()), list.Codes.ID)
}

// Close closes what [OpenLocks] opened.
func (l *Locks) Close() error {
	return l.closers.close()
}
