package conformance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// modeName is the environment variable that makes this binary a program under test.
const modeName = "CONFORMANCE_TEST_MODE"

func TestMain(m *testing.M) {
	mode := os.Getenv(modeName)
	if mode == "" {
		os.Exit(m.Run())
	}
	right, unread := map[string]Case{}, groups[:]
	find := func(id string) (c Case, ok bool) { // reads what it needs: start-up is in the limit
		for c, ok = right[id]; !ok && len(unread) > 0; c, ok = right[id] {
			vectors, err := read(unread[0])
			if err != nil {
				panic(err)
			}
			for _, v := range vectors {
				right[v.ID] = v.ask(unread[0])
			}
			unread = unread[1:]
		}
		return c, ok
	}
	in := bufio.NewReader(os.Stdin)
	for n := 0; ; n++ {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		var q struct{ ID string }
		if err := json.Unmarshal(line, &q); err != nil {
			panic(err)
		}
		c, ok := find(q.ID)
		if !ok {
			c = Case{ID: q.ID, Group: GroupChanged, Expected: AnyCode}
		}
		misbehave(mode, n, c)
	}
}

// rightLine is the right answer to a case.
func rightLine(c Case) string {
	member, value := "code", `"`+c.Expected+`"`
	switch {
	case c.Expected == AnyCode:
		value = `"shape"`
	case c.Expected == "" && c.Group == "bundle":
		member, value = "content", string(c.answer)
	case c.Expected == "":
		member, value = "claims", string(c.answer)
	}
	return fmt.Sprintf(`{"id":%q,%q:%s}`, c.ID, member, value)
}

// misbehave answers the nth case of this process, in the way of the mode.
func misbehave(mode string, n int, c Case) {
	switch mode {
	case "right":
	case "accepts":
		fmt.Println(`{"claims":{}}`)
		return
	case "dies":
		fmt.Fprintln(os.Stderr, "first line\nout of luck")
		os.Exit(7)
	case "dies at third":
		if n == 2 {
			os.Exit(7)
		}
	case "silent":
		time.Sleep(time.Hour)
	case "silent at third":
		if n == 2 {
			time.Sleep(time.Hour)
		}
	case "rubbish at third":
		if n == 2 {
			fmt.Println("debug: here")
		}
	case "endless line":
		for {
			fmt.Print(strings.Repeat("x", 1000))
		}
	}
	fmt.Println(rightLine(c))
}

func runMode(t *testing.T, mode string, r Run, cases []Case) []Result {
	t.Helper()
	t.Setenv(modeName, mode)
	r.Command = []string{os.Args[0]}
	if r.Limit == 0 {
		r.Limit = time.Minute
	}
	results, err := r.Cases(t.Context(), cases)
	require.NoError(t, err)
	require.Len(t, results, len(cases))
	return results
}

func some(t *testing.T, count int) []Case {
	t.Helper()
	cases, err := Cases()
	require.NoError(t, err)
	require.Greater(t, len(cases), 16000)
	return cases[:count]
}

func TestRightProgram(t *testing.T) {
	all, err := Cases()
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, c := range all {
		require.False(t, seen[c.ID], c.ID)
		seen[c.ID] = true
		require.Contains(t, Groups(), c.Group)
		require.True(t, strings.HasPrefix(c.ID, c.Group+"-") || c.Group == groupOffline, c.ID)
		compared := bytes.Contains(c.line, []byte(`"codice_fiscale"`)) && c.Group != "reference" &&
			c.Group != "receipt"
		require.Equal(t, c.Group == groupOffline, compared && c.Group != GroupChanged, c.ID)
		require.Equal(t, len(c.line)-1, bytes.IndexByte(c.line, '\n'), "one line")
		require.True(t, json.Valid(c.line))
		require.False(t, slices.ContainsFunc(c.line, func(b byte) bool { return b > 0x7e }), "ASCII")
	}
	report := NewReport([]string{"x"}, all, runMode(t, "right", Run{}, all), nil)
	assert.Empty(t, report.Wrong)
	assert.True(t, report.Conforms())
	var out strings.Builder
	require.NoError(t, report.Print(&out))
	assert.Contains(t, out.String(), "CONFORMS")
}

func TestEach(t *testing.T) {
	for _, result := range runMode(t, "right", Run{Each: true}, some(t, 5)) {
		assert.True(t, result.Right, result.Got)
	}
	results := runMode(t, "dies at third", Run{Each: true}, some(t, 5))
	assert.True(t, results[4].Right, "no process comes to a third case")
}

// What goes wrong is said of the case, and the next one is asked of another process.
func TestFaults(t *testing.T) {
	for _, tt := range []struct{ mode, third string }{
		{"dies at third", "the program ended: exit status 7"},
		{"silent at third", "no answer in 5s"},
		{"rubbish at third", `not an answer: "debug: here"`},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			limit := time.Duration(0)
			if tt.mode == "silent at third" {
				limit = 5 * time.Second
			}
			for n, result := range runMode(t, tt.mode, Run{Limit: limit}, some(t, 5)) {
				assert.Equal(t, n != 2, result.Right, "%d: %s", n, result.Got)
				if n == 2 {
					assert.Equal(t, tt.third, result.Got)
				}
			}
		})
	}
}

