package router

import (
	"context"
	"log/slog"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

// An EventKind says what happened.
type EventKind string

// The events.
const (
	EventFailed    EventKind = "attempt_failed"
	EventOpened    EventKind = "circuit_opened" // too many failures, or too long: tried last from now on
	EventClosed    EventKind = "circuit_closed"
	EventDemoted   EventKind = "demoted" // receipts are slow: tried after the others from now on
	EventRecovered EventKind = "recovered"
)

// An Event is told to Config.Events and, with the same content, to Config.Logger. It
// holds neither number nor code.
type Event struct {
	Kind     EventKind
	Provider string // its Name
	// MessageID, Class, Code and Took go with EventFailed.
	MessageID string
	Class     otp.ErrorClass
	Code      string
	Took      time.Duration
	// Measured messages of the last 15 minutes and Slow ones among them go with
	// EventDemoted and EventRecovered.
	Measured, Slow int
}

func (c change) event(p *provider) []Event {
	switch c {
	case opened:
		return []Event{{Kind: EventOpened, Provider: p.Name}}
	case closed:
		return []Event{{Kind: EventClosed, Provider: p.Name}}
	}
	return nil
}

func (r *Router) emit(events []Event) {
	for _, e := range events {
		if r.config.Events != nil {
			r.config.Events(e)
		}
		if r.config.Logger == nil {
			continue
		}
		level, attrs := slog.LevelWarn, []slog.Attr{slog.String("provider", e.Provider)}
		switch e.Kind {
		case EventFailed:
			attrs = append(attrs, slog.String("message", e.MessageID), slog.String("class", e.Class.String()),
				slog.String("code", e.Code), slog.Duration("took", e.Took))
		case EventDemoted, EventRecovered:
			attrs = append(attrs, slog.Int("measured", e.Measured), slog.Int("slow", e.Slow))
		}
		if e.Kind == EventClosed || e.Kind == EventRecovered {
			level = slog.LevelInfo
		}
		r.config.Logger.LogAttrs(context.Background(), level, string(e.Kind), attrs...)
	}
}
