package status

import (
	"fmt"
	"io"
	"log/slog"
)

// mask is the text of every printed value about a person. It is the same for zero values, because
// whether there is something is personal data too.
const mask = "[health data]"

// DomainStatus and Detail get Format and LogValue from the embedded Outcome.

func writeMask(f fmt.State) { io.WriteString(f, mask) }

// Format writes "[health data]", whatever the verb and its flags.
func (Verbale) Format(f fmt.State, _ rune) { writeMask(f) }

// LogValue returns "[health data]".
func (Verbale) LogValue() slog.Value { return slog.StringValue(mask) }

// Format writes "[health data]", whatever the verb and its flags.
func (Title) Format(f fmt.State, _ rune) { writeMask(f) }

// LogValue returns "[health data]".
func (Title) LogValue() slog.Value { return slog.StringValue(mask) }

// Format writes "[health data]", whatever the verb and its flags.
func (Record) Format(f fmt.State, _ rune) { writeMask(f) }

// LogValue returns "[health data]".
func (Record) LogValue() slog.Value { return slog.StringValue(mask) }

// Format writes "[health data]", whatever the verb and its flags.
func (Outcome) Format(f fmt.State, _ rune) { writeMask(f) }

// LogValue returns "[health data]".
func (Outcome) LogValue() slog.Value { return slog.StringValue(mask) }

// Format writes "[health data]", whatever the verb and its flags.
func (Status) Format(f fmt.State, _ rune) { writeMask(f) }

// LogValue returns "[health data]".
func (Status) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText refuses with [ErrMarshal].
func (Status) MarshalText() ([]byte, error) { return nil, ErrMarshal }

// MarshalText refuses with [ErrMarshal].
func (DomainStatus) MarshalText() ([]byte, error) { return nil, ErrMarshal }

// Format writes "[health data]", whatever the verb and its flags.
func (FirstLevel) Format(f fmt.State, _ rune) { writeMask(f) }

// LogValue returns "[health data]".
func (FirstLevel) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText refuses with [ErrMarshal].
func (FirstLevel) MarshalText() ([]byte, error) { return nil, ErrMarshal }

// MarshalText refuses with [ErrMarshal].
func (Detail) MarshalText() ([]byte, error) { return nil, ErrMarshal }
