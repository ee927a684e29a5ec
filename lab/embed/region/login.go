package region

import (
	"crypto/sha256"
	"database/sql"
	"errors"
	"net/http"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// session returns what the Region's login knows of a browser.
func (g *Region) session(r *http.Request) (subject string, organisation sql.NullString, err error) {
	cookie, err := r.Cookie("session")
	if err != nil {
		return "", organisation, service.ErrUnauthenticated
	}
	hash := sha256.Sum256([]byte(cookie.Value))
	err = g.DB.QueryRowContext(r.Context(), `SELECT subject, organisation FROM session
		WHERE secret = $1 AND ends > now()`, hash[:]).Scan(&subject, &organisation)
	if errors.Is(err, sql.ErrNoRows) {
		err = service.ErrUnauthenticated
	}
	return subject, organisation, err
}

// citizen returns the citizen who is logged in with SPID or CIE.
func (g *Region) citizen(r *http.Request) (codicefiscale.Code, error) {
	subject, organisation, err := g.session(r)
	if err != nil || organisation.Valid {
		return codicefiscale.Code{}, service.ErrUnauthenticated
	}
	return codicefiscale.ParseSubject(subject)
}

// authenticate is the Authenticate of service.Config.
func (g *Region) authenticate(r *http.Request) (service.Operator, error) {
	subject, organisation, err := g.session(r)
	if err == nil && !organisation.Valid {
		err = service.ErrUnauthenticated
	}
	if err != nil {
		return service.Operator{}, err
	}
	return service.Operator{IdentityProvider: "https://login.regione.example.it", ID: subject,
		Organisation: organisation.String}, nil
}
