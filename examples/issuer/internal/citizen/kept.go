package citizen

import (
	"net/http"
	"strconv"
)

// Below pathKept is the document that a person keeps on their phone. The browser stores the QR, until when it
// is valid and when it was stored, and no name; the pages there are the same for everybody and need no login,
// so that they open without a network. Logging out deletes all of it (Clear-Site-Data).
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

// cutOff tells the person's own phone, as seconds of Unix time, before when documents are void; 0 means none.
func (p *Pages) cutOff(w http.ResponseWriter, r *http.Request, v visit) error {
	cut, err := p.Registry.VoidBefore(r.Context(), v.who.Person)
	if err != nil {
		return err
	}
	seconds := int64(0)
	if !cut.IsZero() {
		seconds = cut.Unix()
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(strconv.AppendInt(nil, seconds, 10)) // an error means that the browser has disconnected
	return nil
}
