//go:build !bundled

package plugins

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// Names lists the folders beside this file that hold a plugin.
func Names() []string {
	root := filepath.Join(sourceRoot(), "plugins")
	entries, _ := os.ReadDir(root)
	var names []string
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(root, e.Name(), pack.ManifestFile)); err == nil {
			names = append(names, e.Name())
		}
	}
	return names
}

// sourceRoot is the checkout this package was compiled from.
func sourceRoot() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(file))
}

// building keeps one process from building a guest twice at once; between processes the rename decides.
var building sync.Mutex

func open(name string) ([]byte, error) {
	building.Lock()
	defer building.Unlock()
	root := sourceRoot()
	sum, err := hashSources(root, []string{"sdktest", "testdata"}, "plugins/"+name, "sdk", "hostabi/hostabi.go", "hostabi/manifest.go", "hostabi/tape", "go.mod")
	if err != nil {
		return nil, fmt.Errorf("read sources (build with -tags bundled to run without them): %w", err)
	}
	file := cached(name + "-" + sum + ".wasm")
	if wasm, err := os.ReadFile(file); err == nil {
		return wasm, nil
	}
	wasm, err := pack.Build(context.Background(), filepath.Join(root, "plugins", name))
	if err != nil {
		return nil, err
	}
	return wasm, keep(file, wasm)
}

// cached is the path of a file in the user's cache folder.
func cached(name string) string {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "sluice", "guests", name)
}

func manifest(name string) (*hostabi.Manifest, error) {
	return pack.ReadFolder(filepath.Join(sourceRoot(), "plugins", name))
}

// keep writes the file as a whole or not at all: other processes may be reading it.
func keep(file string, wasm []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".new-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(wasm)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// hashSources hashes what something is built from, the Go version included: the files of each place but its tests and
// the folders called like one of without.
func hashSources(root string, without []string, places ...string) (string, error) {
	h := sha256.New()
	io.WriteString(h, runtime.Version())
	for _, place := range places {
		err := filepath.WalkDir(filepath.Join(root, place), func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if e.IsDir() && slices.Contains(without, e.Name()) {
				return fs.SkipDir
			}
			if e.IsDir() || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, _ := filepath.Rel(root, path)
			fmt.Fprintf(h, "%s %d\n", filepath.ToSlash(name), len(text))
			h.Write(text)
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:24], nil
}
