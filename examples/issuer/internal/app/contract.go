package app

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// contract serves the API by a handler that is made anew when the keys have changed. While they cannot be read, or none of
// them can sign, the answer is that it cannot be told: a handler of before would sign with a key that may be revoked.
type contract struct {
	keys    *keyring
	service service.Service

	mu      sync.Mutex
	issuer  *token.Issuer
	handler http.Handler
	err     error
}

// renew returns the handler of now.
func (c *contract) renew() (http.Handler, error) {
	issuer, err := c.keys.Issuer()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if issuer != c.issuer {
		s := c.service
		s.Issuer = issuer
		c.handler, c.err = s.Handler()
		c.issuer = issuer
	}
	return c.handler, c.err
}

func (c *contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler, err := c.renew()
	if err != nil {
		c.service.Log.Error("no key to answer with", "cause", err)
		cannotTell(w)
		return
	}
	handler.ServeHTTP(w, r)
}

// cannotTell is the service's own answer where a part of it does not answer.
func cannotTell(w http.ResponseWriter) {
	p := api.NewProblem(api.Unavailable)
	p.RetryAfter = 5
	h := w.Header()
	h.Set("Content-Type", api.ContentTypeProblem)
	h.Set("Cache-Control", "no-store")
	h.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}
