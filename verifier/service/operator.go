package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// An Operator is the person who asks at the second level, as the login identifies them. It prints as a
// constant.
type Operator struct {
	// Tenant separates bodies that share one otp.Store. It may be empty.
	Tenant string
	// IdentityProvider is the name of the identity provider that the operator logged in with.
	IdentityProvider string
	// ID identifies the operator at the identity provider and never changes. Required. It may be a codice
	// fiscale.
	ID string
	// Organisation is the operator's organisation, if the login guarantees it. If it is empty, the person
	// sees the name that the operator declares, marked as declared.
	Organisation string
	// OrganisationCode identifies the operator's organisation in the register of Config.Register, such as its
	// code in the Indice PA, if the login guarantees it. It counts only if Organisation is empty.
	OrganisationCode string
}

const maskedOperator = "[operator]"

// Format writes "[operator]" for every verb.
func (Operator) Format(f fmt.State, _ rune) { io.WriteString(f, maskedOperator) }

// LogValue returns "[operator]".
func (Operator) LogValue() slog.Value { return slog.StringValue(maskedOperator) }

// parties returns the operator and the person as package otp takes them.
func (o Operator) parties(cf codicefiscale.Code) otp.Parties {
	return otp.Parties{
		Tenant:   o.Tenant,
		Operator: otp.Operator{IdentityProvider: o.IdentityProvider, ID: otp.NewSecret(o.ID)},
		Subject:  otp.NewSecret(cf.Reveal()),
	}
}

// An AccessLog records each disclosure at the second level, so that the person can see who read their data.
type AccessLog interface {
	// Append stores the record permanently before it returns nil. If it returns an error, the service
	// discloses nothing, though the code is consumed. If the challenge has a record already, the error is
	// [ErrRecorded]. Append is called concurrently.
	Append(context.Context, Access) error
}

// ErrRecorded means that a challenge was used before: the access log has its record. The caller gets
// [api.ChallengeUsed]. A log that tells this discloses once even if the store of package otp forgot that
// the code was used.
var ErrRecorded = errors.New("service: the challenge has an access record")

// An Access is the record of one disclosure at the second level. The service appends it before the
// disclosure, so a disclosure may fail after its record was written.
type Access struct {
	// ID is the ID of the receipt.
	ID string
	// At is the time at which the code was accepted.
	At time.Time
	// Person is the person whose status is disclosed.
	Person   codicefiscale.Code
	Operator Operator
	// Organisation is the name in the message to the person. Declared reports that the operator typed it and
	// no login guarantees it.
	Organisation string
	Declared     bool
	Purpose      string
	// Scope is what the person approved.
	Scope      string
	CaseNumber string
	// Evidence is what the operator declared to have seen, as [api.Evidence.String] writes it.
	Evidence string
	// Channel is the channel on which the person got the code.
	Channel otp.Channel
	// Challenge is the id of the challenge.
	Challenge string
}
