package citizen

import (
	"net/http"
	"time"
)

// lostView asks whether to make all papers void.
type lostView struct {
	For        whose
	VoidBefore time.Time
}

func (p *Pages) lost(w http.ResponseWriter, r *http.Request, v visit) error {
	return p.showCut(w, r, v, "area-lost")
}

func (p *Pages) voided(w http.ResponseWriter, r *http.Request, v visit) error {
	return p.showCut(w, r, v, "area-voided")
}

func (p *Pages) showCut(w http.ResponseWriter, r *http.Request, v visit, page string) error {
	cut, err := p.Registry.VoidBefore(r.Context(), v.person)
	if err != nil {
		return err
	}
	p.Site.Render(w, r, http.StatusOK, page, lostView{v.For, cut})
	return nil
}

// void makes all earlier papers void, including those of the same second: the cut-off is the start of the
// next second, from which new papers are dated.
func (p *Pages) void(w http.ResponseWriter, r *http.Request, v visit) error {
	now := p.Now()
	if err := p.trace(r.Context(), v, actVoid, now); err != nil {
		return err
	}
	cut := now.Truncate(time.Second).Add(time.Second)
	if _, err := p.Registry.Void(r.Context(), v.person, cut); err != nil {
		return err
	}
	http.Redirect(w, r, pathLost+"/done", http.StatusSeeOther)
	return nil
}
