package app

import (
	"net/http"
	"sync"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// contract serves the API by a handler that is made anew when the keys have changed. While they cannot be read the handler
// of before goes on, and itself says that it cannot tell.
type contract struct {
	keys    *Keyring
	service service.Service

	mu      sync.Mutex
	issuer  *token.Issuer
	handler http.Handler
}

// renew returns the handler of now.
func (c *contract) renew() (http.Handler, error) {
	issuer, err := c.keys.Issuer()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil && issuer != c.issuer {
		s := c.service
		s.Issuer = issuer
		var handler http.Handler
		if handler, err = s.Handler(); err == nil {
			c.issuer, c.handler = issuer, handler
		}
	}
	return c.handler, err
}

func (c *contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler, _ := c.renew() // there is one, or Open would have failed
	handler.ServeHTTP(w, r)
}
