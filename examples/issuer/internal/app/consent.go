package app

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"net/http"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/dev"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms/router"
	redisstore "github.com/qr-invalidita/attesta/otp/store/redis"
	sqlstore "github.com/qr-invalidita/attesta/otp/store/sql"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// migrations make the tables of otp/store/sql, as in its Schema.
//
//go:embed migrations
var migrations embed.FS

// counts stores the challenges and the limits for all processes, in the database or in Redis.
type counts interface {
	otp.Store
	otp.Limiter
}

func (a *App) openCounts(ctx context.Context) (counts, error) {
	if a.Redis != "" {
		return a.openRedis(ctx)
	}
	if err := migrate(ctx, a.db, codeTables); err != nil {
		return nil, dataFault("db", err)
	}
	store := sqlStore(a.db)
	a.every(sweepInterval, "sweep of codes", func(ctx context.Context) error {
		_, err := store.Sweep(ctx)
		return err
	})
	return store, nil
}

// callLimits returns the limits of the API's calls. SQLite waits for the disk at each change and serves one
// process, so with SQLite these limits are in memory, and a restart may forget them. With PostgreSQL, a crash
// of the server may forget the last moments. The limits of codes and of wrong codici fiscali stay on the
// disk.
func (a *App) callLimits() otp.Limiter {
	switch {
	case a.Redis != "":
		return a.counts
	case a.db.Dialect == database.SQLite:
		return &otp.MemoryLimiter{}
	}
	return sqlstore.Calls{Store: sqlStore(a.db)}
}

// recordWrongCodes records in the registry that wrong codici fiscali were tried on a document of the person.
// The person sees it in their area.
func (a *App) recordWrongCodes(ctx context.Context, w service.WrongCodes) error {
	return a.registry.TraceAct(ctx, registry.Act{At: w.At, Guardian: w.Person, Ward: w.Person,
		What: citizen.ActWrongCodes, Count: w.Count})
}

func (a *App) openRedis(ctx context.Context) (counts, error) {
	options, err := a.redis().options()
	if err != nil {
		return nil, err // settle has refused such a URL
	}
	if exposed(options) {
		a.Log.WarnContext(ctx, "redis without TLS on another machine: who is on the way can read and change "+
			"failures and locks, and bring back codes that were used", "flag", "redis-plain")
	}
	client := redis.NewClient(options)
	if hook := a.traces.Hook(); hook != nil {
		client.AddHook(hook)
	}
	a.closers = append(a.closers, client.Close)
	store := &redisstore.Store{Client: client}
	err = a.await(ctx, "redis", func() error { return store.Check(ctx) })
	switch {
	case errors.Is(err, redisstore.ErrEvicts), errors.Is(err, redisstore.ErrPolicyHidden):
		return nil, &FlagError{"redis", err}
	case err != nil:
		return nil, &Fault{"redis", words.Errorf("no answer: %w", err)}
	}
	a.observeRedis(client)
	a.clocks.add("redis", redisTime(client))
	a.ready.check("redis", func(ctx context.Context) error { // as the limits and locks write
		const set = `return redis.call("SET", KEYS[1], 1, "PX", 1000)`
		return client.Eval(ctx, set, []string{"otp:ready"}).Err()
	})
	return store, nil
}

// recordsPurpose names the key under which failures and locks are stored.
const recordsPurpose = "issuer/records"

// challengesConfig is common to the codes of both kinds. Its Sender is nil if no message can be sent.
func (a *App) challengesConfig() (otp.Config, error) {
	records, err := derivedPepper(a.secret, recordsPurpose)
	return otp.Config{
		Keys: a.ring, RecordKey: records, DisplayName: cmp.Or(a.SMSName, a.Body), Sender: a.sender,
		Store: a.counts, Limiter: a.counts, Events: a.metrics.code, Logger: a.Log,
		Policy: otp.Policy{Channels: channels(a.sender), Prefixes: a.Prefixes},
	}, err
}

// channels returns what the sender offers, and printed lists.
func channels(s otp.Sender) []otp.Channel {
	offered := []otp.Channel{otp.SMS}
	if can, ok := s.(otp.CapableSender); ok && can.Capabilities().Channels != nil {
		offered = slices.Clone(can.Capabilities().Channels)
	}
	return append(offered, otp.List)
}

// openChallenges makes the challenges of the second level, or none if no message can be sent.
func (a *App) openChallenges() error {
	var err error
	if a.sender, err = a.openSender(); err != nil {
		return err
	}
	config, err := a.challengesConfig()
	if err != nil || a.sender == nil {
		return err
	}
	a.openAsked(&config)
	if a.demo() {
		config.Policy.PerOperator = 10 // who tries it out asks about one persona more often than a desk does
	}
	if a.challenges, err = otp.New(config); err != nil {
		return a.nameFault(err)
	}
	return nil
}

// nameFault returns the fault of the flag with the body's name in messages. It is for an error of otp.New,
// since everything else in the configuration is known to be valid.
func (a *App) nameFault(err error) error {
	if a.SMSName != "" {
		return &FlagError{"sms-name", err}
	}
	return &FlagError{"body", err}
}

// openSender returns the only provider, or a router over several.
func (a *App) openSender() (otp.Sender, error) {
	var providers []router.Provider
	for _, s := range a.Senders {
		a.metrics.provider(s.Name)
		providers = append(providers, router.Provider{Name: s.Name,
			Sender: measured(s, a.metrics.sending.WithLabelValues(s.Name), a.traces)})
	}
	switch len(providers) {
	case 0:
		if a.DevPhone {
			return dev.Phones{Outbox: a.outbox()}, nil
		}
		return nil, nil
	case 1:
		return providers[0].Sender, nil
	}
	r, err := router.New(router.Config{Providers: providers, Logger: a.Log})
	if err != nil {
		return nil, &FlagError{"sms", err}
	}
	a.router = r
	return r, nil
}

// voice answers a provider whose call was answered by a key.
func (a *App) voice(w http.ResponseWriter, r *http.Request) {
	for _, s := range a.Senders {
		speaker, ok := s.Sender.(interface {
			VoiceHandler(func(context.Context, otp.Receipt)) http.Handler
		})
		if s.Name == r.PathValue("provider") && ok {
			speaker.VoiceHandler(func(ctx context.Context, receipt otp.Receipt) {
				if err := a.challenges.Receive(ctx, receipt); err != nil {
					a.Log.WarnContext(ctx, "what a call did was not recorded")
				}
			}).ServeHTTP(w, r)
			return
		}
	}
	http.NotFound(w, r)
}

// receipts accepts the delivery reports of the providers.
func (a *App) receipts(w http.ResponseWriter, r *http.Request) {
	for _, s := range a.Senders {
		receiver, ok := s.Sender.(otp.ReceiptSender)
		if s.Name != r.PathValue("provider") || !ok {
			continue
		}
		list, err := receiver.ParseReceipts(r)
		if err != nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		for _, receipt := range list {
			if a.router != nil {
				a.router.Receive(receipt)
			}
			// asks the provider to repeat the report
			if err := a.challenges.Receive(r.Context(), receipt); err != nil {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
		}
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.NotFound(w, r)
}
