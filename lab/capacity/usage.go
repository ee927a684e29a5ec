package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of processor time in /proc (USER_HZ).
const tick = 10 * time.Millisecond

// processorTime returns what the processes and their descendants have used so far.
func processorTime(roots []int) (time.Duration, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
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
			return 0, fmt.Errorf("%s has %d fields", file, len(fields))
		}
		parents[pid], _ = strconv.Atoi(fields[1])
		for _, f := range fields[11:15] { // with ended children
			n, _ := strconv.ParseInt(f, 10, 64)
			used[pid] += n
		}
	}
	var sum int64
	for pid, n := range used {
		if descends(pid, roots, parents) {
			sum += n
		}
	}
	return time.Duration(sum) * tick, nil
}

func descends(pid int, roots []int, parents map[int]int) bool {
	for ; pid > 0; pid = parents[pid] {
		for _, root := range roots {
			if pid == root {
				return true
			}
		}
	}
	return false
}
