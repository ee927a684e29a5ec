package codicefiscale

import (
	"database/sql/driver"
	"fmt"
	"io"
	"log/slog"
)

// The texts of every printed Code.
const (
	mask     = "[codice fiscale]"
	zeroMask = "[no codice fiscale]"
)

// String returns "[codice fiscale]" for every code and "[no codice fiscale]" for the zero Code.
func (c Code) String() string {
	if c.IsZero() {
		return zeroMask
	}
	return mask
}

// Format writes the result of [Code.String], whatever the verb and its flags.
func (c Code) Format(f fmt.State, _ rune) { io.WriteString(f, c.String()) }

// GoString returns the result of [Code.String].
func (c Code) GoString() string { return c.String() }

// LogValue returns the result of [Code.String].
func (c Code) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText refuses with [ErrMarshal]. encoding/json and encoding/xml call it, also for
// attributes and map keys.
func (c Code) MarshalText() ([]byte, error) { return nil, ErrMarshal }

// MarshalBinary refuses with [ErrMarshal]. encoding/gob calls it.
func (c Code) MarshalBinary() ([]byte, error) { return nil, ErrMarshal }

// Value refuses with [ErrMarshal]. database/sql and its drivers call it. Without it, a driver
// that falls back to String, as pgx does, would store the same text for everybody.
func (c Code) Value() (driver.Value, error) { return nil, ErrMarshal }
