package otp

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/secret"
)

func mustRaw(t *testing.T, id string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(id)
	require.NoError(t, err)
	return b
}

func sampleRecord() *record {
	c := challenge{state: Pending, channel: SMS, delivery: DeliveryAccepted, comparison: 47, attempts: 1,
		maxAttempts: 5, sends: 1, digits: 6, started: 1_700_000_000_000, expires: 1_700_000_600_000,
		resendAt: 1_700_000_030_000, pepper: "a", idempotency: bytes.Repeat([]byte{7}, keySize),
		masked: "+39 ••• ••• ••67", locale: "it", organisation: "COMUNE DI ROMA",
		purpose: "parking", scope: "benefit:parking"}
	copy(c.tail[:], "elevenbytes")
	paper := challenge{state: Consumed, channel: List, declared: true, maxAttempts: 1, attempts: 1, digits: 8,
		listNumber: 3, listID: "A", started: 1, expires: 2, locale: "de", organisation: "x", purpose: "p"}
	return &record{failures: 3, lastFailure: 5, waitUntil: 6, lockUntil: 7,
		operators: []standing{{operator: [32]byte{2}, failures: 5, recent: true, lastFailure: 8,
			barredUntil: 9}, {operator: [32]byte{3}, failures: 1, lastFailure: 4}},
		lists: []listUse{{list: [keySize]byte{1}, asked: 3, last: 9}}, challenges: []challenge{c, paper}}
}

func sampleWithEvidence() *record {
	r := sampleRecord()
	r.challenges[0].evidence = "family_carer=yes"
	return r
}

func sampleWithCase() *record {
	r := sampleRecord()
	r.challenges[1].caseNumber = "A/7"
	return r
}

func TestRecordRoundTrip(t *testing.T) {
	for _, r := range []*record{{}, sampleRecord(), sampleWithCase(), sampleWithEvidence()} {
		got, err := decodeRecord(r.encode())
		require.NoError(t, err)
		assert.Equal(t, r, got)
	}
}

// A record that is cut, lengthened or of another version is refused, and the decoder returns
// nothing of it.
func TestRecordDamaged(t *testing.T) {
	b := sampleRecord().encode()
	for n := range b {
		r, err := decodeRecord(b[:n])
		require.ErrorIs(t, err, errDamaged, "first %d bytes", n)
		require.Nil(t, r)
	}
	_, err := decodeRecord(append(bytes.Clone(b), 0))
	require.ErrorIs(t, err, errDamaged)
	for _, version := range []byte{0, 1, 2, 4} {
		b[0] = version
		_, err = decodeRecord(b)
		require.ErrorIs(t, err, errDamaged)
	}
	twice := sampleRecord()
	twice.operators[1].operator = twice.operators[0].operator
	_, err = decodeRecord(twice.encode())
	require.ErrorIs(t, err, errDamaged, "an operator is kept once")
}

// Every changed bit of a sealed record is detected, and so is a record under another's key.
func TestSealedRecordDamaged(t *testing.T) {
	k := newRecordKeys(Pepper{secret.New("pepper", strings.Repeat("r", 32))})
	a, b := k.recordKey("", NewSecret("a")), k.recordKey("", NewSecret("b"))
	plain := sampleRecord().encode()
	mine, err := k.box(a)
	require.NoError(t, err)
	other, err := k.box(b)
	require.NoError(t, err)
	sealed, err := mine.seal(plain, rand.NewChaCha8([32]byte{}))
	require.NoError(t, err)
	got, err := mine.open(sealed)
	require.NoError(t, err)
	require.Equal(t, plain, got)
	for i := range len(sealed) * 8 {
		bad := bytes.Clone(sealed)
		bad[i/8] ^= 1 << (i % 8)
		_, err := mine.open(bad)
		require.ErrorIs(t, err, errDamaged)
	}
	for n := range sealed {
		_, err := mine.open(sealed[:n])
		require.ErrorIs(t, err, errDamaged)
	}
	_, err = other.open(sealed)
	require.ErrorIs(t, err, errDamaged)
}

