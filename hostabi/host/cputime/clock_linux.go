package cputime

import (
	"time"

	"golang.org/x/sys/unix"
)

func threadTime() (time.Duration, bool) { return read(unix.CLOCK_THREAD_CPUTIME_ID) }

func processTime() (time.Duration, bool) { return read(unix.CLOCK_PROCESS_CPUTIME_ID) }

func read(clock int32) (time.Duration, bool) {
	var t unix.Timespec
	err := unix.ClockGettime(clock, &t)
	return time.Duration(t.Nano()), err == nil
}
