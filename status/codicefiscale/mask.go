package codicefiscale

import (
	"database/sql/driver"
	"fmt"
	"io"
	"log/slog"
)

// What every way of printing a Code shows.
const (
	mask     = "[codice fiscale]"
	zeroMask = "[no codice fiscale]"
)

// String returns "[codice fiscale]" for every code and "[no codice fiscale]" for
// the zero Code.
func (c Code) String() string {
	if c.IsZero() {
		return zeroMask
	}
	return mask
}

// Format writes what [Code.String] returns, whatever the verb and its flags.
func (c Code) Format(f fmt.State, _ rune) { io.WriteString(f, c.String()) }

// GoString returns what [Code.String] returns.
func (c Code) GoString() string { return c.String() }

// LogValue returns what [Code.String] returns.
func (c Code) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText refuses with [ErrMarshal]. It is what encoding/json and
// encoding/xml call, also for attributes and the keys of maps.
func (c Code) MarshalText() ([]byte, error) { return nil, ErrMarshal }

// MarshalBinary refuses with [ErrMarshal]. It is what encoding/gob calls.
func (c Code) MarshalBinary() ([]byte, error) { return nil, ErrMarshal }

// Value refuses with [ErrMarshal]. It is what database/sql and its drivers call;
// without it a driver that falls back on String, as pgx does, would store one
// and the same text for everybody.
func (c Code) Value() (driver.Value, error) { return nil, ErrMarshal }
