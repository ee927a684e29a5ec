package otp_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*otp.Config)
		want   string
	}{
		"no keys": {func(c *otp.Config) { c.Keys = otp.Keyring{} },
			"keyring: Current names no pepper"},
		"current unknown": {func(c *otp.Config) { c.Keys.Current = "z" }, "keyring: Current names no pepper"},
		"empty pepper": {func(c *otp.Config) { c.Keys.Peppers = map[string]otp.Pepper{"a": {}} },
			`keyring: pepper "a" is empty`},
		"pepper id": {func(c *otp.Config) {
			c.Keys = otp.Keyring{Current: "a b", Peppers: map[string]otp.Pepper{"a b": otptest.Pepper('a')}}
		},
			`keyring: pepper id "a b"`},
		"no record key": {func(c *otp.Config) { c.RecordKey = otp.Pepper{} }, "config: RecordKey is empty"},
		"record key a pepper": {func(c *otp.Config) { c.RecordKey = otptest.Pepper('a') },
			`config: RecordKey is pepper "a"`},
		"no sender": {func(c *otp.Config) { c.Sender = nil }, "config: no Sender for channel sms"},
		"long names": {func(c *otp.Config) { c.OrganisationMax = 60 },
			"units with the longest names, one part holds 160"},
		"no italian": {func(c *otp.Config) {
			c.Templates = map[string]otp.Template{
				"en": otp.DefaultTemplates()["en"]}
		},
			"templates: no text for the default locale"},
		"digits, NIST": {func(c *otp.Config) { c.Policy.Digits = 5 },
			"policy: Digits is 5, bounds are 6 and 8"},
		"digits, RFC 4226": {func(c *otp.Config) { c.Policy.Digits = 9 }, "policy: Digits"},
		"lifetime, NIST": {func(c *otp.Config) { c.Policy.Lifetime = 10*time.Minute + 1 },
			"policy: Lifetime"},
		"lifetime, too short": {func(c *otp.Config) { c.Policy.Lifetime = time.Second },
			"policy: Lifetime"},
		"attempts, RTS":       {func(c *otp.Config) { c.Policy.Attempts = 6 }, "policy: Attempts"},
		"attempts below 0":    {func(c *otp.Config) { c.Policy.Attempts = -1 }, "policy: Attempts"},
		"waits too late, RTS": {func(c *otp.Config) { c.Policy.WaitFrom = 6 }, "policy: WaitFrom"},
		"no waits": {func(c *otp.Config) { c.Policy.Waits = []time.Duration{} },
			"policy: Waits"},
		"short wait": {func(c *otp.Config) { c.Policy.Waits = []time.Duration{time.Second} },
			"policy: Waits"},
		"shrinking waits": {func(c *otp.Config) {
			c.Policy.Waits = []time.Duration{time.Hour, time.Minute}
		}, "policy: Waits"},
		"bar too late, RTS": {func(c *otp.Config) { c.Policy.BarAt = 6 }, "policy: BarAt"},
		"short bar":         {func(c *otp.Config) { c.Policy.BarFor = time.Minute }, "policy: BarFor"},
		"shut too late":     {func(c *otp.Config) { c.Policy.ShutAt = 11 }, "policy: ShutAt"},
		"shut before bar":   {func(c *otp.Config) { c.Policy.ShutAt = 4 }, "policy: ShutAt"},
		"waits for many":    {func(c *otp.Config) { c.Policy.WaitOperators = 4 }, "policy: WaitOperators"},
		"per operator":      {func(c *otp.Config) { c.Policy.PerOperator = 11 }, "policy: PerOperator"},
		"lock too late":     {func(c *otp.Config) { c.Policy.LockAt = 101 }, "policy: LockAt"},
		"lock too short": {func(c *otp.Config) { c.Policy.LockFor = time.Second },
			"policy: LockFor"},
		"ceiling, NIST":      {func(c *otp.Config) { c.Policy.BlockAt = 101 }, "policy: BlockAt"},
		"ceiling below lock": {func(c *otp.Config) { c.Policy.BlockAt = 10 }, "policy: BlockAt"},
		"memory": {func(c *otp.Config) { c.Policy.FailureMemory = time.Hour },
			"policy: FailureMemory"},
		"resends": {func(c *otp.Config) { c.Policy.Resends = 6 }, "policy: Resends"},
		"no cool-downs": {func(c *otp.Config) { c.Policy.Cooldowns = []time.Duration{} },
			"policy: Cooldowns"},
		"short cool-down": {func(c *otp.Config) {
			c.Policy.Cooldowns = []time.Duration{time.Second}
		}, "policy: Cooldowns"},
		"pending":    {func(c *otp.Config) { c.Policy.Pending = 6 }, "policy: Pending"},
		"per person": {func(c *otp.Config) { c.Policy.PerPerson = 31 }, "policy: PerPerson"},
		"channel": {func(c *otp.Config) { c.Policy.Channels = []otp.Channel{"email"} },
			`policy: Channels: "email" is unknown`},
		"no channel": {func(c *otp.Config) { c.Policy.Channels = []otp.Channel{} },
			"policy: Channels"},
		"prefix": {func(c *otp.Config) { c.Policy.Prefixes = []string{"39"} },
			"policy: Prefixes"},
		"prefix of everything": {func(c *otp.Config) { c.Policy.Prefixes = []string{"+"} },
			"policy: Prefixes"},
		"contact age": {func(c *otp.Config) { c.Policy.MinContactAge = -1 },
			"policy: MinContactAge"},
		"rate of nothing": {func(c *otp.Config) {
			c.Policy.Limits.Phone = []otp.Rate{{Per: time.Hour}}
		}, "policy: Limits: phone"},
		"rate in no time": {func(c *otp.Config) { c.Policy.Limits.Checks = []otp.Rate{{Count: 1}} },
			"policy: Limits: checks"},
		"rate over months": {func(c *otp.Config) {
			c.Policy.Limits.Tenant = []otp.Rate{{Count: 1, Per: 3000 * time.Hour}}
		}, "policy: Limits: tenant"},
		"burst over months": {func(c *otp.Config) {
			c.Policy.Limits.Tenant = []otp.Rate{{Count: 1, Per: time.Hour, Burst: 1e6}}
		}, "policy: Limits: tenant"},
		"rate faster than a clock": {func(c *otp.Config) {
			c.Policy.Limits.Tenant = []otp.Rate{{Count: 1e9, Per: time.Second}}
		}, "policy: Limits: tenant"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := otptest.Config(&otptest.Recorder{}, nil)
			c.change(&cfg)
			g, err := otp.New(cfg)
			require.ErrorContains(t, err, c.want)
			assert.Nil(t, g)
		})
	}
}

