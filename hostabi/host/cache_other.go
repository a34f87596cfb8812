//go:build !unix

package host

import "io/fs"

// Where permissions don't say who may write, the folder's place has to do.
func distrust(fs.FileInfo) string       { return "" }
func distrustParent(fs.FileInfo) string { return "" }
func distrustKey(fs.FileInfo) string    { return "" }
