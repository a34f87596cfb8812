//go:build !unix

package ledger

import (
	"fmt"
	"os"
	"path/filepath"
)

// lockFolder keeps a second process out where files that are open can't be removed.
func lockFolder(dir string) (*os.File, error) {
	name := filepath.Join(dir, lockFile)
	os.Remove(name)
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the spool in %s: another process uses this data folder: %w", dir, err)
	}
	return f, nil
}