func TestRecordKeysDiffer(t *testing.T) {
	k := newRecordKeys(Pepper{secret.New("pepper", strings.Repeat("r", 32))})
	assert.NotEqual(t, k.recordKey("a", NewSecret("bc")), k.recordKey("ab", NewSecret("c")))
	assert.NotEqual(t, k.recordKey("", NewSecret("a")), k.recordKey("t", NewSecret("a")))
	assert.Regexp(t, `^[A-Za-z0-9_-]{22}$`, storeKey(k.recordKey("", NewSecret("a"))))
	for _, l := range (Limits{}).all() {
		key := k.bucketKeys(l.name, 1, []byte("x"))[0]
		assert.Regexp(t, `^[a-z]+:0:[A-Za-z0-9_-]{22}$`, key)
		assert.LessOrEqual(t, len(key), 64)
	}
}

func TestPrune(t *testing.T) {
	r := sampleRecord()
	memory := (365 * day).Milliseconds()
	start := r.challenges[0].started
	r.lastFailure, r.lists[0].last, r.operators = start, start, nil
	assert.Equal(t, start+listMemory.Milliseconds(), r.until(start, memory))
	r.prune(start+day.Milliseconds()-1, memory)
	assert.Len(t, r.challenges, 1, "the old one is gone, the one within a day stays")
	r.prune(start+day.Milliseconds(), memory)
	assert.Empty(t, r.challenges)
	assert.EqualValues(t, 3, r.failures)
	r.operators = []standing{{failures: 10, lastFailure: start + 1}}
	r.prune(start+memory, memory)
	assert.Zero(t, r.failures)
	assert.Len(t, r.operators, 1)
	assert.Equal(t, start+1+memory, (&record{operators: r.operators}).until(start, memory))
	r.prune(start+1+memory, memory)
	assert.Empty(t, r.operators)
	assert.Len(t, r.lists, 1)
	r.prune(start+listMemory.Milliseconds(), memory)
	assert.Empty(t, r.lists)
	assert.EqualValues(t, 99, r.until(99, memory), "nothing to keep")
}

// A full record keeps a Store's bounds.
func TestRecordSize(t *testing.T) {
	one := sampleRecord().challenges[0]
	one.caseNumber, one.evidence = strings.Repeat("c", 64), strings.Repeat("e", 512)
	one.purpose, one.scope = strings.Repeat("p", 64), strings.Repeat("s", 128)
	one.pepper = strings.Repeat("a", 16)
	r := &record{lists: make([]listUse, maxLists)}
	for i := range maxOperators {
		r.operators = append(r.operators, standing{operator: [32]byte{byte(i)}, failures: maxShut})
	}
	for range maxChallenges {
		r.challenges = append(r.challenges, one)
	}
	assert.Less(t, len(r.encode()), 64<<10)
	_, err := decodeRecord(r.encode())
	require.NoError(t, err)
	typical := &record{challenges: sampleRecord().challenges[:1]}
	assert.Less(t, len(typical.encode()), 512)
	assert.GreaterOrEqual(t, maxChallenges, 30+1, "above the bound of Policy.PerPerson")
}

// An accepted input is exactly one record: it encodes to the same bytes.
func FuzzDecodeRecord(f *testing.F) {
	f.Add(sampleRecord().encode())
	f.Add(sampleWithCase().encode())
	f.Add(sampleWithEvidence().encode())
	f.Add((&record{}).encode())
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeRecord(b)
		if err != nil {
			if r != nil {
				t.Fatal("an error comes alone")
			}
			return
		}
		if !bytes.Equal(r.encode(), b) {
			t.Fatal("two byte strings for one record")
		}
		if len(r.operators) > maxOperators {
			t.Fatal("too many operators")
		}
		fuzzOperators(t, r, b)
		for i := range r.challenges {
			if c := &r.challenges[i]; c.final(0) == nil && c.state != Pending {
				t.Fatal("a state that is not pending takes answers")
			}
		}
	})
}

