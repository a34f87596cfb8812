//go:build !linux

package cputime

import "time"

func threadTime() (time.Duration, bool) { return 0, false }

func processTime() (time.Duration, bool) { return 0, false }
