package citizen

import "net/http"

// guideStep is one step of a tutorial: a heading, a paragraph, and an optional picture.
type guideStep struct {
	// Key is the prefix of the keys of the texts, which end in .title, .text and .alt.
	Key string
	// Picture is the URL of the picture; empty means none.
	Picture string
}

// citizenSteps and operatorSteps return the names of the steps. The picture of a step is NAME.png in
// screenshots.
func citizenSteps() []string {
	return []string{"citizen-start", "citizen-login", "citizen-contacts", "citizen-qr", "citizen-show",
		"citizen-code", "citizen-accesses", "citizen-lost", "citizen-acting"}
}

func operatorSteps() []string {
	return []string{"operator-scan", "operator-cf", "operator-answer", "operator-login", "operator-request",
		"operator-code", "operator-detail"}
}

// guide renders a tutorial.
func (p *Pages) guide(page string, names []string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var steps []guideStep
		for _, name := range names {
			steps = append(steps, guideStep{"guide." + name, p.Site.Asset(name + ".png")})
		}
		p.Site.Render(w, r, http.StatusOK, page, steps)
	}
}
