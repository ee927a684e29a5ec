package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/journal"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// checkJournal checks the settings of the journal.
func (s *settled) checkJournal() error {
	_, err := strconv.ParseUint(s.AcceptRollback, 10, 63)
	switch {
	case s.AcceptRollback != "" && s.Journal == "":
		return wrong("accept-rollback", "goes with -journal")
	case s.AcceptRollback != "" && err != nil:
		return wrong("accept-rollback", "wants the number of records that the message named")
	case !strings.Contains(s.Journal, "://"):
		return nil
	}
	_, err = s.journalRedis()
	return err
}

// journalRedis returns the options of a journal in Redis.
func (s *settled) journalRedis() (*redis.Options, error) {
	o, err := Redis{s.Journal, s.RedisPlain}.options()
	var wrong *FlagError
	if errors.As(err, &wrong) {
		err = &FlagError{"journal", wrong.Err}
	}
	return o, err
}

// newJournal returns the journal of the settings over the open registry and access log.
func (a *App) newJournal(names secret.Secret) (*journal.Journal, error) {
	key, err := names.Key("issuer/journal", nil)
	if err != nil {
		return nil, err
	}
	verifier, err := note.NewVerifier(a.accessKey)
	if err != nil {
		return nil, err
	}
	name := sha256.Sum256(key)
	issuer := hex.EncodeToString(name[:4])
	var keeper journal.Keeper = journal.NewFolder(a.Journal, issuer)
	if strings.Contains(a.Journal, "://") {
		options, err := a.journalRedis()
		if err != nil {
			return nil, err
		}
		keeper = journal.NewRedis(redis.NewClient(options), issuer)
	}
	a.closers = append(a.closers, keeper.Close)
	return journal.New(journal.Config{Keeper: keeper, Key: key, Registry: a.registry, Access: a.accesses,
		Verifier: verifier, Log: a.Log,
		Connections: func() (made, changes int64) {
			made, changes = a.db.Connections()
			more, others := a.logDB.Connections()
			return made + more, changes + others
		}}), nil
}

// rolledBack compares the database with the journal, which stays as it is, and returns what the database
// lacks, or nil. The error of a journal that does not answer is a [Warning].
func rolledBack(ctx context.Context, j *journal.Journal) (behind *journal.Rollback, err error) {
	j.ReadOnly = true
	err = j.Compare(ctx)
	if errors.As(err, &behind) {
		return behind, nil
	}
	if up, _, _ := j.State(); err == nil && !up {
		err = Warning{journal.ErrUnreachable}
	}
	return nil, err
}

// openJournal compares the database with the journal, or accepts it as it is.
func (a *App) openJournal(ctx context.Context, names secret.Secret) (err error) {
	if a.Journal == "" {
		return nil
	}
	if a.journal, err = a.newJournal(names); err != nil {
		return &Fault{"journal", err}
	}
	a.registry.Voids = a.journal
	err = a.journal.Compare(ctx)
	var rolled *journal.Rollback
	switch {
	case errors.As(err, &rolled) && a.AcceptRollback == "":
	case errors.As(err, &rolled):
		if a.AcceptRollback != strconv.FormatInt(rolled.Size, 10) {
			return wrong("accept-rollback", "the database's access log has %d records, not %s: "+
				"accept what you have looked at", rolled.Size, a.AcceptRollback)
		}
		if err := a.journal.Accept(ctx); err != nil {
			return &Fault{"accept-rollback", err}
		}
		a.Log.WarnContext(ctx, "the database was accepted as it is; start without -accept-rollback next time",
			"size", rolled.Size, "journal", rolled.Kept, "voids", rolled.Voids)
	case err != nil:
		return dataFault("db", err)
	case a.AcceptRollback != "":
		if up, _, _ := a.journal.State(); !up {
			return &Fault{"accept-rollback", journal.ErrUnreachable}
		}
		a.Log.WarnContext(ctx, "there is nothing to accept: start without -accept-rollback")
	}
	a.ready.check("rollback", a.journal.Check)
	a.every(journal.Interval, "comparison with the journal", a.journal.Work)
	a.metrics.read.add(func(_ context.Context, say tell) {
		up, rolledBack, lag := a.journal.State()
		say("attesta_journal_up", number01(up))
		say("attesta_journal_lag_seconds", lag.Seconds())
		say("attesta_journal_rollback", number01(rolledBack))
	})
	return nil
}

// journaledLog is the access log of the service. It records nothing, and discloses nothing, while the
// database is one that was put back.
type journaledLog struct {
	wantedLog
	journal *journal.Journal
}

// Append implements [service.AccessLog]. It looks again after the record, which may have been the first to
// reach another server.
func (l journaledLog) Append(ctx context.Context, a service.Access) error {
	if err := l.journal.Check(ctx); err != nil {
		return err
	}
	if err := l.wantedLog.Append(ctx, a); err != nil {
		return err
	}
	l.journal.Recorded()
	return l.journal.Check(ctx)
}

// Ready implements [service.ReadyPart].
func (l journaledLog) Ready(ctx context.Context) error {
	return errors.Join(l.journal.Check(ctx), l.wantedLog.Ready(ctx))
}

// contacts are those of the service: no message is sent that nothing can follow.
func (a *App) contacts(ctx context.Context, cf codicefiscale.Code) ([]otp.Contact, error) {
	if err := a.journal.Check(ctx); err != nil {
		return nil, err
	}
	return a.registry.Contacts(ctx, cf)
}
