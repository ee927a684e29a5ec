package token_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
)

func TestIssue(t *testing.T) {
	issuer := newIssuer(t, esPrivate())
	text, issued, err := issuer.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	got, err := token.Verify(text, publicKeys(issuer), time.Unix(issuedAt, 0))
	require.NoError(t, err)
	assert.Equal(t, got, issued, "what Issue says is what Verify reads")
	assert.Equal(t, token.Claims{
		IssuerName: issuerName,
		Subject:    "AAFwjl0b9Tback3eCc3vWLcw",
		IssuedAt:   time.Unix(issuedAt, 0),
		Expires:    time.Unix(expires, 0),
	}, got)
	assert.NoError(t, issuer.Match(got, code(t, person)))
	assert.Equal(t, token.ErrCFMismatch, issuer.Match(got, code(t, omocode)))
}

func TestIssueOffline(t *testing.T) {
	issuer := newIssuer(t, edPrivate())
	text, issued, err := issuer.IssueOffline(context.Background(), code(t, provisional))
	require.NoError(t, err)
	got, err := token.Verify(text, publicKeys(issuer), time.Unix(issuedAt, 0))
	require.NoError(t, err)
	assert.Equal(t, got, issued)
	assert.Len(t, got.Commitment, 22)
	assert.NoError(t, new(token.Commitments).Match(context.Background(), got, code(t, provisional)))
}

func TestIssueSeconds(t *testing.T) {
	issuer := newIssuer(t, esPrivate())
	issuer.Now = func() time.Time { return time.Unix(issuedAt, 999_999_999) }
	_, c, err := issuer.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	assert.Equal(t, time.Unix(issuedAt, 0), c.IssuedAt)
	assert.Equal(t, int64(expires), c.Expires.Unix())
}

// A token is valid to the end of the day that is printed, in the issuer's zone and not in the machine's.
func TestIssueLastDay(t *testing.T) {
	rome := must(time.LoadLocation("Europe/Rome"))
	tests := map[string]struct {
		zone         string
		years        int
		issued, last string
	}{
		"five calendar years, two leap days": {"", 0, "2026-11-28T10:06:00Z", "2031-11-28"},
		"three leap days would be too many":  {"", 0, "2027-03-01T00:00:00Z", "2032-03-01"},
		"after midnight in Italy":            {"", 0, "2026-11-27T23:30:00Z", "2031-11-28"},
		"before midnight in Italy":           {"", 0, "2026-11-28T22:59:59Z", "2031-11-28"},
		"summer time, two hours":             {"", 0, "2026-07-01T22:00:00Z", "2031-07-02"},
		"29 February":                        {"", 0, "2028-02-29T12:00:00Z", "2033-02-28"},
		"29 February to a leap year":         {"", 4, "2028-02-29T12:00:00Z", "2032-02-29"},
		"28 February":                        {"", 0, "2027-02-28T12:00:00Z", "2032-02-28"},
		"end of the year":                    {"", 1, "2026-12-31T12:00:00Z", "2027-12-31"},
		"another zone":                       {"America/New_York", 1, "2026-11-28T03:00:00Z", "2027-11-27"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			issuer, zone := newIssuer(t, esPrivate()), rome
			if test.zone != "" {
				zone = must(time.LoadLocation(test.zone))
				issuer.Zone = zone
			}
			now := must(time.Parse(time.RFC3339, test.issued))
			issuer.Now, issuer.Years = func() time.Time { return now }, test.years
			_, c, err := issuer.Issue(t.Context(), code(t, person))
			require.NoError(t, err)
			assert.Equal(t, test.last, c.LastDay(zone).Format(time.DateOnly))
			assert.Equal(t, "00:00:00", c.Expires.In(zone).Format(time.TimeOnly))
			text, _, err := issuer.Issue(t.Context(), code(t, person))
			require.NoError(t, err)
			_, err = token.Verify(text, publicKeys(issuer), c.Expires.Add(-time.Second))
			assert.NoError(t, err, "the last second of the last day")
		})
	}
}

// Two documents of one person have nothing in common that a desk could compare.
func TestIssueReferencesDiffer(t *testing.T) {
	issuer := newIssuer(t, esPrivate())
	_, first, err := issuer.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	issuer.Now = at(issuedAt + 1)
	_, second, err := issuer.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	assert.NotEqual(t, first.Subject, second.Subject)
	assert.NoError(t, issuer.Match(first, code(t, person)))
	assert.NoError(t, issuer.Match(second, code(t, person)))
}