func TestGivesUp(t *testing.T) {
	for mode, got := range map[string]string{
		"dies":   `the program ended: exit status 7: "out of luck"`,
		"silent": "no answer in 100ms",
	} {
		limit := time.Duration(0)
		if mode == "silent" {
			limit = 100 * time.Millisecond
		}
		for n, result := range runMode(t, mode, Run{Limit: limit}, some(t, maxLost+3)) {
			assert.False(t, result.Right)
			if n < maxLost {
				assert.Equal(t, got, result.Got)
			} else {
				assert.Equal(t, "not run", result.Got)
			}
		}
	}
	for _, result := range runMode(t, "endless line", Run{}, some(t, 2)) {
		assert.Equal(t, errTooLong.Error(), result.Got)
	}
}

func TestCannotStart(t *testing.T) {
	_, err := Run{Command: []string{filepath.Join(t.TempDir(), "none")}}.Cases(t.Context(), some(t, 1))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestInterrupted(t *testing.T) {
	t.Setenv(modeName, "silent")
	ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	cases := some(t, 3)
	begun := time.Now()
	results, err := Run{Command: []string{os.Args[0]}}.Cases(ctx, cases)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Less(t, time.Since(begun), goodbye)
	report := NewReport(nil, cases, results, nil)
	assert.False(t, report.Complete)
	assert.False(t, report.Conforms())
	var out strings.Builder
	require.NoError(t, report.Print(&out))
	assert.Contains(t, out.String(), "NOT COMPLETE: 0 of 3")
}

func TestJudge(t *testing.T) {
	accept := Case{ID: "good-x", Group: "good", answer: json.RawMessage(`{"iat":1795305600,"iss":"a"}`)}
	refuse := Case{ID: "size-x", Group: "size", Expected: "size"}
	bundle := Case{ID: "bundle-x", Group: "bundle", answer: json.RawMessage(`{"old":true}`)}
	changed := Case{ID: "changed-x", Group: GroupChanged, Expected: AnyCode}
	for _, tt := range []struct {
		c           Case
		line        string
		right, lost bool
	}{
		{accept, `{"claims":{"iss":"a","iat":1795305600}}`, true, false},
		{accept, `{"id":"good-x","claims":{"iss":"a","iat":1.7953056e9}}`, true, false},
		{accept, `{"claims":{"iss":"a","iat":1795305600,"x":1}}`, false, false},
		{accept, `{"claims":{"iss":"a","iat":1795305601}}`, false, false},
		{accept, `{"content":{"iss":"a","iat":1795305600}}`, false, false},
		{accept, `{"code":"","claims":{"iss":"a","iat":1795305600}}`, false, false},
		{accept, `{"code":""}`, false, false},
		{accept, `{"code":"shape"}`, false, false},
		{refuse, `{"code":"size"}`, true, false},
		{refuse, `{"code":"shape"}`, false, false},
		{refuse, `{"code":"size","claims":{}}`, false, false}, // no claims with an error
		{refuse, `{"claims":{}}`, false, false},
		{refuse, `{}`, false, false},
		{refuse, `{"id":"size-y","code":"size"}`, false, true},
		{refuse, `{"code":"size"} {}`, false, true},
		{refuse, `{"code":"size","why":"x"}`, false, true},
		{refuse, `size`, false, true},
		{refuse, ``, false, true},
		{bundle, `{"content":{"old":true}}`, true, false},
		{bundle, `{"claims":{"old":true}}`, false, false},
		{changed, `{"code":"signature"}`, true, false},
		{changed, `{"code":""}`, false, false},
		{changed, `{"claims":{}}`, false, false},
	} {
		got, right, lost := tt.c.judge([]byte(tt.line))
		assert.Equal(t, tt.right, right, "%s %s: %s", tt.c.ID, tt.line, got)
		assert.Equal(t, tt.lost, lost, "%s %s: %s", tt.c.ID, tt.line, got)
		assert.NotEmpty(t, got)
	}
	got, _, _ := refuse.judge(bytes.Repeat([]byte("x"), maxAnswer))
	assert.Less(t, len(got), 2*maxQuoted)
}

func TestReport(t *testing.T) {
	all := some(t, 40)
	asked := slices.DeleteFunc(slices.Clone(all), func(c Case) bool { return c.Group == "shape" })
	r := NewReport([]string{"x"}, all, runMode(t, "accepts", Run{}, asked), []string{"shape"})
	assert.False(t, r.Conforms())
	var out strings.Builder
	require.NoError(t, r.Print(&out))
	assert.Contains(t, out.String(), "shape      not supported")
	assert.Contains(t, out.String(), "and 5 more of the group good")
	assert.Contains(t, out.String(), "DOES NOT CONFORM")
	assert.False(t, NewReport(nil, nil, nil, Groups()).Conforms(), "nothing was shown")
}
