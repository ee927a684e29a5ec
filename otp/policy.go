package otp

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Policy holds the limits. A zero field means the default given with it. [New] refuses
// values outside the bounds given with it. They come from NIST SP 800-63B-4 (section numbers
// below) and from art. 4 of Regulation (EU) 2018/389, the technical standard under PSD2
// ("RTS").
type Policy struct {
	// Digits is the length of a code sent by SMS or voice: 6 (default) to 8. NIST 3.1.3.2 requires
	// 6. RFC 4226 allows up to 8; beyond that its 31 bits no longer give even codes.
	Digits int
	// Lifetime is the validity of a challenge: 1 minute to 10 minutes (NIST 3.1.3.2), default 10.
	// The limit on attempts protects against guessing, not a short validity, and old or disabled
	// people need the time.
	Lifetime time.Duration
	// Attempts is the number of answers per challenge: 1 to 5 (RTS art. 4(3)(b)), default 5.
	Attempts int

	// BarAt is the number of consecutive failures of one operator for one person at which, and at
	// whose multiples, the operator is barred for that person for BarFor, and the operator's pending
	// challenge is void: 1 to 5 (RTS art. 4(3)(b)), default 5. Others are not affected. BarFor is 1 h
	// to 30 days, default 24 h.
	//
	// A record keeps 32 operators who failed. The one that failed longest ago makes room, a barred
	// one never. If all 32 are barred, nobody else can start or answer: a failure that cannot be kept
	// must not happen.
	BarAt  int
	BarFor time.Duration
	// ShutAt is the number of those failures from which only [Challenges.ClearFailures] lifts the
	// operator's bar: BarAt to 10, default 10. So one operator costs a person ten failures at most.
	ShutAt int

	// WaitOperators is the number of operators that must have failed, since the person's last right
	// answer, before waits and locks begin for everybody: 1 to 3, default 3.
	WaitOperators int
	// WaitFrom is the number of consecutive failures of one person, over all challenges and
	// operators, from which waits begin: 1 to 5 (RTS art. 4(3)(b)), default 5.
	WaitFrom int
	// Waits are the waits after each failure from WaitFrom on; the last one repeats. The default
	// is 30 s, 1, 2, 5, 15 and 60 min, the range that NIST 3.2.2 names. Each is at least 30 s, at
	// most 24 h, and not shorter than the one before.
	Waits []time.Duration
	// LockAt is the number of failures at which, and at whose multiples, the person is locked for
	// LockFor: no start, no answer, and pending challenges are void. The defaults are 20 and 1 h;
	// the bounds are 5 to 100 and at least 10 minutes.
	LockAt  int
	LockFor time.Duration
	// BlockAt is the number of failures from which only [Challenges.ClearFailures] helps: LockAt
	// to 100 (NIST 3.2.2), default 100.
	BlockAt int
	// FailureMemory is the time after which failures are forgotten if no new one occurs: 30 days
	// to 10 years, default 365 days. It also ends a block and an operator's bar. NIST knows no end
	// but success.
	FailureMemory time.Duration

	// Resends is the number of resends per challenge: at most 5, default 3; -1 means none.
	Resends int
	// Cooldowns are the waits before each resend, counted from the previous send; the last one
	// repeats. The default is 30, 60, 120 s; each is at least 10 s.
	Cooldowns []time.Duration
	// Pending is the maximum of one person's pending challenges at a time: 1 to 5, default 3. An
	// operator has at most one of them.
	Pending int
	// PerOperator is the maximum of one operator's challenges for one person in 24 hours: 1 to 10,
	// default 3.
	PerOperator int
	// PerPerson is the maximum of one person's challenges in 24 hours over all operators: 1 to 30,
	// default 10.
	PerPerson int

	// Channels are the channels on offer; nil means SMS and printed lists.
	Channels []Channel
	// Prefixes are the calling codes that messages may go to; nil means "+39".
	Prefixes []string
	// AllowUnverified accepts a Contact without VerifiedAt. OWASP ASVS 5 6.6.1 requires that the
	// number was validated before.
	AllowUnverified bool
	// MinContactAge is the least time since Contact.VerifiedAt; 0 (default) means none. A number
	// that was changed yesterday may have been changed by an attacker (NIST 3.1.3.3).
	MinContactAge time.Duration

	// Limits are the limits by count and time.
	Limits Limits
}

// A Rate allows Count events in each Per, with at most Burst at once. Burst 0 means Count.
type Rate struct {
	Count int
	Per   time.Duration
	Burst int
}

