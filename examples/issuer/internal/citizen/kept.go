package citizen

import (
	"encoding/json"
	"net/http"
)

// Below pathKept is the document that a person keeps on their phone. The browser stores the QR, until when it
// is valid, when it was stored and the person's pseudonym, and no name; the pages there are the same for
// everybody and need no login, so that they open without a network. Logging out deletes all of it
// (Clear-Site-Data).
const (
	pathKept   = "/area/kept/"
	pathWorker = pathKept + "worker.js"
	pathCutOff = pathKept + "void"
)

func (p *Pages) kept(w http.ResponseWriter, r *http.Request) {
	p.Site.Render(w, r, http.StatusOK, "area-kept", nil)
}

// worker serves the script that answers below pathKept without a network. A browser lets such a script answer
// only for the folder in which it lies.
func worker(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeFileFS(w, r, assets, "assets/worker.js")
}

// cutOff tells a phone before when the documents of who is logged in are void, as seconds of Unix time; 0
// means none. Of is their pseudonym: the phone may keep the document of somebody else.
func (p *Pages) cutOff(w http.ResponseWriter, r *http.Request, v visit) error {
	cut, err := p.Registry.VoidBefore(r.Context(), v.who.Person)
	if err != nil {
		return err
	}
	said := struct {
		Of         string `json:"of"`
		VoidBefore int64  `json:"void_before"`
	}{Of: p.ref(v.who.Person, v.who.Person)}
	if !cut.IsZero() {
		said.VoidBefore = cut.Unix()
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(said) // an error means that the browser has disconnected
	return nil
}
