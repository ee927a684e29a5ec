package otp

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
)

// A Console is a [Sender] for development that writes messages to W instead of
// sending them. It masks number and code unless it is told otherwise. It is safe for
// concurrent use and must not be copied.
type Console struct {
	// W; required.
	W io.Writer
	// ShowCode writes the code in clear, for demonstrations only: whoever reads W can
	// answer for the person.
	ShowCode bool

	mu sync.Mutex
}

// Send writes m. An error of W is [ClassAmbiguous].
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
