package main

import services "github.com/qr-invalidita/attesta/examples/lab/outside"

// outside is what the issuer depends on.
type outside struct{ *services.Services }

func newOutside() (*outside, error) {
	o, err := services.New(audience, scope)
	return &outside{o}, err
}

func (o *outside) close()                                 { o.Close() }
func (o *outside) code(phone string) string               { return o.Code(phone) }
func (o *outside) bearer(operator string) (string, error) { return o.Bearer(operator) }
