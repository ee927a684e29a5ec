package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

const (
	barWidth    = 24 // characters
	barInterval = 100 * time.Millisecond
)

// Progress is the state of a command.
type Progress struct {
	Done, Total int64  // in any unit, such as bytes; a Total of 0 is unknown
	Items       int64  // the unit of the speed, such as files
	Text        string // in words, such as "12/100"
}

// A Bar shows the progress of a long command. On a terminal it is the last line and is
// redrawn. Make it with [NewBar].
type Bar struct {
	w     io.Writer
	pause time.Duration // between two lines if w is no terminal

	terminal     bool
	start, last  Progress
	began, shown time.Time
	drawn        bool // there is a bar on the terminal
}

// NewBar returns a bar on w. If w is not a terminal that can move its cursor, the bar prints a
// line after each pause; if the pause is zero, it prints nothing.
func NewBar(w io.Writer, pause time.Duration) *Bar {
	return &Bar{w: w, pause: pause, terminal: is(w) && os.Getenv("TERM") != "dumb"}
}

// Update shows p if the previous update is long enough ago. The first call draws nothing: it
// sets the beginning from which the speed and the remaining time are computed.
func (b *Bar) Update(p Progress) { b.update(p, time.Now()) }

func (b *Bar) update(p Progress, now time.Time) {
	b.last = p
	if b.began.IsZero() {
		b.start, b.began, b.shown = p, now, now
		if b.terminal {
			b.shown = time.Time{} // the next one is drawn at once
		}
		return
	}
	interval := b.pause
	if b.terminal {
		interval = barInterval
	}
	if now.Sub(b.shown) >= interval {
		b.show(now)
	}
}

// Line prints a separate line above the bar.
func (b *Bar) Line(format string, args ...any) {
	b.Clear()
	fmt.Fprintf(b.w, format+"\n", args...)
}

// Clear removes the bar from the terminal, so that something else can be printed there.
func (b *Bar) Clear() {
	if b.drawn {
		fmt.Fprint(b.w, "\r\x1b[K")
		b.drawn = false
	}
}

// End shows the last update and leaves the bar where it is.
func (b *Bar) End() { b.end(time.Now()) }

func (b *Bar) end(now time.Time) {
	if b.last == b.start {
		return
	}
	b.show(now)
	if b.terminal {
		fmt.Fprintln(b.w)
		b.drawn = false
	}
}

func (b *Bar) show(now time.Time) {
	switch b.shown = now; {
	case b.terminal:
		b.drawn = true
		fmt.Fprintf(b.w, "\r\x1b[K%s%s", b.picture(), b.text(now))
	case b.pause > 0:
		fmt.Fprintln(b.w, b.text(now))
	}
}

func (b *Bar) share() float64 { return min(float64(b.last.Done)/float64(max(b.last.Total, 1)), 1) }

func (b *Bar) picture() string {
	if b.last.Total == 0 {
		return ""
	}
	full := int(b.share() * barWidth)
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", barWidth-full) + "] "
}

func (b *Bar) text(now time.Time) string {
	var s strings.Builder
	if b.last.Total > 0 {
		fmt.Fprintf(&s, "%3.0f %%  ", 100*b.share())
	}
	s.WriteString(b.last.Text)
	took := max(now.Sub(b.began), time.Millisecond)
	if items := b.last.Items - b.start.Items; items > 0 {
		fmt.Fprintf(&s, ", %.0f/s", float64(items)/took.Seconds())
	}
	if done, left := b.last.Done-b.start.Done, b.last.Total-b.last.Done; done > 0 && left > 0 {
		seconds := int(took.Seconds() * float64(left) / float64(done))
		fmt.Fprintf(&s, ", %d:%02d left", seconds/60, seconds%60)
	}
	return s.String()
}
