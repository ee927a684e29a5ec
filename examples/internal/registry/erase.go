package registry

import (
	"crypto/subtle"
	"fmt"
)

// signErased returns the MAC of the row of an erased person, which has no data key.
func (r *Registry) signErased(s subject, at int64) []byte {
	return r.names.sign(columnMAC.at(s[:], integer(at)))
}

// checkErased checks the row of an erased person.
func (r *Registry) checkErased(p *stored) error {
	if subtle.ConstantTimeCompare(r.signErased(p.subject, p.erased), p.mac) != 1 {
		return fmt.Errorf("%s: %w", columnMAC, errSealed)
	}
	return nil
}