func TestNewDefaults(t *testing.T) {
	c := otptest.Config(&otptest.Recorder{}, nil)
	c.Store, c.Limiter = nil, nil
	g, err := otp.New(c)
	require.NoError(t, err)
	ch, err := g.Start(t.Context(), request(t))
	require.NoError(t, err)
	assert.Equal(t, 5, ch.AttemptsLeft)
	require.NoError(t, g.Ready(t.Context()))

	c.Policy.Channels = []otp.Channel{otp.List}
	c.Sender = nil
	_, err = otp.New(c)
	require.NoError(t, err, "printed lists need no sender")
}

// New copies the caller's slices and maps, so later changes to them have no effect.
func TestNewCopies(t *testing.T) {
	waits := []time.Duration{time.Hour}
	texts := otp.DefaultTemplates()
	f := newFixture(t, func(c *otp.Config) { c.Policy.Waits, c.Templates = waits, texts })
	waits[0] = 0
	clear(texts)
	f.fail(5)
	_, err := f.Start(t.Context(), request(t))
	assert.Equal(t, time.Hour, refusal(err).RetryAfter)
}

func TestEveryLimitHasADefault(t *testing.T) {
	f := newFixture(t, func(c *otp.Config) { c.Policy.Limits = otp.Limits{} })
	for range 5 {
		f.start()
	}
	_, err := f.Start(t.Context(), request(t))
	assert.ErrorIs(t, err, otp.ErrRateLimited, "five sends to one phone in an hour")
	assert.Equal(t, 10, reflect.TypeFor[otp.Limits]().NumField(), "a new limit needs a case in TestRates")
}

func TestClassNames(t *testing.T) {
	assert.Equal(t, "ambiguous", otp.ClassAmbiguous.String())
	assert.Equal(t, "unavailable", otp.ClassUnavailable.String())
	assert.Equal(t, "unknown", otp.ErrorClass(99).String())
	assert.False(t, otp.ClassAmbiguous.Definite())
	assert.True(t, otp.ClassAuth.Definite())
	assert.False(t, otp.ErrorClass(99).Definite(), "what nobody knows is not definite")
	assert.Equal(t, "pending", otp.Pending.String())
	assert.Equal(t, "superseded", otp.Superseded.String())
	assert.Equal(t, "invalid", otp.State(0).String())
	assert.Equal(t, "none", otp.DeliveryNone.String())
	assert.Equal(t, "invalid", otp.Delivery(99).String())
	assert.Nil(t, otp.Channel("x").AMR())
	assert.Equal(t, "send failed: throttled, vonage 1",
		(&otp.SendError{Class: otp.ClassThrottled, Provider: "vonage", Code: "1", Err: errDown}).Error())
}

// A store of a type that cannot be compared is used like any other.
func TestStoreThatCannotBeCompared(t *testing.T) {
	type both interface {
		PeekLoad(context.Context, []otp.Bucket, ...string) (otp.Decision, []otp.Snapshot, error)
		TakeSwap(context.Context, []otp.Bucket, []string, []otp.Change) (otp.Decision, []bool, error)
	}
	type wrapped struct {
		*otp.MemoryStore
		*otp.MemoryLimiter
		both
		more any
	}
	var _ otp.Batcher = wrapped{}
	w := wrapped{MemoryStore: &otp.MemoryStore{}, MemoryLimiter: &otp.MemoryLimiter{}, more: []int{1}}
	c := otptest.Config(newFixture(t).sent, nil)
	c.Store, c.Limiter = w, w
	_, err := otp.New(c)
	require.NoError(t, err)
}
