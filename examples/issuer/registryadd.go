package main

import (
	"context"
	"errors"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/intake"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// pairs parses the columns about the person of -cf.
func (f *registryFlags) pairs(pairs []string, s cli.Streams) (registry.Person, error) {
	cf, err := f.readPerson(s)
	if err != nil {
		return registry.Person{}, err
	}
	person, err := intake.ReadPairs(append([]string{"codice_fiscale=" + cf.Reveal()}, pairs...))
	if err == nil && person.CF != cf {
		err = words.Errorf("codice_fiscale= is given by -cf")
	}
	if err == nil && !person.Previous.IsZero() {
		err = words.Errorf("previous_codice_fiscale= is for a file; change-cf is the command")
	}
	return person, err
}

func (f *registryFlags) addVerbale(pairs []string, s cli.Streams) (registryAct, error) {
	person, err := f.pairs(append([]string{"definitive=true"}, pairs...), s)
	if err != nil {
		return nil, err
	}
	v := &person.Verbali[0]
	if v.Effect == 0 && v.Decision != 0 {
		if v.Kind == status.KindCourt {
			return nil, words.Errorf(
				"effect= is needed: a ruling counts from the day that it says, often that of the application")
		}
		v.Effect = v.Decision
		cli.Say(s,
			"effect: taken as the day of the decision, %s. Correct it with version= if the act differs.",
			v.Effect)
	}
	if err := v.Validate(); err != nil {
		return nil, err
	}
	if len(person.Titles) > 0 {
		return nil, words.Errorf("title_*: is for add-title")
	}
	return add(person, func(ctx context.Context, r *registry.Registry) error {
		return r.AddVerbale(ctx, person.CF, *v)
	}), nil
}

func (f *registryFlags) addTitle(pairs []string, s cli.Streams) (registryAct, error) {
	person, err := f.pairs(pairs, s)
	switch {
	case err != nil:
		return nil, err
	case len(person.Titles) == 0 || len(person.Verbali) > 0:
		return nil, words.Errorf("want the columns title_* of one title")
	}
	title := person.Titles[0]
	if err := title.Validate(); err != nil {
		return nil, err
	}
	return add(person, func(ctx context.Context, r *registry.Registry) error {
		return r.AddTitle(ctx, person.CF, title)
	}), nil
}

// add creates the person if there is none.
func add(person registry.Person, known registryAct) registryAct {
	return func(ctx context.Context, r *registry.Registry) error {
		err := known(ctx, r)
		if !errors.Is(err, registry.ErrUnknown) {
			return err
		}
		if person.Birth == 0 {
			return words.Errorf("%w; to make one, give birth=YYYY-MM-DD", registry.ErrUnknown)
		}
		return r.Put(ctx, person)
	}
}

func (f *registryFlags) changeCF(_ []string, s cli.Streams) (registryAct, error) {
	from, err := f.readPerson(s)
	if err != nil {
		return nil, err
	}
	to, err := cli.ReadCF(f.to, false, s)
	if err != nil {
		return nil, words.Errorf("-to: %w", err)
	}
	return func(ctx context.Context, r *registry.Registry) error {
		if _, err := r.Person(ctx, from); err != nil && !errors.Is(err, registry.ErrReplaced) {
			return err
		}
		// The lock moves first: if a later step fails, the new code has the lock already, and the same
		// command can be repeated.
		if err := f.moveLock(ctx, from, to); err != nil {
			return words.Errorf("nothing was changed: the lock after wrong codes cannot be moved: %w", err)
		}
		if err := r.ChangeCode(ctx, from, to); err != nil {
			return err
		}
		person, err := r.Person(ctx, to)
		if err == nil && !person.BirthAgrees() {
			cli.Say(s,
				"warning: the birth contradicts the new code. If it was rectified, import a line with birth.")
		}
		return err
	}, nil
}

func (f *registryFlags) moveLock(ctx context.Context, from, to codicefiscale.Code) error {
	locks, err := app.OpenLocks(ctx, f.data, f.db, f.redis.server())
	if err != nil {
		return err
	}
	return errors.Join(locks.Move(ctx, from, to), locks.Close())
}
