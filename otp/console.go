package otp

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
)

// A Console is a [Sender] for development that writes messages to W instead of sending them.
// It masks the number and the code, except as ShowCode says. It is safe for concurrent use and
// must not be copied.
type Console struct {
	// W receives the messages. Required.
	W io.Writer
	// ShowCode writes the code in clear. Use it for demonstrations only: a reader of W can answer
	// for the person.
	ShowCode bool

	mu sync.Mutex
}

// Send writes m. If W fails, the error is [ClassAmbiguous].
func (c *Console) Send(_ context.Context, m Message) (Submission, error) {
	text := m.Text.Reveal()
	if code := m.Code.Reveal(); !c.ShowCode && code != "" {
		text = strings.ReplaceAll(text, code, strings.Repeat("•", len(code)))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := fmt.Fprintf(c.W, "%s to %s (%d): %s\n", m.Channel, m.To.Mask(), m.Send, text); err != nil {
		return Submission{}, &SendError{Class: ClassAmbiguous, Provider: "console", Err: err}
	}
	return Submission{Provider: "console", ProviderID: m.ID}, nil
}

// Capabilities implements [CapableSender].
func (*Console) Capabilities() Capabilities { return Capabilities{Channels: []Channel{SMS, Voice}} }
