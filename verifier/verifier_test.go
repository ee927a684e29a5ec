package verifier_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

const issuerName = "https://qr.example.it"

var (
	issuedAt = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	expires  = time.Date(2031, time.March, 1, 23, 0, 0, 0, time.UTC)
	keysAsOf = issuedAt.Add(-3 * time.Hour)
)

// desk is an issuer with keys in memory and a client that trusts it.
type desk struct {
	issuer *token.Signer
	client *verifier.Client
	person codicefiscale.Code
}

func newDesk(t *testing.T, name string) desk {
	t.Helper()
	folder := token.Folder{Dir: t.TempDir(), IssuerName: name, Now: func() time.Time { return issuedAt }}
	key, err := folder.AddSigningKey(t.Context())
	require.NoError(t, err)
	reference, err := folder.AddReferenceKey(t.Context())
	require.NoError(t, err)
	client, err := verifier.New(verifier.TrustAnchor{Name: name, Keys: []token.PublicKey{key.Public()},
		KeysAsOf: keysAsOf})
	require.NoError(t, err)
	client.Now = func() time.Time { return issuedAt.Add(time.Hour) }
	return desk{
		issuer: &token.Signer{Keys: []*token.SigningKey{key}, References: []token.ReferenceKey{reference},
			Now: folder.Now},
		client: client,
		person: code(t, "RSSMRA80A01H501U"),
	}
}

func code(t *testing.T, text string) codicefiscale.Code {
	t.Helper()
	cf, err := codicefiscale.Parse(text)
	require.NoError(t, err)
	return cf
}

// results lists the checks as name=result, for one comparison of the whole order.
func results(r verifier.Report) string {
	var b strings.Builder
	for _, c := range r.Checks {
		fmt.Fprintf(&b, "%s=%s ", c.Name, c.Result)
	}
	return strings.TrimSpace(b.String())
}

func TestCheckAuthenticOnline(t *testing.T) {
	d := newDesk(t, issuerName)
	jws, _, err := d.issuer.Issue(t.Context(), d.person)
	require.NoError(t, err)
	otherAddress := " https://elsewhere.example/x?y=1#" + jws + "\r\n"
	for _, text := range []string{jws, issuerName + "/q#" + jws, otherAddress} {
		r := d.client.Check(t.Context(), text, d.person)
		assert.Equal(t, verifier.Authentic, r.Authenticity)
		assert.Equal(t, api.CannotTell, r.Verdict, "the status was not asked")
		assert.Empty(t, r.Code)
		paper := &verifier.Paper{IssuerName: issuerName, IssuedAt: issuedAt.Local(),
			ExpiresAt: expires.Local()}
		assert.Equal(t, paper, r.Paper)
		assert.Equal(t, "text=pass size=pass shape=pass header=pass key=pass signature=pass claims=pass "+
			"issuer=pass start=pass expiry=pass codice_fiscale=not_checked status=not_checked", results(r))
	}
}

func TestCheckSaysHowOldTheEvidenceIs(t *testing.T) {
	d := newDesk(t, issuerName)
	jws, _, err := d.issuer.Issue(t.Context(), d.person)
	require.NoError(t, err)
	for _, c := range d.client.Check(t.Context(), jws, codicefiscale.Code{}).Checks {
		switch c.Name {
		case "key", "signature":
			assert.Equal(t, keysAsOf, c.AsOf, c.Name)
		case "codice_fiscale", "status":
			assert.Zero(t, c.AsOf, c.Name)
		default:
			assert.Equal(t, issuedAt.Add(time.Hour), c.AsOf, c.Name)
		}
	}
}

func TestCheckOfflineProfile(t *testing.T) {
	d := newDesk(t, issuerName)
	jws, _, err := d.issuer.IssueOffline(context.Background(), d.person)
	require.NoError(t, err)

	t.Run("the person", func(t *testing.T) {
		r := d.client.Check(t.Context(), jws, d.person)
		assert.Equal(t, api.CannotTell, r.Verdict)
		assert.Empty(t, r.Code)
		assert.Contains(t, results(r), "codice_fiscale=pass status=not_checked")
		assert.True(t, r.Paper.Offline)
	})
	t.Run("another person", func(t *testing.T) {
		r := d.client.Check(t.Context(), jws, code(t, "RSSMRA80A01H50MM")) // an omocode is somebody else
		assert.Equal(t, verifier.Authentic, r.Authenticity)
		assert.Equal(t, api.NotConfirmed, r.Verdict)
		assert.Equal(t, api.CodeCFMismatch, r.Code)
		assert.Contains(t, results(r), "expiry=pass codice_fiscale=fail status=not_checked")
		assert.NotNil(t, r.Paper)
	})
	t.Run("nobody named", func(t *testing.T) {
		r := d.client.Check(t.Context(), jws, codicefiscale.Code{})
		assert.Empty(t, r.Code)
		assert.Contains(t, results(r), "codice_fiscale=not_checked")
	})
}

