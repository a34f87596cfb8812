//go:build !linux && !darwin

package cli

import "os"

// hideTyping does nothing here: what is typed is shown.
func hideTyping(*os.File) (restore func()) { return func() {} }
