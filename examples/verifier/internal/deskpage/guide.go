package deskpage

import (
	"net/http"

	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// guideStep is one step of the guide for operators.
type guideStep struct {
	// Key is the prefix of the keys of the texts, which end in .title, .text and .alt.
	Key string
	// Picture is the URL of the picture in the language of the page; empty means none.
	Picture string
}

// guide shows the guide. The pictures are desk-NAME-LANGUAGE.png in the folder pictures.
func (d *door) guide(w http.ResponseWriter, r *http.Request) {
	var steps []guideStep
	for _, name := range []string{"scan", "yes", "unknown", "second", "next"} {
		picture := d.site.Asset("desk-" + name + "-" + web.Language(r) + ".png")
		steps = append(steps, guideStep{"desk.guide-" + name, picture})
	}
	d.site.Render(w, r, http.StatusOK, "desk-guide", steps)
}