// Limits are limits by count and time. Each is a list of rates that all apply. nil means the
// default given with the field; an empty list that is not nil removes the limit.
type Limits struct {
	// Phone limits sends to one number that was verified: 5 in an hour and 10 in a day.
	Phone []Rate
	// Claimed limits sends to one number that was not verified (Contact.VerifiedAt is zero): 2 in an
	// hour and 3 in a day. It is counted apart from Phone, so that a stranger who claims a number
	// does not use up its owner's messages.
	Claimed []Rate
	// Claims limits sends for one person to numbers that were not verified: 3 in a day.
	Claims []Rate
	// Operator limits challenges of one operator: 30 in an hour, 5 at once; 200 in a day.
	Operator []Rate
	// People limits the different persons that one operator asks for: 20 in an hour. The same
	// person counts once an hour.
	People []Rate
	// Failures limits wrong or malformed codes of one operator: 30 in an hour, 100 in a day.
	// Beyond it no code of that operator is compared.
	Failures []Rate
	// Organisation limits challenges of one organisation: 1,000 in a day.
	Organisation []Rate
	// Tenant limits sends of one tenant, to cap the bill: 100,000 in a day.
	Tenant []Rate
	// Source limits challenges from one IP address (IPv6: from one /64): 60 in an hour.
	Source []Rate
	// Checks limits answers to one challenge: 1 in a second, 5 at once.
	Checks []Rate
}

// A Limit names a limit that was exceeded.
type Limit string

// The names of the limits.
const (
	LimitPhone        Limit = "phone"
	LimitClaimed      Limit = "claimed"
	LimitClaims       Limit = "claims"
	LimitOperator     Limit = "operator"
	LimitPeople       Limit = "people"
	LimitFailures     Limit = "failures"
	LimitOrganisation Limit = "organisation"
	LimitTenant       Limit = "tenant"
	LimitSource       Limit = "source"
	LimitChecks       Limit = "checks"
	// LimitPending is Policy.Pending, LimitPerson is Policy.PerPerson, and LimitStarts is
	// Policy.PerOperator.
	LimitPending Limit = "pending"
	LimitPerson  Limit = "person"
	LimitStarts  Limit = "starts"
)

const day = 24 * time.Hour

