package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of processor time in /proc (USER_HZ).
const tick = 10 * time.Millisecond

// processorTimes returns what the processes and their descendants have used so far. A descendant counts for
// the nearest of them.
func processorTimes(roots []int) ([]time.Duration, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	parents, used := map[int]int{}, map[int]int64{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		// After the name, which may have spaces: state, ppid, ... utime, stime, cutime, cstime (proc(5)).
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) < 15 {
			return nil, fmt.Errorf("%s has %d fields", file, len(fields))
		}
		parents[pid], _ = strconv.Atoi(fields[1])
		for _, f := range fields[11:15] { // with ended children
			n, _ := strconv.ParseInt(f, 10, 64)
			used[pid] += n
		}
	}
	sums := make([]time.Duration, len(roots))
	for pid, n := range used {
		for at := pid; at > 0; at = parents[at] {
			if i := slices.Index(roots, at); i >= 0 {
				sums[i] += time.Duration(n) * tick
				break
			}
		}
	}
	return sums, nil
}
