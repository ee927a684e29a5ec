package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// A tally counts the results of many files, those of earlier runs included.
type tally struct {
	start         time.Time
	files, before int // of this run, and of earlier ones
	confirmed     int
	authentic     int // with the status not asked for
	codes         map[api.Code]int
}

func (t *tally) add(r result) {
	t.files++
	t.count(ending{Verdict: r.Verdict.String(), Code: r.Code})
}

func (t *tally) addBefore(e ending) {
	t.before++
	t.count(e)
}

func (t *tally) count(e ending) {
	switch {
	case e.Code != "":
		if t.codes == nil {
			t.codes = map[api.Code]int{}
		}
		t.codes[e.Code]++
	case e.Verdict == api.Confirmed.String():
		t.confirmed++
	default:
		t.authentic++
	}
}

// exitCode returns the exit code of the worst file.
func (t *tally) exitCode() int {
	code := cli.OK
	for c := range t.codes {
		if c.Outcome() == api.NotConfirmed {
			return 1
		}
		code = cannotTell
	}
	return code
}

func (t *tally) print(w io.Writer, lang status.Language) {
	rate := float64(t.files) / max(time.Since(t.start).Seconds(), 1e-3)
	fmt.Fprintf(w, "\n%s: %d (%.0f %s)\n", words.Say(lang, words.LabelFiles), t.files, rate,
		words.Say(lang, words.LabelPerSecond))
	if t.before > 0 {
		fmt.Fprintf(w, "%s: %d\n", words.Say(lang, words.LabelCheckedBefore), t.before)
	}
	if t.confirmed > 0 {
		fmt.Fprintf(w, "%s: %d\n", answer.ForVerdict(lang, api.Confirmed).Headline, t.confirmed)
	}
	if t.authentic > 0 {
		fmt.Fprintf(w, "%s: %d\n", answer.StatusNotChecked(lang).Headline, t.authentic)
	}
	for _, v := range []api.Outcome{api.NotConfirmed, api.CannotTell} {
		t.printCodes(w, lang, v)
	}
}

// printCodes writes the number of files with a verdict, and its causes, the most frequent first.
func (t *tally) printCodes(w io.Writer, lang status.Language, v api.Outcome) {
	sum := 0
	var causes []string
	byCount := func(a, b api.Code) int {
		return cmp.Or(cmp.Compare(t.codes[b], t.codes[a]), cmp.Compare(a, b))
	}
	for _, c := range slices.SortedFunc(maps.Keys(t.codes), byCount) {
		if c.Outcome() == v {
			sum += t.codes[c]
			causes = append(causes, fmt.Sprintf("%s %d", c, t.codes[c]))
		}
	}
	if sum > 0 {
		fmt.Fprintf(w, "%s: %d (%s)\n", answer.ForVerdict(lang, v).Headline, sum, strings.Join(causes, ", "))
	}
}
