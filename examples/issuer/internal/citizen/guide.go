package citizen

import "net/http"

// guideStep is one step of a tutorial: a heading and a paragraph, and a picture where there is one.
type guideStep struct {
	// Key of the texts: with .title, .text and .alt behind it.
	Key string
	// Picture is its address; empty: there is none.
	Picture string
}

// citizenSteps and operatorSteps name the steps; the picture of each is the file of that name in screenshots, with .png behind it.
func citizenSteps() []string {
	return []string{"citizen-start", "citizen-login", "citizen-contacts", "citizen-qr", "citizen-show", "citizen-code", "citizen-accesses",
		"citizen-lost", "citizen-acting"}
}

func operatorSteps() []string {
	return []string{"operator-scan", "operator-cf", "operator-answer", "operator-login", "operator-request", "operator-code", "operator-detail"}
}

// guide answers with a tutorial.
func (p *Pages) guide(page string, names []string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var steps []guideStep
		for _, name := range names {
			steps = append(steps, guideStep{"guide." + name, p.Site.Asset(name + ".png")})
		}
		p.Site.Render(w, r, http.StatusOK, page, steps)
	}
}