func TestIssueBySystemClock(t *testing.T) {
	issuer := newIssuer(t, esPrivate())
	issuer.Now = nil
	before := time.Now().Truncate(time.Second)
	_, c, err := issuer.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	assert.False(t, c.IssuedAt.Before(before) || c.IssuedAt.After(time.Now()))
}

func TestIssueRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(*token.Signer)
		cause  error // where the caller can tell it
	}{
		"no signing key": {func(i *token.Signer) { i.Keys = nil }, token.ErrNoSigningKey},
		"a nil and a zero key": {func(i *token.Signer) { i.Keys = []*token.SigningKey{nil, {}} },
			token.ErrNoSigningKey},
		"retired": {func(i *token.Signer) { i.Keys[0].SignUntil = time.Unix(issuedAt, 0) },
			token.ErrNoSigningKey},
		"revoked": {func(i *token.Signer) { i.Keys[0].Revoked = time.Unix(1, 0) },
			token.ErrNoSigningKey},
		"too new": {func(i *token.Signer) { i.Keys[0].NotBefore = time.Unix(issuedAt+1, 0) },
			token.ErrNoSigningKey},
		"clock before the key": {func(i *token.Signer) {
			i.Keys[0].Created = time.Unix(issuedAt, 0).Add(token.Leeway + time.Second)
			i.Keys[0].NotBefore = i.Keys[0].Created
		}, token.ErrClock},
		"no reference key":   {func(i *token.Signer) { i.References = nil }, nil},
		"zero reference key": {func(i *token.Signer) { i.References = make([]token.ReferenceKey, 1) }, nil},
		"years negative":     {func(i *token.Signer) { i.Years = -1 }, nil},
		"outlives its key": {func(i *token.Signer) {
			i.Keys[0].PublishUntil = time.Unix(expires-1, 0)
		}, nil},
		"clock at zero":       {func(i *token.Signer) { i.Now = at(0) }, nil},
		"clock before 1970":   {func(i *token.Signer) { i.Now = at(-1) }, nil},
		"clock of the future": {func(i *token.Signer) { i.Now = at(99_999_999_999) }, nil},
		"zero clock": {func(i *token.Signer) { i.Now = func() time.Time { return time.Time{} } },
			nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			issuer := newIssuer(t, esPrivate())
			test.change(issuer)
			text, c, err := issuer.Issue(t.Context(), code(t, person))
			require.Error(t, err)
			assert.Empty(t, text)
			assert.Zero(t, c)
			if test.cause != nil {
				assert.ErrorIs(t, err, test.cause)
			}
			_, _, offline := issuer.IssueOffline(context.Background(), code(t, person))
			assert.Equal(t, err, offline)
		})
	}
}

func TestIssueWithinBounds(t *testing.T) {
	for name, change := range map[string]func(*token.Signer){
		"a hundred years": func(i *token.Signer) { i.Years = 100 },
		"as long as its key is published": func(i *token.Signer) {
			i.Keys[0].PublishUntil = time.Unix(expires, 0)
		},
		"first second": func(i *token.Signer) { i.Now = at(1) },
		"last year":    func(i *token.Signer) { i.Now, i.Years = at(99_950_000_000), 1 },
	} {
		t.Run(name, func(t *testing.T) {
			issuer := newIssuer(t, esPrivate())
			change(issuer)
			verifies(t, issuer)
		})
	}
}

func TestZeroCode(t *testing.T) {
	issuer := newIssuer(t, esPrivate())
	_, c, err := issuer.Issue(t.Context(), code(t, person))
	require.NoError(t, err)

	var zero codicefiscale.Code
	_, _, err = issuer.Issue(t.Context(), zero)
	assert.Error(t, err)
	_, _, err = issuer.IssueOffline(context.Background(), zero)
	assert.Error(t, err)
	err = issuer.Match(c, zero)
	assert.Error(t, err)
	assert.NotErrorIs(t, err, token.ErrCFMismatch, "a fault of the caller says nothing of the paper")
}

