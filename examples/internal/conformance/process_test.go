//go:build unix

package conformance

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A program that is stopped takes along what it started, also if that holds its output open.
func TestGroupIsKilled(t *testing.T) {
	for name, script := range map[string]string{
		"silent":                  `sleep 600 & echo $! >"$0"; wait`,
		"ended, child holds pipe": `sleep 600 & echo $! >"$0"; exit 1`,
	} {
		t.Run(name, func(t *testing.T) {
			child := silent(t, script)
			assert.Eventually(t, func() bool { return isGone(t, child) }, time.Minute, 20*time.Millisecond,
				"the child lives")
		})
	}
}

// What leaves the group and keeps the output open does not hold up the run.
func TestOutsideTheGroup(t *testing.T) {
	child := silent(t, `setsid sh -c 'echo $$ >"$0"; exec sleep 600' "$0" & sleep 600`)
	require.NoError(t, syscall.Kill(pid(t, child), syscall.SIGKILL))
}

// silent runs a script that answers nothing, and returns the process ID that it has noted in the file $0. The
// script gets more time if it was stopped before that.
func silent(t *testing.T, script string) string {
	t.Helper()
	cases := some(t, 1)
	for limit := 500 * time.Millisecond; ; limit *= 4 {
		note := filepath.Join(t.TempDir(), "pid")
		begun := time.Now()
		run := Run{Command: []string{"sh", "-c", script, note}, Limit: limit}
		results, err := run.Cases(t.Context(), cases)
		require.NoError(t, err)
		require.Equal(t, "no answer in "+limit.String(), results[0].Got)
		require.Less(t, time.Since(begun), limit+15*time.Second)
		text, err := os.ReadFile(note)
		if noted, whole := strings.CutSuffix(string(text), "\n"); whole {
			return noted
		}
		require.Less(t, limit, time.Minute, "the script notes nothing: %v", err)
	}
}

// A program that answers without reading, and one that never reads, do not block.
func TestUnreadInput(t *testing.T) {
	var longest []Case
	for _, c := range some(t, 600) {
		if c.ID == "bundle-size" || c.ID == "bundle-size-longest" {
			longest = append(longest, c)
		}
	}
	require.Len(t, longest, 2)
	run := Run{Command: []string{"sh", "-c", `echo '{"code":"size"}'; sleep 600`},
		Limit: 500 * time.Millisecond}
	results, err := run.Cases(t.Context(), longest)
	require.NoError(t, err)
	assert.Equal(t, "no answer in 500ms", results[0].Got, "a megabyte was not read")
}

func pid(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(text))
	require.NoError(t, err)
	return n
}

// isGone reports whether a process has ended, waited for or not.
func isGone(t *testing.T, text string) bool {
	t.Helper()
	if syscall.Kill(pid(t, text), 0) != nil {
		return true
	}
	stat, err := os.ReadFile(filepath.Join("/proc", text, "stat"))
	return err == nil && strings.Contains(string(stat), ") Z ")
}