func TestCheckRefuses(t *testing.T) {
	d, stranger := newDesk(t, issuerName), newDesk(t, issuerName)
	elsewhere := newDesk(t, "https://other.example.it")
	jws, _, err := d.issuer.Issue(t.Context(), d.person)
	require.NoError(t, err)
	strangers, _, err := stranger.issuer.Issue(t.Context(), d.person)
	require.NoError(t, err)
	others, _, err := elsewhere.issuer.Issue(t.Context(), d.person)
	require.NoError(t, err)
	tests := []struct {
		name, text   string
		after        time.Duration
		code         api.Code
		authenticity verifier.Authenticity
		check        string
	}{
		{"nothing", " \n", 0, api.CodeUnreadable, verifier.AuthenticityUnknown,
			"text=error size=not_checked"},
		{"a web address", "https://www.example.it/", 0, api.CodeNotOurs, verifier.AuthenticityUnknown,
			"text=error size=not_checked"},
		{"an EU certificate", "HC1:6BF+70790T9WJWG.FKY*4GO0", 0, api.CodeNotOurs,
			verifier.AuthenticityUnknown, "text=error"},
		{"an empty fragment", issuerName + "/q#", 0, api.CodeNotOurs, verifier.AuthenticityUnknown,
			"text=error"},
		{"a long text", "eyJ" + strings.Repeat("A", 2000), 0, api.CodeSize, verifier.NotAuthentic,
			"text=pass size=fail shape=not_checked"},
		{"a torn token", jws[:200], 0, api.CodeShape, verifier.NotAuthentic,
			"size=pass shape=fail header=not_checked"},
		{"an ID token", "eyJhbGciOiJSUzI1NiJ9.e30." + strings.Repeat("A", 86), 0, api.CodeHeader,
			verifier.NotAuthentic, "header=fail"},
		{"a changed token", jws[:150] + flip(jws[150]) + jws[151:], 0, api.CodeSignature,
			verifier.NotAuthentic, "key=pass signature=fail claims=not_checked"},
		{"a stranger's key", strangers, 0, api.CodeUnknownKey, verifier.AuthenticityUnknown,
			"header=pass key=error signature=not_checked"},
		{"an issuer that is not configured", others, 0, api.CodeUnknownKey, verifier.AuthenticityUnknown,
			"key=error"},
		{"a clock that is behind", jws, -time.Hour, api.CodeNotYetValid, verifier.Authentic,
			"issuer=pass start=fail expiry=not_checked"},
		{"the last second", jws, expires.Sub(issuedAt) - time.Second, "", verifier.Authentic, "expiry=pass"},
		{"expired", jws, expires.Sub(issuedAt), api.CodeExpired, verifier.Authentic,
			"start=pass expiry=fail codice_fiscale=not_checked"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d.client.Now = func() time.Time { return issuedAt.Add(test.after) }
			r := d.client.Check(t.Context(), test.text, d.person)
			assert.Equal(t, test.code, r.Code)
			assert.Equal(t, test.authenticity, r.Authenticity)
			assert.Equal(t, test.code.Outcome(), r.Verdict)
			assert.Contains(t, results(r), test.check)
			assert.Len(t, r.Checks, 12)
			if test.code != "" {
				assert.Nil(t, r.Paper, "a refused token says nothing")
			}
		})
	}
}

// A paper of another issuer is named as such; one that claims to be a trusted issuer's is not.
func TestForeign(t *testing.T) {
	d, stranger := newDesk(t, issuerName), newDesk(t, issuerName)
	keys := d.issuer.Keys[0].Public()
	client, err := verifier.New(verifier.TrustAnchor{Name: issuerName, Keys: []token.PublicKey{keys}})
	require.NoError(t, err)
	foreign := servicetest.Forged(t, d.person)
	want := &verifier.Foreign{Named: servicetest.ForgerName,
		Trusted: []string{strings.TrimPrefix(issuerName, "https://")}}
	r := client.Check(t.Context(), foreign, d.person)
	assert.Equal(t, api.CodeUnknownKey, r.Code)
	assert.Equal(t, api.CannotTell, r.Verdict)
	assert.Equal(t, want, r.Foreign)
	online := client.FirstLevel(t.Context(), foreign, d.person, verifier.FirstLevelOptions{})
	assert.Equal(t, want, online.Foreign)

	client, err = verifier.New(verifier.TrustAnchor{Name: issuerName, DisplayName: "Ente",
		Keys: []token.PublicKey{keys}})
	require.NoError(t, err)
	assert.Equal(t, []string{"Ente"}, client.Check(t.Context(), foreign, d.person).Foreign.Trusted)

	own, _, err := stranger.issuer.Issue(t.Context(), d.person)
	require.NoError(t, err)
	r = client.Check(t.Context(), own, d.person)
	assert.Equal(t, api.CodeUnknownKey, r.Code)
	assert.Nil(t, r.Foreign)
	// A changed token of the body, whose key is known, is no stranger's.
	good, _, err := d.issuer.Issue(t.Context(), d.person)
	require.NoError(t, err)
	assert.Nil(t, client.Check(t.Context(), good[:150]+flip(good[150])+good[151:], d.person).Foreign)
}

