package service

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// Operator is who asks at the second level, as the login has it. It prints as a constant.
type Operator struct {
	// Tenant keeps apart bodies that share one otp.Store; may be empty.
	Tenant string
	// IdentityProvider is the login's, such as the name of the identity provider.
	IdentityProvider string
	// ID is one and the same for this operator, always. Required. It may be a codice fiscale.
	ID string
	// Organisation is the body that the operator works for, where the login vouches for it. Empty: what the operator
	// declares is shown, as declared.
	Organisation string
}

const maskedOperator = "[operator]"

// Format writes "[operator]", whatever the verb and its flags.
func (Operator) Format(f fmt.State, _ rune) { io.WriteString(f, maskedOperator) }

// LogValue returns "[operator]".
func (Operator) LogValue() slog.Value { return slog.StringValue(maskedOperator) }

// parties names operator and person to the challenge.
func (o Operator) parties(cf codicefiscale.Code) otp.Parties {
	return otp.Parties{
		Tenant:   o.Tenant,
		Operator: otp.Operator{IdentityProvider: o.IdentityProvider, ID: otp.NewSecret(o.ID)},
		Subject:  otp.NewSecret(cf.Reveal()),
	}
}

// AccessLog keeps who saw what about whom, so that the person can be told.
type AccessLog interface {
	// Append writes the record for good before it returns nil. With any error nothing is disclosed, though the code is
	// used up. It is called concurrently.
	Append(context.Context, Access) error
}

// Access is the record of one disclosure at the second level. It is written before the disclosure, so it may speak of
// one that did not happen.
type Access struct {
	// ID is that of the receipt.
	ID string
	// At is when the code was accepted.
	At time.Time
	// Person is whose status is disclosed.
	Person   codicefiscale.Code
	Operator Operator
	// Organisation as it stood in the message; Declared if nobody vouches for it.
	Organisation string
	Declared     bool
	Purpose      string
	// Scope is what is disclosed.
	Scope      string
	CaseNumber string
	// Channel on which the person had the code.
	Channel otp.Channel
	// Challenge is the id of the challenge.
	Challenge string
}
