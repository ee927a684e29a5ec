package citizen

import (
	"errors"
	"net/http"
	"strings"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// accessesView lists the accesses to the person's data and the acts in this area.
type accessesView struct {
	For      whose
	Accesses []access
	// Security are the newest security acts, whatever else was done.
	Security []act
	actList
	// Key is the log's public key, with which a reader checks a proof file.
	Key string
}

// access is one disclosure at the second level.
type access struct {
	accesslog.Record
	// PurposeKey is the key of the purpose's text. If it is empty, the purpose comes from another desk and
	// is shown as written.
	PurposeKey string
	// ScopeKey is the key of the scope's text; the text may take Of as its argument.
	ScopeKey, Of string
	// Seen is what the desk declared to have seen.
	Seen []answer.Question
	// ByList is true if the code came from a printed list instead of a telephone.
	ByList bool
}

// newestSecurity is how many security acts the page shows before the others.
const newestSecurity = 5

// purposes returns the purposes that the issuer's own desk offers.
func purposes() []string {
	return []string{"benefit", "tax", "employment", "study", "priority", "other"}
}

func (p *Pages) accesses(w http.ResponseWriter, r *http.Request, v visit) error {
	ctx, lang := r.Context(), language(r)
	earlier, _, err := p.Registry.Codes(ctx, v.person)
	if err != nil {
		return err
	}
	records, err := p.Accesses.ByPerson(ctx, v.person, earlier...)
	if err != nil {
		return err
	}
	view := accessesView{For: v.For, Key: p.AccessKey}
	for _, rec := range records {
		if !isAct(rec) {
			view.Accesses = append(view.Accesses, p.access(rec, lang))
		}
	}
	view.Security = securityActs(records)
	view.Security = view.Security[:min(len(view.Security), newestSecurity)]
	if view.actList, err = p.actList(r, v, records); err != nil {
		return err
	}
	p.Site.Render(w, r, http.StatusOK, "area-accesses", view)
	return nil
}

func (p *Pages) access(rec accesslog.Record, lang status.Language) access {
	a := access{Record: rec, ByList: rec.Channel == string(otp.List)}
	if seen, err := api.ParseEvidence(rec.Evidence); err == nil {
		a.Seen = answer.Declared(lang, p.Benefits, seen)
	}
	for _, id := range purposes() {
		if rec.Purpose == id {
			a.PurposeKey = "access.purpose." + id
		}
	}
	if id, ok := strings.CutPrefix(rec.Scope, api.ScopeBenefit); ok {
		a.ScopeKey, a.Of = "access.scope_benefit", id
		if b, known := p.Benefits.Latest(id); known {
			a.Of = b.Title.In(lang)
		}
		return a
	}
	if code, ok := strings.CutPrefix(rec.Scope, api.ScopeDomain); ok {
		a.ScopeKey, a.Of = "access.scope_domain", say(status.Domain(code), lang).Legal
		return a
	}
	a.ScopeKey = "access.scope_detail"
	return a
}

// proof sends the file that proves one access.
func (p *Pages) proof(w http.ResponseWriter, r *http.Request, v visit) error {
	earlier, _, err := p.Registry.Codes(r.Context(), v.person)
	if err != nil {
		return err
	}
	file, err := p.Accesses.Proof(r.Context(), v.person, r.PostFormValue("id"), earlier...)
	if errors.Is(err, accesslog.ErrNotFound) {
		p.Site.Say(w, r, http.StatusNotFound, web.Message{Title: "access.gone_title", Text: "access.gone",
			Next: pathAccesses, NextText: "access.back"})
		return nil
	}
	if err != nil {
		return err
	}
	if err := p.trace(r.Context(), v, actProof, p.Now()); err != nil {
		return err
	}
	attach(w, "application/json", "proof.json", append(file, '\n'))
	return nil
}
