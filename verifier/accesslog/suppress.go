package accesslog

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// StaffPrefix begins what stands for the challenge in the record of an act of the body's staff. The ID of a
// challenge has no colon.
const StaffPrefix = "staff:"

// GuardianPrefix begins what stands for the challenge in the record of an act of the person's guardian.
const GuardianPrefix = "guardian:"

// These are the purposes of the records of a suppression.
const (
	PurposeProposed = "suppression_proposed"
	PurposeApproved = "suppression_approved"
)

// approvalTime is how long a proposal waits for its approval.
const approvalTime = 24 * time.Hour

var (
	// ErrNoProposal means that no suppression of that record waits for an approval.
	ErrNoProposal = errors.New("no suppression of this record waits for an approval")
	// ErrLapsed means that the proposal is older than 24 hours.
	ErrLapsed = errors.New("the proposal is older than 24 hours: propose it again")
	// ErrSameStaff means that the key of the approval is that of the proposal.
	ErrSameStaff = errors.New("another member of the staff must approve the suppression")
	// ErrNotStaff means that Log.Staff does not have the key.
	ErrNotStaff = errors.New("the key is not one of the staff's")
)

// A Staff is a member of the body's staff who acts on the log.
type Staff struct {
	// Operator is who acts, and why, as [Log.Operator] returns it.
	Operator service.Operator
	// Signer is the member's own key. Its name is in the record, which the person sees in the end.
	Signer note.Signer
}

// Propose proposes that the person does not see a record until a time, for example during an inquiry that
// the person must not know of yet. The proposal is a record of the log and hides nothing: see [Log.Approve].
// With a time in the past, a suppression is ended. If there is no such record, the error is [ErrNotFound].
//
// The person sees the proposal at that time, whether it was approved or not.
func (l *Log) Propose(ctx context.Context, id string, until time.Time, by Staff) error {
	s := proof.Suppression{ID: id, Until: until.UTC().Truncate(time.Second),
		Proposed: l.now().UTC().Truncate(time.Second)}
	return l.suppress(ctx, id, by, func(string, *sql.Tx) (proof.Suppression, error) {
		return s, l.signSuppression(&s, by.Signer)
	})
}

// Approve approves the newest proposal about a record, of another member of the staff and at most 24 hours
// old. From then on the person does not see the record until the proposed time, which is returned. The
// record itself does not change. The errors are [ErrNoProposal], [ErrLapsed], [ErrSameStaff] and
// [ErrNotStaff].
func (l *Log) Approve(ctx context.Context, id string, by Staff) (until time.Time, err error) {
	err = l.suppress(ctx, id, by, func(person string, tx *sql.Tx) (proof.Suppression, error) {
		s, err := l.proposal(ctx, tx, person, id)
		switch {
		case err != nil:
			return s, err
		case l.now().Sub(s.Proposed) > approvalTime:
			return s, ErrLapsed
		}
		s.Approved, until = true, s.Until
		return s, l.signSuppression(&s, by.Signer)
	})
	return until, err
}

// suppress appends a record of the suppression that make returns, about the person of the record.
func (l *Log) suppress(ctx context.Context, id string, by Staff,
	make func(person string, tx *sql.Tx) (proof.Suppression, error)) error {
	if err := l.ready(); err != nil {
		return err
	}
	err := l.update(ctx, func(tx *sql.Tx) error {
		t := l.tree(ctx, tx)
		state, err := t.lock() // so that there is one approval
		if err != nil {
			return err
		}
		_, target, err := l.scan(tx.QueryRowContext(ctx,
			l.bind(`SELECT `+rowColumns+` FROM access_record WHERE id = ?`), id))
		if errors.Is(err, sql.ErrNoRows) || err == nil && target.Suppression != nil {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		s, err := make(target.Person, tx)
		if err != nil {
			return err
		}
		var own [16]byte
		rand.Read(own[:]) // never fails since Go 1.24
		r := Record{ID: base64.RawURLEncoding.EncodeToString(own[:]), At: l.now().UTC().Truncate(time.Second),
			Person: target.Person, Operator: l.operator(by.Operator), Organisation: by.Operator.Organisation,
			Purpose: PurposeProposed, Suppression: &s}
		if s.Approved {
			r.Purpose = PurposeApproved
		}
		r.Challenge = StaffPrefix + r.ID
		e, err := newEntry(ctx, r, by.Operator)
		if err == nil {
			_, err = l.add(t, state, []*entry{e})
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("suppress in the access log: %w", err)
	}
	return nil
}

// proposal returns the newest suppression of the record, if it is not approved yet.
func (l *Log) proposal(ctx context.Context, tx *sql.Tx, person, id string) (proof.Suppression, error) {
	rows, err := tx.QueryContext(ctx, l.bind(`SELECT `+rowColumns+` FROM access_record
WHERE person = ? ORDER BY number DESC`), person)
	if err != nil {
		return proof.Suppression{}, err
	}
	defer rows.Close()
	for rows.Next() {
		_, record, err := l.scan(rows)
		if err != nil {
			return proof.Suppression{}, err
		}
		if s := record.Suppression; s != nil && s.ID == id {
			if s.Approved {
				return *s, ErrNoProposal
			}
			return *s, nil
		}
	}
	return proof.Suppression{}, errors.Join(rows.Err(), ErrNoProposal)
}

// signSuppression adds a signature of the staff. An approval needs that of another member.
func (l *Log) signSuppression(s *proof.Suppression, by note.Signer) error {
	if by == nil {
		return ErrNotStaff
	}
	n := &note.Note{Text: fmt.Sprintf("attesta/accesslog/suppression/1\n%s\n%q\n%s\n%s\n", l.Signer.Name(),
		s.ID, s.Until.Format(time.RFC3339), s.Proposed.Format(time.RFC3339))}
	text, want := n.Text, 1
	if s.Approved {
		var err error
		n, err = note.Open([]byte(s.Signed), note.VerifierList(l.Staff...))
		if err != nil || n.Text != text { // the proposer left meanwhile
			return ErrNotStaff
		}
		want = 2
	}
	signed, err := note.Sign(n, by)
	if err != nil {
		return err
	}
	both, err := note.Open(signed, note.VerifierList(l.Staff...))
	switch {
	case err != nil || len(both.UnverifiedSigs) > 0:
		return ErrNotStaff
	case len(both.Sigs) != want:
		return ErrSameStaff
	}
	s.Signed = string(signed)
	return nil
}
