package wallet

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/url"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier/api"
)

const (
	// MaxQuestions is the maximum number of open questions. Each takes a picture at most.
	MaxQuestions = 256
	// Lifetime is how long a question is open, from Start to Compare.
	Lifetime = 5 * time.Minute
)

// The errors of the methods that a page calls.
var (
	// ErrNotByCard: for this benefit no card suffices, so nothing may be asked.
	ErrNotByCard = errors.New("wallet: the card does not decide this benefit")
	// ErrBusy: there are MaxQuestions open ones.
	ErrBusy = errors.New("wallet: too many open questions")
	// ErrNoQuestion: there is no such question of this desk, or it is over.
	ErrNoQuestion = errors.New("wallet: no such question")
	// ErrCase: the case number is not one that [api.CaseNumberAllowed] allows.
	ErrCase = errors.New("wallet: the case number is not allowed")
	// ErrDesk: there is no desk, or the address to return to is none.
	ErrDesk = errors.New("wallet: no desk, or no address to return to")
)

// Ask is what a desk wants to know.
type Ask struct {
	// Desk is the secret of the desk's session, such as the value of its cookie. Only this desk hears the
	// answer.
	Desk string
	// Benefit is the identifier of the benefit's row.
	Benefit string
	// Case is the operator's case number, for the receipt. It may be empty.
	Case string
	// Return is the address of the page to which the wallet sends the browser back, if the wallet is on the
	// same device as the page; its query gets response_code. Empty if the wallet is on another device.
	Return string
}

// A Question was asked.
type Question struct {
	ID string
	// Link opens the wallet, as a QR or as a link. It says nothing about the person.
	Link string
	// Claims are the names of what the wallet is asked for, for the words on the page.
	Claims  []string
	Expires time.Time
}

// question is an open question.
type question struct {
	Ask
	id      string
	claims  []string
	tie     benefit.Tie
	nonce   string
	state   string
	code    string // response_code, for the same device
	key     *ecdsa.PrivateKey
	asked   time.Time
	taken   bool // the first answer is being judged, or was
	heard   bool // Answer has given the outcome to the desk
	outcome *outcome
}

// Start asks a question. On the same device the answer counts only in the session that has asked.
func (rp *RelyingParty) Start(ask Ask) (Question, error) {
	now := rp.config.Now()
	row, ok := rp.config.Benefits.Lookup(ask.Benefit, status.DateOf(now))
	if !ok || row.Card == "" {
		return Question{}, ErrNotByCard
	}
	if !api.CaseNumberAllowed(ask.Case) {
		return Question{}, ErrCase
	}
	if _, err := url.Parse(ask.Return); err != nil || ask.Desk == "" {
		return Question{}, ErrDesk
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Question{}, err
	}
	q := &question{Ask: ask, id: rand.Text(), claims: claimsOf(row.Card), tie: row.Card, nonce: rand.Text(),
		state: rand.Text(), code: rand.Text(), key: key, asked: now}
	rp.mu.Lock()
	defer rp.mu.Unlock()
	if len(rp.questions) >= MaxQuestions {
		return Question{}, ErrBusy
	}
	rp.questions[q.id] = q
	id := q.id // the timer does not keep the question
	time.AfterFunc(Lifetime, func() { rp.forget(id) })
	link := rp.config.Scheme + "?" + url.Values{"client_id": {rp.clientID},
		"request_uri": {rp.config.Address + "/request/" + q.id}, "request_uri_method": {"post"}}.Encode()
	return Question{q.id, link, q.claims, now.Add(Lifetime)}, nil
}

func (rp *RelyingParty) forget(id string) {
	rp.mu.Lock()
	defer rp.mu.Unlock()
	delete(rp.questions, id)
}

func (q *question) over(now time.Time) bool { return !now.Before(q.asked.Add(Lifetime)) }

// find returns an open question. The caller holds the lock.
func (rp *RelyingParty) find(id string) (*question, bool) {
	q, ok := rp.questions[id]
	return q, ok && !q.over(rp.config.Now())
}

// own returns an open question of the desk. The caller holds the lock.
func (rp *RelyingParty) own(desk, id string) (*question, bool) {
	q, ok := rp.find(id)
	return q, ok && same(q.Desk, desk)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// Answer returns the report on the wallet's answer. waiting is true as long as there is none. code is the
// response_code of the address to which the wallet sent the browser back; without it there is no answer from
// the same device, so one that was approved elsewhere never counts. The error is ErrNoQuestion.
func (rp *RelyingParty) Answer(desk, id, code string) (r Report, waiting bool, err error) {
	rp.mu.Lock()
	defer rp.mu.Unlock()
	q, ok := rp.own(desk, id)
	switch {
	case !ok:
		return Report{}, false, ErrNoQuestion
	case q.outcome == nil || q.Return != "" && !same(q.code, code):
		return Report{}, true, nil
	}
	q.heard = true
	return q.outcome.report, false, nil
}

// Compare says what the desk has seen: whether the picture is that of the person who stands there, or the
// name that of the person's document. It returns the last report and forgets the question. Only an answer
// whose code is needs_evidence and that has a Holder becomes a yes. The error is ErrNoQuestion, also
// before Answer has given the answer, or that of the key for receipts. With NotRecorded the question is
// forgotten before that too.
func (rp *RelyingParty) Compare(ctx context.Context, desk, id string, seen status.Tri) (Report, error) {
	rp.mu.Lock()
	q, ok := rp.own(desk, id)
	heard := ok && q.heard
	if heard || ok && seen == status.NotRecorded {
		delete(rp.questions, id)
	}
	rp.mu.Unlock()
	if !heard {
		return Report{}, ErrNoQuestion
	}
	return rp.final(ctx, q, seen)
}
