package citizen

import (
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/token"
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

// void makes all earlier papers void. New papers are dated from the cut-off on.
func (p *Pages) void(w http.ResponseWriter, r *http.Request, v visit) error {
	now := p.Now()
	if err := p.trace(r.Context(), v, actVoid, now); err != nil {
		return err
	}
	if _, err := token.VoidAll(r.Context(), p.Registry, v.person, now); err != nil {
		return err
	}
	http.Redirect(w, r, pathLost+"/done", http.StatusSeeOther)
	return nil
}
