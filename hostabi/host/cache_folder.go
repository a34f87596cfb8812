package host

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Bounds of what the cache keeps.
const (
	maxEntries = 100
	entryLife  = 30 * 24 * time.Hour // after the last use
	litterLife = 24 * time.Hour      // of files that a crash left, and of folders that may be in use yet
	touchAfter = time.Hour           // how precisely uses are noted
)

const (
	entriesName = "modules" // folder of the entries
	keyName     = "key"     // file of the key
	keySize     = 32
)

// untrustedError means that others can write to the cache: they could have the gateway run what they like.
type untrustedError struct{ path, why string }

func (e *untrustedError) Error() string { return e.path + " " + e.why }

// entriesFolder returns the folder of the entries below dir. Both are made when they are missing, for us alone.
func entriesFolder(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	entries := filepath.Join(dir, entriesName)
	if err := os.MkdirAll(entries, 0o700); err != nil {
		return "", err
	}
	for path, check := range map[string]func(fs.FileInfo) string{dir: distrustParent, entries: distrust} {
		info, err := os.Stat(path)
		if err != nil {
			return "", err
		}
		if why := check(info); why != "" {
			return "", &untrustedError{path, why}
		}
	}
	return entries, nil
}

// entriesKey returns the key in a folder, made when there is none that nobody else can know.
func entriesKey(dir string) ([]byte, error) {
	path := filepath.Join(dir, keyName)
	if key, ok := readKey(path); ok {
		return key, nil
	}
	if err := os.RemoveAll(path); err != nil {
		return nil, err
	}
	fresh, err := os.CreateTemp(dir, buildPrefix)
	if err != nil {
		return nil, err
	}
	defer os.Remove(fresh.Name())
	key := make([]byte, keySize)
	rand.Read(key)
	_, err = fresh.Write(key)
	if err = errors.Join(err, fresh.Close()); err != nil {
		return nil, err
	}
	// When another process does the same, the first one's key is in force.
	if err := os.Link(fresh.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return key, os.Rename(fresh.Name(), path) // a file system without links
	}
	if key, ok := readKey(path); ok {
		return key, nil
	}
	return nil, fmt.Errorf("%s can't be made", path)
}

func readKey(path string) ([]byte, bool) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() != keySize || distrustKey(info) != "" {
		return nil, false
	}
	key, err := os.ReadFile(path)
	return key, err == nil && len(key) == keySize
}

// prune removes entries that were not used for long, the oldest of too many, and what crashes left.
func prune(dir string) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var entries []fs.FileInfo
	for _, file := range list {
		info, err := file.Info()
		if err != nil {
			continue // another process was faster
		}
		switch name, age := file.Name(), time.Since(info.ModTime()); {
		case strings.HasPrefix(name, stagePrefix), strings.HasPrefix(name, buildPrefix):
			if age > litterLife {
				os.RemoveAll(filepath.Join(dir, name))
			}
		case len(name) == nameSize:
			entries = append(entries, info)
		}
	}
	slices.SortFunc(entries, func(a, b fs.FileInfo) int { return cmp.Compare(b.ModTime().UnixNano(), a.ModTime().UnixNano()) })
	for i, e := range entries {
		if i >= maxEntries || time.Since(e.ModTime()) > entryLife {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
	return nil
}

// touch notes that an entry was used.
func touch(path string) {
	if info, err := os.Lstat(path); err == nil && time.Since(info.ModTime()) > touchAfter {
		os.Chtimes(path, time.Now(), time.Now())
	}
}