// fuzzOperators lets operators fail on any record, as the rules allow it, and checks its bounds.
func fuzzOperators(t *testing.T, r *record, b []byte) {
	p := Policy{}.withDefaults()
	for i := range uint8(2 * maxOperators) {
		who, now := [32]byte{i, byte(len(b))}, int64(i)*time.Hour.Milliseconds()
		var barred [][32]byte
		for _, s := range r.operators {
			if until, shut := s.bar(now, p); shut || until > 0 {
				barred = append(barred, s.operator)
			}
		}
		if r.barredOperator(who[:], now, p) == nil {
			r.failOperator(who, now, p)
			if s := r.standing(who[:]); s == nil || s.failures == 0 || !s.recent {
				t.Fatal("a failure is not kept")
			}
		}
		for _, o := range barred {
			if r.standing(o[:]) == nil {
				t.Fatal("a barred operator was forgotten")
			}
		}
	}
	if len(r.operators) > maxOperators {
		t.Fatal("a record grows")
	}
	again, err := decodeRecord(r.encode())
	if err != nil || len(again.operators) != len(r.operators) {
		t.Fatal("a record that the rules made does not decode")
	}
}

// Every change of what is approved changes what the code is made from.
func TestBindingCoversAll(t *testing.T) {
	k := newRecordKeys(Pepper{secret.New("pepper", strings.Repeat("r", 32))})
	p := Parties{Tenant: "t", Operator: Operator{IdentityProvider: "i", ID: NewSecret("o")},
		Subject: NewSecret("s")}
	c := Contact{Channel: SMS, Phone: Phone{secret.New("phone", "+393510000067")},
		Codes: PrintedCodes{ID: "A"}}
	terms := Terms{Organisation: "o", Purpose: "p", Scope: "s"}
	seen := map[string]bool{}
	try := func(change func(p *Parties, t *Terms, c *Contact, locale *string)) {
		p, terms, c, locale := p, terms, c, "it"
		change(&p, &terms, &c, &locale)
		b := string(k.binding(k.parties(p), terms, k.contact(c), locale))
		assert.False(t, seen[b])
		seen[b] = true
	}
	for _, change := range []func(*Parties, *Terms, *Contact, *string){
		func(*Parties, *Terms, *Contact, *string) {},
		func(p *Parties, _ *Terms, _ *Contact, _ *string) { p.Tenant = "" },
		func(p *Parties, _ *Terms, _ *Contact, _ *string) { p.Operator.IdentityProvider = "" },
		func(p *Parties, _ *Terms, _ *Contact, _ *string) { p.Operator.ID = NewSecret("x") },
		func(p *Parties, _ *Terms, _ *Contact, _ *string) { p.Subject = NewSecret("x") },
		func(_ *Parties, t *Terms, _ *Contact, _ *string) { t.Organisation = "x" },
		func(_ *Parties, t *Terms, _ *Contact, _ *string) { t.Declared = true },
		func(_ *Parties, t *Terms, _ *Contact, _ *string) { t.Purpose = "x" },
		func(_ *Parties, t *Terms, _ *Contact, _ *string) { t.Scope = "x" },
		func(_ *Parties, t *Terms, _ *Contact, _ *string) { t.CaseNumber = "x" },
		func(_ *Parties, t *Terms, _ *Contact, _ *string) { t.Evidence = "x" },
		func(_ *Parties, _ *Terms, c *Contact, _ *string) { c.Channel = Voice },
		func(_ *Parties, _ *Terms, c *Contact, _ *string) {
			c.Phone = Phone{secret.New("phone", "+393510000068")}
		},
		func(_ *Parties, _ *Terms, c *Contact, _ *string) { c.Codes.ID = "B" },
		func(_ *Parties, _ *Terms, _ *Contact, l *string) { *l = "de" },
	} {
		try(change)
	}
	assert.Len(t, seen, 15)
}
