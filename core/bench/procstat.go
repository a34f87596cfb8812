package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// tick is the unit of CPU time in /proc: USER_HZ is 100 on every Linux.
const tick = 10 * time.Millisecond

var errStat = errors.New("malformed /proc stat line")

// procStat is what one line of /proc/PID/stat tells.
type procStat struct {
	pid, parent int
	cpu         time.Duration // user and system, with that of children that were waited for
	rss         int64         // bytes
}

// parseProcStat counts fields from the last parenthesis: the command's name may hold blanks and parentheses itself.
func parseProcStat(line []byte) (procStat, error) {
	open, shut := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 0 || shut < open {
		return procStat{}, errStat
	}
	fields := bytes.Fields(line[shut+1:])
	if len(fields) < 22 {
		return procStat{}, errStat
	}
	var failed error
	number := func(field []byte) int64 {
		v, err := strconv.ParseInt(string(field), 10, 64)
		failed = errors.Join(failed, err)
		return v
	}
	s := procStat{pid: int(number(bytes.TrimSpace(line[:open]))), parent: int(number(fields[1]))}
	for _, f := range fields[11:15] { // utime, stime, cutime, cstime
		s.cpu += time.Duration(number(f)) * tick
	}
	s.rss = number(fields[21]) * int64(os.Getpagesize())
	if failed != nil {
		return procStat{}, fmt.Errorf("%w: %w", errStat, failed)
	}
	return s, nil
}

// readTree sums CPU time and memory over pid and all its descendants.
func readTree(pid int) (procStat, error) {
	pids, err := findTree(pid)
	if err != nil {
		return procStat{}, err
	}
	return readProcesses(pids)
}

// findTree returns pid and all its descendants.
func findTree(pid int) ([]int, error) {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var all []procStat
	for _, path := range paths {
		line, err := os.ReadFile(path)
		if err != nil {
			continue // ended since the listing
		}
		s, err := parseProcStat(line)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		all = append(all, s)
	}
	return treeOf(all, pid), nil
}

func treeOf(all []procStat, root int) []int {
	tree := []int{root}
	for next := 0; next < len(tree); next++ {
		for _, s := range all {
			if s.parent == tree[next] {
				tree = append(tree, s.pid)
			}
		}
	}
	return tree
}

// readProcesses sums over a tree whose root comes first and must live. CPU time is not lost when a descendant ends
// between two readings, as its parent's line then holds it.
func readProcesses(tree []int) (sum procStat, err error) {
	for i, pid := range tree {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil && i > 0 {
			continue
		}
		if err != nil {
			return sum, fmt.Errorf("process %d is gone: %w", pid, err)
		}
		s, err := parseProcStat(line)
		if err != nil {
			return sum, fmt.Errorf("reading process %d: %w", pid, err)
		}
		sum.cpu += s.cpu
		sum.rss += s.rss
	}
	return sum, nil
}

// hostBusy is the CPU time that the whole machine spent so far, without idling and without what its host took away.
func hostBusy() (time.Duration, error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	return parseHostBusy(b)
}

func parseHostBusy(b []byte) (time.Duration, error) {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 8 || string(fields[0]) != "cpu" {
		return 0, errStat
	}
	var busy time.Duration
	for i, f := range fields[1:8] { // user, nice, system, idle, iowait, irq, softirq
		v, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%w: %w", errStat, err)
		}
		if i != 3 && i != 4 {
			busy += time.Duration(v) * tick
		}
	}
	return busy, nil
}
