package accesslog_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// staffKey returns the key of a member of the staff, always the same.
func staffKey(name string) (note.Signer, note.Verifier) {
	seed := bytes.Repeat([]byte(name[:1]), 64)
	private, public, err := note.GenerateKey(bytes.NewReader(seed), name)
	if err != nil {
		panic(err)
	}
	return must(note.NewSigner(private)), must(note.NewVerifier(public))
}

// staffKeys are those of Anna and Bruno.
func staffKeys() []note.Verifier {
	_, anna := staffKey("anna")
	_, bruno := staffKey("bruno")
	return []note.Verifier{anna, bruno}
}

func staff(name string) accesslog.Staff {
	signer, _ := staffKey(name)
	return accesslog.Staff{Signer: signer, Operator: service.Operator{IdentityProvider: "staff", ID: name,
		Organisation: "ENTE"}}
}

func suppress(t *testing.T, l *accesslog.Log, id string, until time.Time) {
	t.Helper()
	require.NoError(t, l.Propose(t.Context(), id, until, staff("anna")))
	got, err := l.Approve(t.Context(), id, staff("bruno"))
	require.NoError(t, err)
	assert.True(t, until.Equal(got))
}

func seen(t *testing.T, l *accesslog.Log) (purposes []string) {
	t.Helper()
	list, err := l.ByPerson(t.Context(), code(person))
	require.NoError(t, err)
	for _, r := range list {
		purposes = append(purposes, r.Purpose)
	}
	return purposes
}

// A record is hidden when a second member of the staff approved it. Both acts are in the tree, and the person
// sees them with the record when the time has come.
func TestSuppress(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l, ctx := e.open(t), t.Context()
		a := add(t, l, person, start)
		require.NoError(t, l.Propose(ctx, a.ID, start.Add(time.Hour), staff("anna")))
		assert.Equal(t, []string{"museum"}, seen(t, l), "a proposal hides nothing, and is not seen")
		_, err := l.Approve(ctx, a.ID, staff("bruno"))
		require.NoError(t, err)
		assert.Empty(t, seen(t, l))
		_, err = l.Proof(ctx, code(person), a.ID)
		assert.ErrorIs(t, err, accesslog.ErrNotFound)
		c, err := l.Audit(ctx, verifier())
		require.NoError(t, err)
		assert.EqualValues(t, 3, c.Size)

		l.Now = func() time.Time { return start.Add(time.Hour) }
		assert.Equal(t, []string{accesslog.PurposeApproved, accesslog.PurposeProposed, "museum"}, seen(t, l))
		list, err := l.ByPerson(ctx, code(person))
		require.NoError(t, err)
		s := list[0].Suppression
		require.NotNil(t, s)
		assert.Equal(t, a.ID, s.ID)
		n, err := note.Open([]byte(s.Signed), note.VerifierList(staffKeys()...))
		require.NoError(t, err)
		assert.Len(t, n.Sigs, 2, "both signed")
		who, err := l.Operator(ctx, list[0].ID)
		require.NoError(t, err)
		assert.Equal(t, "bruno", who.ID)
		file, err := l.Proof(ctx, code(person), list[0].ID)
		require.NoError(t, err)
		_, _, err = proof.Verify(file, verifier())
		require.NoError(t, err)

		assert.ErrorIs(t, l.Propose(ctx, list[0].ID, start, staff("anna")), accesslog.ErrNotFound,
			"a suppression is not suppressed")
		assert.ErrorIs(t, l.Propose(ctx, "no-such", start, staff("anna")), accesslog.ErrNotFound)
	})
}

// A suppression is ended by another one, and begins again by a third.
func TestSuppressAgain(t *testing.T) {
	l := newSQLite(t).open(t)
	a := add(t, l, person, start)
	suppress(t, l, a.ID, start.AddDate(1, 0, 0))
	assert.Empty(t, seen(t, l))
	suppress(t, l, a.ID, start)
	assert.Equal(t, []string{accesslog.PurposeApproved, accesslog.PurposeProposed, "museum"}, seen(t, l))
	suppress(t, l, a.ID, start.AddDate(0, 1, 0))
	assert.Equal(t, []string{accesslog.PurposeApproved, accesslog.PurposeProposed}, seen(t, l))
}

// One member of the staff alone, a stranger, or an old proposal hides nothing.
func TestSuppressNeedsTwo(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l, ctx := e.open(t), t.Context()
		now := start
		l.Now = func() time.Time { return now }
		a := add(t, l, person, start)
		until := start.AddDate(1, 0, 0)
		approve := func(by accesslog.Staff) error {
			_, err := l.Approve(ctx, a.ID, by)
			return err
		}
		assert.ErrorIs(t, approve(staff("bruno")), accesslog.ErrNoProposal)
		assert.ErrorIs(t, l.Propose(ctx, a.ID, until, staff("carlo")), accesslog.ErrNotStaff)
		assert.ErrorIs(t, l.Propose(ctx, a.ID, until, accesslog.Staff{}), accesslog.ErrNotStaff)
		require.NoError(t, l.Propose(ctx, a.ID, until, staff("anna")))
		assert.ErrorIs(t, approve(staff("anna")), accesslog.ErrSameStaff)
		assert.ErrorIs(t, approve(staff("carlo")), accesslog.ErrNotStaff)
		impostor := staff("anna") // the same name, another key
		private, _, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{9}, 64)), "bruno")
		require.NoError(t, err)
		impostor.Signer = must(note.NewSigner(private))
		assert.ErrorIs(t, approve(impostor), accesslog.ErrNotStaff)
		now = start.Add(24*time.Hour + time.Second)
		assert.ErrorIs(t, approve(staff("bruno")), accesslog.ErrLapsed)
		assert.Equal(t, []string{"museum"}, seen(t, l))

		require.NoError(t, l.Propose(ctx, a.ID, until, staff("anna")))
		now = now.Add(24 * time.Hour)
		require.NoError(t, approve(staff("bruno")))
		assert.ErrorIs(t, approve(staff("bruno")), accesslog.ErrNoProposal, "once")
		assert.Empty(t, seen(t, l))

		b := add(t, l, person, start)
		require.NoError(t, l.Propose(ctx, b.ID, until, staff("anna")))
		l.Staff = l.Staff[1:]
		_, err = l.Approve(ctx, b.ID, staff("bruno"))
		assert.ErrorIs(t, err, accesslog.ErrNotStaff, "the proposer left")
	})
}

// A suppression that is deleted from the tables is reported.
func TestSuppressionIsInTheTree(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		suppress(t, l, add(t, l, person, start).ID, start.Add(time.Hour))
		_, err := l.DB.ExecContext(t.Context(), `DELETE FROM access_record WHERE number = 2`)
		require.NoError(t, err)
		_, err = l.Audit(t.Context(), verifier())
		assert.ErrorIs(t, err, accesslog.ErrTampered)
	})
}
