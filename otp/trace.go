package otp

import (
	"context"
	"time"
)

// A Step is one event of a challenge, for [Config.Trace]. It names the operator and the person, so
// seal what is kept of it.
type Step struct {
	// Kind is EventStarted, EventSent (a resend), EventWrong or EventVerified.
	Kind EventKind
	// At is the store's time.
	At          time.Time
	ChallengeID string
	Parties     Parties
	Terms       Terms
	Channel     Channel
	// Sends is the number of messages of the challenge, with this one.
	Sends int
}

// tell passes a step to Config.Trace.
func (cs *Challenges) tell(ctx context.Context, kind EventKind, p Parties, key []byte, c *challenge,
	now int64) error {
	if cs.trace == nil {
		return nil
	}
	return cs.trace(ctx, Step{Kind: kind, At: time.UnixMilli(now),
		ChallengeID: cs.keys.challengeID(key, c.tail[:]), Parties: p, Terms: c.terms(),
		Channel: c.channel, Sends: int(c.sends)})
}

// tellPast is tell for what has happened already. A caller who disconnects does not prevent it.
func (cs *Challenges) tellPast(ctx context.Context, kind EventKind, p Parties, key []byte, c *challenge,
	now int64) {
	if cs.trace == nil {
		return
	}
	keepCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := cs.tell(keepCtx, kind, p, key, c, now); err != nil {
		cs.emit(ctx, Event{Kind: EventFault, Err: err})
	}
}
