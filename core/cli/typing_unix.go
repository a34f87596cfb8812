//go:build linux || darwin

package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// hideTyping turns a terminal's echo off and returns what turns it on again. Anything else is left alone.
func hideTyping(f *os.File) (restore func()) {
	before, err := unix.IoctlGetTermios(int(f.Fd()), getTermios)
	if err != nil {
		return func() {}
	}
	hidden := *before
	hidden.Lflag &^= unix.ECHO
	_ = unix.IoctlSetTermios(int(f.Fd()), setTermios, &hidden) // it is shown then
	return func() { _ = unix.IoctlSetTermios(int(f.Fd()), setTermios, before) }
}
