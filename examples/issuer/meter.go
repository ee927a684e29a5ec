package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
)

// meter shows how far an import is: on a terminal a bar that is drawn over and over, elsewhere a line now and then.
type meter struct {
	w        io.Writer
	terminal bool
	size     int64 // 0: not known
	began    time.Time
	from     registry.Progress
	shown    time.Time
	drawn    int // width of what stands on the terminal's line
}

const (
	barWidth   = 30
	onTerminal = 200 * time.Millisecond
	elsewhere  = 30 * time.Second
)

func newMeter(w io.Writer, size int64) *meter {
	m := &meter{w: w, size: size}
	if f, ok := w.(*os.File); ok {
		info, err := f.Stat()
		m.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return m
}

// show draws the progress if the last time is long enough ago.
func (m *meter) show(p registry.Progress) {
	now := time.Now()
	if m.began.IsZero() {
		m.began, m.from, m.shown = now, p, now
		if p.Done {
			m.say("This file was imported before.")
		} else if p.Position > 0 {
			m.say("Goes on after line %s.", thousands(p.Line))
		}
		return
	}
	pause := elsewhere
	if m.terminal {
		pause = onTerminal
	}
	if now.Sub(m.shown) < pause && !p.Done {
		return
	}
	m.shown = now
	if m.terminal {
		m.draw(m.text(p, now))
	} else {
		fmt.Fprintln(m.w, m.text(p, now))
	}
}

func (m *meter) text(p registry.Progress, now time.Time) string {
	var b strings.Builder
	share := 0.0
	if m.size > 0 {
		share = min(1, float64(p.Position)/float64(m.size))
		if m.terminal {
			full := int(share * barWidth)
			fmt.Fprintf(&b, "[%s%s] ", strings.Repeat("#", full), strings.Repeat(".", barWidth-full))
		}
		fmt.Fprintf(&b, "%3.0f %%  ", 100*share)
	}
	fmt.Fprintf(&b, "%s entries", thousands(p.Stored))
	if p.Rejected > 0 {
		fmt.Fprintf(&b, ", %s left out", thousands(p.Rejected))
	}
	took := now.Sub(m.began).Seconds()
	if done := p.Stored + p.Rejected - m.from.Stored - m.from.Rejected; took > 0 && done > 0 {
		fmt.Fprintf(&b, ", %s a second", thousands(int64(float64(done)/took)))
	}
	if read := p.Position - m.from.Position; m.size > 0 && read > 0 && !p.Done {
		left := time.Duration(took * float64(m.size-p.Position) / float64(read) * float64(time.Second))
		fmt.Fprintf(&b, ", %s left", left.Round(time.Second))
	}
	return b.String()
}

func (m *meter) draw(text string) {
	fmt.Fprintf(m.w, "\r%-*s", m.drawn, text)
	m.drawn = len(text)
}

// say writes a line of its own.
func (m *meter) say(format string, args ...any) {
	if m.drawn > 0 {
		m.draw("")
		fmt.Fprint(m.w, "\r")
		m.drawn = 0
	}
	fmt.Fprintf(m.w, format+"\n", args...)
}

// end leaves the bar where it is.
func (m *meter) end() {
	if m.drawn > 0 {
		fmt.Fprintln(m.w)
		m.drawn = 0
	}
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