// Of the keys that may sign, the one with the latest NotBefore signs.
func TestIssueChoosesKey(t *testing.T) {
	with := func(text string, dates token.Dates) *token.SigningKey {
		k := signingKey(t, esPrivateOf(text))
		k.Dates = dates
		return k
	}
	day := func(n int) time.Time { return time.Unix(issuedAt, 0).AddDate(0, 0, n) }
	undated := with("undated", token.Dates{})
	old := with("old", token.Dates{NotBefore: day(-100), SignUntil: day(2)})
	fresh := with("new", token.Dates{NotBefore: day(1)})
	tests := map[string]struct {
		keys []*token.SigningKey
		now  time.Time
		want *token.SigningKey
	}{
		"the only one":                  {[]*token.SigningKey{undated}, day(0), undated},
		"a dated before an undated one": {[]*token.SigningKey{undated, old}, day(0), old},
		"the next does not sign yet":    {[]*token.SigningKey{fresh, old}, day(0), old},
		"the next signs":                {[]*token.SigningKey{fresh, old}, day(1), fresh},
		"in any order":                  {[]*token.SigningKey{old, undated, fresh}, day(1), fresh},
		"the old one has retired":       {[]*token.SigningKey{old, undated}, day(2), undated},
		"the first of equals": {[]*token.SigningKey{undated, with("equal", token.Dates{})}, day(0),
			undated},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			issuer := newIssuer(t, esPrivate())
			issuer.Keys, issuer.Now = test.keys, func() time.Time { return test.now }
			text, _, err := issuer.Issue(t.Context(), code(t, person))
			require.NoError(t, err)
			_, err = token.Verify(text, []token.PublicKey{test.want.Public()}, test.now)
			assert.NoError(t, err)
		})
	}
}

func TestReferenceRotation(t *testing.T) {
	issuer := newIssuer(t, esPrivate())
	_, old, err := issuer.Issue(t.Context(), code(t, person))
	require.NoError(t, err)

	second := must(token.NewReferenceKey(2, bytes.Repeat([]byte{2}, 32)))
	issuer.References = append([]token.ReferenceKey{second}, issuer.References...)
	_, fresh, err := issuer.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	assert.NotEqual(t, old.Subject, fresh.Subject, "the first key makes new references")
	for _, c := range []token.Claims{old, fresh} {
		assert.NoError(t, issuer.Match(c, code(t, person)))
		assert.Equal(t, token.ErrCFMismatch, issuer.Match(c, code(t, somebody)))
	}

	issuer.References = issuer.References[:1]
	assert.NoError(t, issuer.Match(fresh, code(t, person)))
	assert.ErrorIs(t, issuer.Match(old, code(t, person)), token.ErrNoReferenceKey)
	issuer.References = make([]token.ReferenceKey, 1)
	assert.ErrorIs(t, issuer.Match(fresh, code(t, person)), token.ErrNoReferenceKey)
}

func TestReferenceIsOfOneIssuer(t *testing.T) {
	issuer := newIssuer(t, esPrivate())
	_, c, err := issuer.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	c.IssuerName = otherIssuer
	assert.Equal(t, token.ErrCFMismatch, issuer.Match(c, code(t, person)))
}

// Claims that do not come from Verify cause an error and no panic.
func TestMatchDamagedSubject(t *testing.T) {
	issuer := newIssuer(t, esPrivate())
	for _, s := range []string{"", "A", "AAFwjl0b9Tback3eCc3vWLn", "AAFwjl0b9Tback3eCc3vWLcwAA", "====",
		"AAFwjl0b9Tback3eCc3vWL=="} {
		assert.Error(t, issuer.Match(token.Claims{IssuerName: issuerName, Subject: s}, code(t, person)), s)
	}
}

func TestNewReferenceKey(t *testing.T) {
	for _, n := range []int{0, 16, 31, 33, 64} {
		_, err := token.NewReferenceKey(1, make([]byte, n))
		assert.Error(t, err, n)
	}
	secret := referenceSecret()
	key, err := token.NewReferenceKey(0xbeef, secret)
	require.NoError(t, err)
	assert.Equal(t, uint16(0xbeef), key.ID())

	issuer := newIssuer(t, esPrivate())
	issuer.References = []token.ReferenceKey{key}
	_, before, err := issuer.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	clear(secret)
	_, after, err := issuer.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	assert.Equal(t, before, after, "the bytes are copied")
}