func flip(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

func TestSeveralIssuers(t *testing.T) {
	a, b := newDesk(t, issuerName), newDesk(t, "https://other.example.it")
	client, err := verifier.New(
		verifier.TrustAnchor{Name: issuerName, Keys: []token.PublicKey{a.issuer.Keys[0].Public()}},
		verifier.TrustAnchor{Name: "https://other.example.it",
			Keys: []token.PublicKey{b.issuer.Keys[0].Public()}, KeysAsOf: keysAsOf},
	)
	require.NoError(t, err)
	client.Now = func() time.Time { return issuedAt }
	for _, d := range []desk{a, b} {
		jws, claims, err := d.issuer.Issue(t.Context(), d.person)
		require.NoError(t, err)
		r := client.Check(t.Context(), jws, d.person)
		require.Empty(t, r.Code)
		assert.Equal(t, claims.IssuerName, r.Paper.IssuerName)
	}
}

func TestNewRefuses(t *testing.T) {
	a, b := newDesk(t, issuerName), newDesk(t, "https://other.example.it")
	keyA, keyB := a.issuer.Keys[0].Public(), b.issuer.Keys[0].Public()
	sameKeyElsewhere, err := token.NewPublicKey("https://other.example.it", keyA.Key())
	require.NoError(t, err)
	own := verifier.TrustAnchor{Name: issuerName, Keys: []token.PublicKey{keyA}}
	tests := map[string][]verifier.TrustAnchor{
		"no issuer to trust":                     nil,
		"has no keys":                            {{Name: issuerName}},
		"not to":                                 {{Name: issuerName, Keys: []token.PublicKey{keyB}}},
		"issuer " + issuerName + " occurs twice": {own, own},
		"key " + keyA.ID() + " occurs twice": {own,
			{Name: "https://other.example.it", Keys: []token.PublicKey{sameKeyElsewhere}}},
		"belongs to the issuer , not to ": {{Name: issuerName, Keys: []token.PublicKey{{}}}},
	}
	for text, issuers := range tests {
		_, err := verifier.New(issuers...)
		assert.ErrorContains(t, err, text)
	}
}

func TestZeroClientCanTellNothing(t *testing.T) {
	d := newDesk(t, issuerName)
	jws, _, err := d.issuer.Issue(t.Context(), d.person)
	require.NoError(t, err)
	r := new(verifier.Client).Check(t.Context(), jws, d.person)
	assert.Equal(t, api.CodeUnknownKey, r.Code)
	assert.Equal(t, api.CannotTell, r.Verdict)
	assert.Equal(t, verifier.AuthenticityUnknown, r.Authenticity)
}

func TestReportAsJSON(t *testing.T) {
	d := newDesk(t, issuerName)
	jws, claims, err := d.issuer.IssueOffline(context.Background(), d.person)
	require.NoError(t, err)
	for _, person := range []codicefiscale.Code{d.person, code(t, "RSSMRA77L18H501W")} {
		data, err := json.Marshal(d.client.Check(t.Context(), jws, person))
		require.NoError(t, err)
		assert.NotContains(t, string(data), claims.Subject, "the reference links scans")
		assert.NotContains(t, string(data), person.Reveal())
		assert.Contains(t, string(data), `"authenticity":"authentic"`)
	}
	data, err := json.Marshal(verifier.Report{})
	require.NoError(t, err)
	assert.JSONEq(t, `{"authenticity":"cannot_tell","verdict":"cannot_tell","checks":null}`, string(data))
}

// The causes of package token are codes of package api with the same names.
func TestCausesAreCodes(t *testing.T) {
	for code, cause := range map[api.Code]token.Cause{
		api.CodeSize:         token.ErrSize,
		api.CodeShape:        token.ErrShape,
		api.CodeHeader:       token.ErrHeader,
		api.CodeUnknownKey:   token.ErrUnknownKey,
		api.CodeSignature:    token.ErrSignature,
		api.CodeClaims:       token.ErrClaims,
		api.CodeWrongIssuer:  token.ErrIssuer,
		api.CodeNotYetValid:  token.ErrNotYetValid,
		api.CodeExpired:      token.ErrExpired,
		api.CodeNotOurs:      token.ErrNotOurs,
		api.CodeNewerVersion: token.ErrNewerVersion,
		api.CodeCFMismatch:   token.ErrCFMismatch,
	} {
		assert.Equal(t, code, api.Code(cause))
	}
}

// A comparison that did not happen is "cannot tell", and never an authentic paper without a cause.
func TestCheckWithoutComparison(t *testing.T) {
	d := newDesk(t, issuerName)
	jws, _, err := d.issuer.IssueOffline(t.Context(), d.person)
	require.NoError(t, err)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	r := d.client.Check(ended, jws, code(t, "RSSMRA80A01H50MM"))
	assert.Equal(t, api.CodeUnavailable, r.Code)
	assert.Equal(t, api.CannotTell, r.Verdict)
	last := r.Checks[len(r.Checks)-2]
	assert.Equal(t, verifier.Check{Name: "codice_fiscale", Result: verifier.Error,
		Code: api.CodeUnavailable, AsOf: last.AsOf}, last)
	assert.Empty(t, d.client.Check(ended, jws, codicefiscale.Code{}).Code, "nothing to compare")
}
