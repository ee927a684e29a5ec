package terminal

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var began = time.Date(2026, time.November, 29, 9, 0, 0, 0, time.UTC)

func TestBarText(t *testing.T) {
	none, all := "["+strings.Repeat(".", 24)+"] ", "["+strings.Repeat("#", 24)+"] "
	half := "[" + strings.Repeat("#", 12) + strings.Repeat(".", 12) + "] "
	for name, test := range map[string]struct {
		start, now Progress
		took       time.Duration
		want       string
	}{
		"nothing done": {Progress{Total: 100}, Progress{Total: 100, Text: "0/100"}, time.Second,
			none + "  0 %  0/100"},
		"gone on from earlier": {Progress{Done: 30, Items: 30}, Progress{50, 100, 50, "50/100"}, time.Second,
			half + " 50 %  50/100, 20/s, 0:02 left"},
		"for long": {Progress{}, Progress{6000, 12000, 6000, "x"}, 10 * time.Minute,
			half + " 50 %  x, 10/s, 10:00 left"},
		"all done":          {Progress{}, Progress{100, 100, 100, "x"}, time.Second, all + "100 %  x, 100/s"},
		"more than all":     {Progress{}, Progress{200, 100, 0, "x"}, time.Second, all + "100 %  x"},
		"of unknown length": {Progress{}, Progress{Done: 70, Items: 5, Text: "x"}, time.Second, "x, 5/s"},
		"no time passed":    {Progress{}, Progress{1, 2, 1, "x"}, 0, half + " 50 %  x, 1000/s, 0:00 left"},
	} {
		t.Run(name, func(t *testing.T) {
			b := Bar{start: test.start, last: test.now, began: began}
			assert.Equal(t, test.want, b.picture()+b.text(began.Add(test.took)))
		})
	}
}

func TestBarOnATerminal(t *testing.T) {
	var out bytes.Buffer
	b := &Bar{w: &out, terminal: true}
	said := func() string { defer out.Reset(); return out.String() }
	b.update(Progress{}, began)
	assert.Empty(t, said(), "the first update says where the run begins")
	b.update(Progress{Items: 1, Text: "1"}, began.Add(time.Second))
	assert.Equal(t, "\r\x1b[K1, 1/s", said())
	b.update(Progress{Items: 2, Text: "2"}, began.Add(time.Second+barInterval/2))
	assert.Empty(t, said(), "too soon")
	b.Line("line %d: wrong", 3)
	assert.Equal(t, "\r\x1b[Kline 3: wrong\n", said())
	b.Clear()
	assert.Empty(t, said(), "nothing is there")
	b.end(began.Add(2 * time.Second))
	assert.Equal(t, "\r\x1b[K2, 1/s\n", said())
}

func TestBarElsewhere(t *testing.T) {
	var out bytes.Buffer
	b := NewBar(&out, time.Minute)
	b.update(Progress{}, began)
	b.end(began)
	assert.Empty(t, out.String(), "nothing was done")
	b.update(Progress{Items: 1, Text: "1"}, began.Add(time.Second))
	assert.Empty(t, out.String(), "too soon")
	b.Line("wrong")
	b.update(Progress{Items: 60, Text: "60"}, began.Add(time.Minute))
	b.end(began.Add(2 * time.Minute))
	assert.Equal(t, "wrong\n60, 1/s\n60, 0/s\n", out.String())

	out.Reset()
	b = NewBar(&out, 0)
	b.update(Progress{}, began)
	b.update(Progress{Items: 1}, began.Add(time.Hour))
	b.end(began.Add(time.Hour))
	assert.Empty(t, out.String(), "no lines were asked for")
}
