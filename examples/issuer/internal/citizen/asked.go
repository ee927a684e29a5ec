package citizen

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// asking is what one operator asked of the person with one code.
type asking struct {
	registry.Request
	// The keys are as in access.
	PurposeKey, ScopeKey, Of string
	// OutcomeKey is the key of the text that says what came of it.
	OutcomeKey string
	// Barred reports that the operator cannot ask about the person, because the person said so.
	Barred bool
}

// askedLife is the longest time for which a code is valid (otp.Policy).
const askedLife = 10 * time.Minute

// asked returns what operators asked, newest first.
func (p *Pages) asked(ctx context.Context, v visit, lang status.Language) ([]asking, error) {
	requests, err := p.Registry.Asked(ctx, v.person)
	if err != nil {
		return nil, err
	}
	reports, err := p.Registry.Reports(ctx, v.person)
	if err != nil {
		return nil, err
	}
	type login struct{ provider, id string }
	barred := map[login]bool{}
	for _, r := range reports {
		if o := r.Asked.Operator; r.LiftedAt.IsZero() {
			barred[login{o.IdentityProvider, o.ID}] = true
		}
	}
	var list []asking
	for _, q := range requests {
		a := asking{Request: q, PurposeKey: purposeKey(q.Purpose), OutcomeKey: "asked.unused",
			Barred: barred[login{q.Operator.IdentityProvider, q.Operator.ID}]}
		a.ScopeKey, a.Of = p.scope(q.Scope, lang)
		switch {
		case q.Right:
			a.OutcomeKey = "asked.right"
		case !a.Barred && p.Now().Before(q.At.Add(askedLife)):
			a.OutcomeKey = "asked.open"
		}
		list = append(list, a)
	}
	return list, nil
}

// notMe bars an operator for the person, ends what is pending, and leaves a report for the staff. The bar
// comes first, so that the operator cannot ask again in between.
func (p *Pages) notMe(w http.ResponseWriter, r *http.Request, v visit) error {
	now := p.Now()
	if err := p.trace(r.Context(), v, actNotMe, now); err != nil {
		return err
	}
	err := p.Registry.BarOperator(r.Context(), v.person, r.PostFormValue("challenge"), now)
	if errors.Is(err, registry.ErrNotAsked) {
		p.Site.Say(w, r, http.StatusNotFound, web.Message{Title: "asked.gone_title", Text: "access.gone",
			Next: pathAccesses, NextText: "access.back"})
		return nil
	}
	if err != nil {
		return err
	}
	if p.Consents != nil {
		subject := otp.NewSecret(v.person.Reveal())
		if _, err := p.Consents.CancelAll(r.Context(), "", subject); err != nil {
			return err
		}
	}
	p.Site.Say(w, r, http.StatusOK, web.Message{Title: "asked.done_title", Text: "asked.done",
		Icon: "it-check-circle", Tone: "yes", Next: pathAccesses, NextText: "access.back"})
	return nil
}
