package citizen

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

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
	Asked    []asking
	// Codes are the reports of wrong codici fiscali on the person's documents.
	Codes []wrongCodes
	// Security are the newest security acts, whatever else was done.
	Security []act
	actList
	// Sessions reports whether the person can see and end their sessions.
	Sessions bool
	// Key is the log's public key, with which a reader checks a proof file.
	Key string
}

// access is one disclosure at the second level.
type access struct {
	accesslog.Record
	// PurposeKey is the key of the purpose's text. If it is empty, the purpose comes from another desk and
	// is shown as another one, with its id.
	PurposeKey string
	// ScopeKey is the key of the scope's text; the text may take Of as its argument.
	ScopeKey, Of string
	// Seen is what the desk declared to have seen.
	Seen []answer.Question
	// Staff is true for an act of the body's staff, which disclosed nothing.
	Staff bool
	// ByList is true if the code came from a printed list instead of a telephone.
	ByList bool
}

// newestSecurity is how many security acts the page shows before the others.
const newestSecurity = 5

// The acts of the body's staff, as the purposes of their records. The key of each text is "access.staff."
// and the value.
const (
	StaffClear  = "otp_clear"
	StaffCancel = "otp_cancel"

	// StaffCodes begins those of printed lists, such as codes_void.
	StaffCodes = "codes_"

	// StaffRegistry begins those of the registry, such as registry_void.
	StaffRegistry = "registry_"
)

// staffActs are the acts that have a text of their own; the others are told as another operation.
func staffActs() []string {
	acts := []string{StaffClear, StaffCancel}
	for _, act := range []string{"print", "activate", "void"} {
		acts = append(acts, StaffCodes+act)
	}
	for _, act := range []string{"add-verbale", "add-title", "change-cf", "delegate", "void", "end-wait",
		"export", "erase"} {
		acts = append(acts, StaffRegistry+act)
	}
	return acts
}

// wrongCodes says that wrong codici fiscali were tried on a document before the right check at that time.
type wrongCodes struct {
	At    time.Time
	Count int
}

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
	acts, err := p.Registry.Acts(ctx, v.person)
	if err != nil {
		return err
	}
	view := accessesView{For: v.For, Sessions: p.SignIns != nil, Key: p.AccessKey}
	if view.Asked, err = p.asked(ctx, v, lang); err != nil {
		return err
	}
	for _, rec := range records {
		if !isAct(rec) && !strings.HasPrefix(rec.Challenge, accesslog.GuardianPrefix) {
			view.Accesses = append(view.Accesses, p.access(rec, lang))
		}
	}
	for _, a := range acts {
		if a.What == ActWrongCodes {
			view.Codes = append(view.Codes, wrongCodes{a.At, a.Count})
		}
	}
	view.Security = securityActs(records)
	view.Security = view.Security[:min(len(view.Security), newestSecurity)]
	view.actList = newActList(r, v, records, acts)
	p.Site.Render(w, r, http.StatusOK, "area-accesses", view)
	return nil
}

func (p *Pages) access(rec accesslog.Record, lang status.Language) access {
	a := access{Record: rec, ByList: rec.Channel == string(otp.List),
		Staff: strings.HasPrefix(rec.Challenge, accesslog.StaffPrefix)}
	if a.Staff {
		a.PurposeKey, a.ScopeKey = "access.staff.other", "access.scope_none"
		if slices.Contains(staffActs(), rec.Purpose) {
			a.PurposeKey = "access.staff." + rec.Purpose
		}
		return a
	}
	if seen, err := api.ParseEvidence(rec.Evidence); err == nil {
		a.Seen = answer.Declared(lang, p.Benefits, seen)
	}
	a.PurposeKey = purposeKey(rec.Purpose)
	a.ScopeKey, a.Of = p.scope(rec.Scope, lang)
	return a
}

// purposeKey returns the key of the purpose's text, or "" if it comes from another desk.
func purposeKey(purpose string) string {
	if slices.Contains(purposes(), purpose) {
		return "access.purpose." + purpose
	}
	return ""
}

// scope returns the key of the scope's text, and the text's argument if it takes one.
func (p *Pages) scope(scope string, lang status.Language) (key, of string) {
	if id, ok := strings.CutPrefix(scope, api.ScopeBenefit); ok {
		if b, known := p.Benefits.Latest(id); known {
			id = b.Title.In(lang)
		}
		return "access.scope_benefit", id
	}
	if code, ok := strings.CutPrefix(scope, api.ScopeDomain); ok {
		return "access.scope_domain", say(status.Domain(code), lang).Legal
	}
	return "access.scope_detail", ""
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
