package devidp

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// levels returns the values of acr that SPID and CIE use.
func levels() []string {
	const base = "https://www.spid.gov.it/SpidL"
	return []string{base + "1", base + "2", base + "3"}
}

var (
	challengeForm   = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	ageForm         = regexp.MustCompile(`^[0-9]{1,9}$`)
	unguessableForm = regexp.MustCompile(`^[A-Za-z0-9]{32,200}$`)
)

const codeFor = 60 * time.Second

// grant is the content of a code. The code is the sealed grant, so any process can accept it.
type grant struct {
	ID        string    `json:"id"` // identifies the code when it is used
	Client    string    `json:"client"`
	Redirect  string    `json:"redirect"`
	Challenge string    `json:"challenge"`
	Nonce     string    `json:"nonce"`
	Scope     string    `json:"scope"`
	ACR       string    `json:"acr"`
	Persona   string    `json:"persona"`
	At        time.Time `json:"at"`
}

// authorize shows the login page. If the request has the parameter persona, which the links of the page add,
// it answers the client.
func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	client, ok := p.client(q.Get("client_id"))
	if redirect := q["redirect_uri"]; !ok || len(redirect) != 1 || !client.redirects(redirect[0]) {
		// An answer must not go to an address that is not the client's.
		p.unknown(w, r)
		return
	}
	g, code := request(client, q)
	switch {
	case code != "":
		p.back(w, r, url.Values{"error": {code}})
	case q.Has("cancel"):
		p.back(w, r, url.Values{"error": {"access_denied"}})
	case !q.Has("persona") && chosen(r) == "":
		p.choose(w, r)
	default:
		who, ok := p.persona(cmp.Or(q.Get("persona"), chosen(r)))
		p.forget(w)
		if !ok {
			p.back(w, r, url.Values{"error": {"access_denied"}})
			return
		}
		g.ID, g.Persona, g.At = rand.Text(), who.ID, p.Now()
		sealed, err := p.codes.Seal(g)
		if err != nil {
			p.back(w, r, url.Values{"error": {"server_error"}})
			return
		}
		p.back(w, r, url.Values{"code": {sealed}})
	}
}

// request reads an authorisation request, or returns the error code of RFC 6749, section 4.1.2.1.
func request(client Client, q url.Values) (g grant, code string) {
	for _, values := range q {
		if len(values) > 1 {
			return g, "invalid_request"
		}
	}
	scopes := strings.Fields(q.Get("scope"))
	openid := slices.Contains(scopes, "openid")
	switch {
	case q.Get("response_type") != "code":
		return g, "unsupported_response_type"
	case q.Get("code_challenge_method") != "S256", !challengeForm.MatchString(q.Get("code_challenge")),
		!unguessableForm.MatchString(q.Get("state")), openid && !unguessableForm.MatchString(q.Get("nonce")):
		return g, "invalid_request"
	case slices.Contains(strings.Fields(q.Get("prompt")), "none"):
		return g, "login_required" // nobody is ever logged in here
	case q.Has("max_age") && !ageForm.MatchString(q.Get("max_age")):
		return g, "invalid_request"
	case slices.Contains(scopes, SecondLevel) && client.Audience == "",
		!openid && !slices.Contains(scopes, SecondLevel):
		return g, "invalid_scope"
	}
	g = grant{Client: client.ID, Redirect: q.Get("redirect_uri"), Challenge: q.Get("code_challenge"),
		Nonce: q.Get("nonce"), Scope: strings.Join(scopes, " "), ACR: levels()[0]}
	for _, wanted := range strings.Fields(q.Get("acr_values")) {
		if slices.Contains(levels(), wanted) {
			g.ACR = wanted
			break
		}
	}
	return g, ""
}
