package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// progress is the bar at the foot of a terminal. Where there is none it draws nothing.
type progress struct {
	w             io.Writer // nil: no terminal
	total, before int
	start, drawn  time.Time
}

// drawInterval keeps the drawing cheap.
const drawInterval = 100 * time.Millisecond

// newProgress returns a bar for so many files, of which some are done before the start.
func newProgress(w io.Writer, total, before int) *progress {
	p := &progress{total: total, before: before, start: time.Now()}
	if isTerminal(w) {
		p.w = w
	}
	return p
}

// isTerminal says whether the writer is a terminal that can move its cursor.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// clear takes the bar away, so that a line can be printed in its place.
func (p *progress) clear() {
	if p.w != nil && !p.drawn.IsZero() {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// draw shows that so many files of this run are checked.
func (p *progress) draw(files int) {
	if p.w == nil {
		return
	}
	if now := time.Now(); now.Sub(p.drawn) >= drawInterval {
		p.drawn = now
		fmt.Fprint(p.w, bar(files, p.before, p.total, now.Sub(p.start)))
	}
}

// bar is the line: how much is done, how fast, and the time that is left.
func bar(files, before, total int, passed time.Duration) string {
	const width = 24
	done := files + before
	share := float64(done) / float64(max(total, 1))
	full := min(int(share*width), width)
	rate := float64(files) / max(passed.Seconds(), 1e-3)
	left := "-"
	if rate > 0 {
		seconds := int(float64(total-done) / rate)
		left = fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
	}
	return fmt.Sprintf("\r\x1b[K[%s%s] %d/%d %3.0f %%  %.0f/s  %s", strings.Repeat("#", full), strings.Repeat(".", width-full),
		done, total, 100*share, rate, left)
}
