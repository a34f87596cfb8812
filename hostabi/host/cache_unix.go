//go:build unix

package host

import (
	"io/fs"
	"os"
	"syscall"
)

const (
	writableByOthers = 0o022
	openToOthers     = 0o077
)

// distrust says why others may write to a folder, "" when they can't.
func distrust(info fs.FileInfo) string {
	switch owner, ok := ownerOf(info); {
	case !info.IsDir():
		return "is not a folder"
	case !ok || owner != os.Geteuid():
		return "belongs to somebody else"
	case info.Mode().Perm()&writableByOthers != 0:
		return "can be written by others"
	}
	return ""
}

// distrustParent is distrust for the folder above: who may write there could exchange ours, but for those that the
// administrator owns and sticky ones.
func distrustParent(info fs.FileInfo) string {
	switch owner, ok := ownerOf(info); {
	case !info.IsDir():
		return "is not a folder"
	case !ok || owner != os.Geteuid() && owner != 0:
		return "belongs to somebody else"
	case info.Mode().Perm()&writableByOthers != 0 && info.Mode()&fs.ModeSticky == 0:
		return "can be written by others"
	}
	return ""
}

// distrustKey says why others may know a key.
func distrustKey(info fs.FileInfo) string {
	if owner, ok := ownerOf(info); !ok || owner != os.Geteuid() || info.Mode().Perm()&openToOthers != 0 {
		return "is open to others"
	}
	return ""
}

func ownerOf(info fs.FileInfo) (int, bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}
