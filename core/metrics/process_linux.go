package metrics

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

func measure() footprint {
	u := footprint{cpu: -1, resident: -1, virtual: -1, openFiles: -1, mostFiles: -1}
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) == nil {
		u.cpu = time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if pages := bytes.Fields(text); len(pages) > 1 {
			u.virtual, u.resident = bytesOf(pages[0]), bytesOf(pages[1])
		}
	}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.openFiles = int64(len(files))
	}
	var most syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &most) == nil {
		u.mostFiles = int64(most.Cur)
	}
	return u
}

// bytesOf turns a number of pages into bytes, below 0 when it is none.
func bytesOf(pages []byte) int64 {
	n, err := strconv.ParseInt(string(pages), 10, 64)
	if err != nil {
		return -1
	}
	return n * int64(os.Getpagesize())
}
