package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/words"
)

// NewLog returns a logger of text or JSON lines. It masks what looks like personal data or a secret in texts
// and errors. The packages keep such data out of their records; this catches mistakes. Numbers and times
// that are not text stay unchanged.
func NewLog(w io.Writer, format string, level slog.Level) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: maskAttr}
	switch format {
	case "text":
		return slog.New(masked{slog.NewTextHandler(w, options)}), nil
	case "json":
		return slog.New(masked{slog.NewJSONHandler(w, options)}), nil
	}
	return nil, words.Errorf("is text or json")
}

// masked masks the message, which not every handler passes to ReplaceAttr, and adds the request's ID.
type masked struct{ slog.Handler }

func (m masked) Handle(ctx context.Context, r slog.Record) error {
	r.Message = mask(r.Message)
	r.AddAttrs(requestAttrs(ctx)...)
	return m.Handler.Handle(ctx, r)
}

func (m masked) WithAttrs(attrs []slog.Attr) slog.Handler { return masked{m.Handler.WithAttrs(attrs)} }
func (m masked) WithGroup(name string) slog.Handler       { return masked{m.Handler.WithGroup(name)} }

func maskAttr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(mask(a.Value.String()))
	case slog.KindDuration: // JSON would have nanoseconds without saying so
		a.Value = slog.StringValue(a.Value.Duration().String())
	case slog.KindAny:
		switch v := a.Value.Any().(type) {
		case *slog.Source:
		case unmasked:
			a.Value = slog.StringValue(string(v))
		case error:
			a.Value = slog.StringValue(mask(v.Error()))
		default:
			a.Value = slog.StringValue(mask(fmt.Sprint(v)))
		}
	}
	return a
}

// shapes match what a log must not hold. The token comes first, because parts of it look like the other
// shapes.
var shapes = []struct {
	shape *regexp.Regexp
	name  string
}{
	{regexp.MustCompile(`[0-9]{100,}`), "[token]"}, // as digits, as a QR holds it
	{regexp.MustCompile(`[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}`), "[token]"},
	{
		regexp.MustCompile(
			`(?i)\b[a-z]{6}[0-9lmnpqrstuv]{2}[a-ehlmprst][0-9lmnpqrstuv]{2}[a-z][0-9lmnpqrstuv]{3}[a-z]\b`),
		"[codice fiscale]"},
	{regexp.MustCompile(`\+[0-9][0-9 ./-]{5,18}[0-9]`), "[phone]"},
	{regexp.MustCompile(`[^\s@"<>=]+@[^\s@"<>=]+\.[a-zA-Z]{2,}`), "[e-mail]"},
	{regexp.MustCompile(`\b[0-9]{11}\b`), "[codice fiscale]"},
	{regexp.MustCompile(`\b(?:[0-9]{3}[ -]?[0-9]{3}|[0-9]{4}[ -]?[0-9]{4})\b`), "[code]"},
	{regexp.MustCompile(`\b3[0-9]{8,9}\b`), "[phone]"},
}

func mask(text string) string {
	if !strings.ContainsAny(text, "0123456789@") {
		return text
	}
	for _, s := range shapes {
		text = s.shape.ReplaceAllString(text, s.name)
	}
	return text
}