// withDefaults returns p with its default in every zero field.
func (p Policy) withDefaults() Policy {
	set(&p.Digits, 6)
	set(&p.Lifetime, 10*time.Minute)
	set(&p.Attempts, 5)
	set(&p.BarAt, 5)
	set(&p.BarFor, day)
	set(&p.ShutAt, maxShut)
	set(&p.WaitOperators, 3)
	set(&p.WaitFrom, 5)
	list(&p.Waits, 30*time.Second, time.Minute, 2*time.Minute, 5*time.Minute, 15*time.Minute, time.Hour)
	set(&p.LockAt, 20)
	set(&p.LockFor, time.Hour)
	set(&p.BlockAt, 100)
	set(&p.FailureMemory, 365*day)
	set(&p.Resends, 3)
	list(&p.Cooldowns, 30*time.Second, time.Minute, 2*time.Minute)
	set(&p.Pending, 3)
	set(&p.PerOperator, 3)
	set(&p.PerPerson, 10)
	list(&p.Channels, SMS, List)
	list(&p.Prefixes, "+39")
	l := &p.Limits
	list(&l.Phone, Rate{Count: 5, Per: time.Hour}, Rate{Count: 10, Per: day})
	list(&l.Claimed, Rate{Count: 2, Per: time.Hour}, Rate{Count: 3, Per: day})
	list(&l.Claims, Rate{Count: 3, Per: day})
	list(&l.Operator, Rate{Count: 30, Per: time.Hour, Burst: 5}, Rate{Count: 200, Per: day})
	list(&l.People, Rate{Count: 20, Per: time.Hour})
	list(&l.Failures, Rate{Count: 30, Per: time.Hour}, Rate{Count: 100, Per: day})
	list(&l.Organisation, Rate{Count: 1000, Per: day})
	list(&l.Tenant, Rate{Count: 100_000, Per: day})
	list(&l.Source, Rate{Count: 60, Per: time.Hour})
	list(&l.Checks, Rate{Count: 1, Per: time.Second, Burst: 5})
	return p
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func list[T any](field *[]T, values ...T) {
	if *field == nil {
		*field = values
	} else {
		*field = slices.Clone(*field)
	}
}

// check returns an error that names the first field that is out of bounds. p must come from
// withDefaults.
func (p Policy) check() error {
	resends := max(p.Resends, 0)
	for _, f := range []struct {
		name          string
		value, lo, hi int64
	}{
		{"Digits", int64(p.Digits), 6, 8},
		{"Lifetime", int64(p.Lifetime), int64(time.Minute), int64(10 * time.Minute)},
		{"Attempts", int64(p.Attempts), 1, 5},
		{"BarAt", int64(p.BarAt), 1, 5},
		{"BarFor", int64(p.BarFor), int64(time.Hour), int64(30 * day)},
		{"ShutAt", int64(p.ShutAt), int64(p.BarAt), maxShut},
		{"WaitOperators", int64(p.WaitOperators), 1, 3},
		{"WaitFrom", int64(p.WaitFrom), 1, 5},
		{"LockAt", int64(p.LockAt), 5, 100},
		{"LockFor", int64(p.LockFor), int64(10 * time.Minute), int64(30 * day)},
		{"BlockAt", int64(p.BlockAt), int64(p.LockAt), 100},
		{"FailureMemory", int64(p.FailureMemory), int64(30 * day), int64(3650 * day)},
		{"Resends", int64(p.Resends), -1, 5},
		{"Pending", int64(p.Pending), 1, 5},
		{"PerOperator", int64(p.PerOperator), 1, 10},
		{"PerPerson", int64(p.PerPerson), 1, 30},
		{"MinContactAge", int64(p.MinContactAge), 0, int64(365 * day)},
		{"Waits", int64(len(p.Waits)), 1, 100},
		{"Cooldowns", int64(len(p.Cooldowns)), min(1, int64(resends)), 5},
		{"Channels", int64(len(p.Channels)), 1, 3},
	} {
		if f.value < f.lo || f.value > f.hi {
			return fmt.Errorf("policy: %s is %d, bounds are %d and %d", f.name, f.value, f.lo, f.hi)
		}
	}
	before := 30 * time.Second
	for _, w := range p.Waits {
		if w < before || w > day {
			return fmt.Errorf("policy: Waits: %v is not between %v and %v", w, before, day)
		}
		before = w
	}
	for _, c := range p.Cooldowns {
		if c < 10*time.Second || c > p.Lifetime {
			return fmt.Errorf("policy: Cooldowns: %v is not between 10 s and Lifetime", c)
		}
	}
	for _, c := range p.Channels {
		if !c.known() {
			return fmt.Errorf("policy: Channels: %q is unknown", c)
		}
	}
	for _, s := range p.Prefixes {
		if d, ok := strings.CutPrefix(s, "+"); !ok || !isDigits(d) || d[0] == '0' {
			return fmt.Errorf("policy: Prefixes: %q is not a calling code", s)
		}
	}
	for _, l := range p.Limits.all() {
		for _, r := range l.rates {
			if err := r.check(); err != nil {
				return fmt.Errorf("policy: Limits: %s: %w", l.name, err)
			}
		}
	}
	return nil
}

type namedRates struct {
	name  Limit
	rates []Rate
}

func (l Limits) all() []namedRates {
	return []namedRates{{LimitPhone, l.Phone}, {LimitClaimed, l.Claimed}, {LimitClaims, l.Claims},
		{LimitOperator, l.Operator}, {LimitPeople, l.People},
		{LimitFailures, l.Failures}, {LimitOrganisation, l.Organisation}, {LimitTenant, l.Tenant},
		{LimitSource, l.Source}, {LimitChecks, l.Checks}}
}

func (r Rate) check() error {
	b := r.Bucket("")
	if r.Count < 1 || r.Burst < 0 || r.Per < time.Second || r.Per > 30*day ||
		r.Per/time.Duration(r.Count) < time.Millisecond ||
		b.Burst > int(31*day/b.Interval) {
		return fmt.Errorf("rate of %d in %v with burst %d is out of bounds", r.Count, r.Per, r.Burst)
	}
	return nil
}

// Bucket returns r as a bucket with that key. The rate must have a Count.
func (r Rate) Bucket(key string) Bucket {
	b := Bucket{Key: key, Burst: r.Burst}
	if r.Burst == 0 {
		b.Burst = r.Count
	}
	if r.Count > 0 {
		// Round up, so that the rate is never exceeded.
		b.Interval = (r.Per/time.Duration(r.Count) + time.Millisecond - 1).Truncate(time.Millisecond)
	}
	return b
}

// wait is the time in which no code is compared after the n-th consecutive failure.
func (p Policy) wait(n int) time.Duration {
	if n < p.WaitFrom {
		return 0
	}
	return p.Waits[min(n-p.WaitFrom, len(p.Waits)-1)]
}

// cooldown is the time from the n-th send (from 1) to the next.
func (p Policy) cooldown(n int) time.Duration {
	return p.Cooldowns[min(n, len(p.Cooldowns))-1]
}
