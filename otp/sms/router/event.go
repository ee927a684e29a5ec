package router

import (
	"context"
	"log/slog"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

// An EventKind is the kind of an [Event].
type EventKind string

// These are the events.
const (
	EventFailed    EventKind = "attempt_failed"
	EventOpened    EventKind = "circuit_opened" // too many failures or too slow: tried last from now on
	EventClosed    EventKind = "circuit_closed"
	EventDemoted   EventKind = "demoted" // receipts are slow: tried after the others from now on
	EventRecovered EventKind = "recovered"
)

// An Event is passed to Config.Events and logged by Config.Logger. It holds neither number nor
// code.
type Event struct {
	Kind     EventKind
	Provider string // Provider.Name
	// MessageID, Class, Code and Took are set with EventFailed.
	MessageID string
	Class     otp.ErrorClass
	Code      string
	Took      time.Duration
	// Measured is the number of measured messages of the last 15 minutes, and Slow the number of
	// slow ones among them, with EventDemoted and EventRecovered.
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
