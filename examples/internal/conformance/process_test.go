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
			note := filepath.Join(t.TempDir(), "pid")
			begun := time.Now()
			run := Run{Command: []string{"sh", "-c", script, note}, Limit: 500 * time.Millisecond}
			results, err := run.Cases(t.Context(), some(t, 1))
			require.NoError(t, err)
			assert.Equal(t, "no answer in 500ms", results[0].Got)
			assert.Less(t, time.Since(begun), 10*time.Second)
			text, err := os.ReadFile(note)
			require.NoError(t, err)
			assert.Eventually(t, func() bool { return isGone(t, strings.TrimSpace(string(text))) },
				5*time.Second,
				20*time.Millisecond, "the child lives")
		})
	}
}

// What leaves the group and keeps the output open does not hold up the run.
func TestOutsideTheGroup(t *testing.T) {
	note := filepath.Join(t.TempDir(), "pid")
	begun := time.Now()
	script := `setsid sh -c 'echo $$ >"$0"; exec sleep 600' "$0" & sleep 600`
	run := Run{Command: []string{"sh", "-c", script, note}, Limit: 500 * time.Millisecond}
	results, err := run.Cases(t.Context(), some(t, 1))
	require.NoError(t, err)
	assert.Equal(t, "no answer in 500ms", results[0].Got)
	assert.Less(t, time.Since(begun), 15*time.Second)
	text, err := os.ReadFile(note)
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid(t, string(text)), syscall.SIGKILL))
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
