package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// maxFileSize bounds what a wrong path (a device, a log) can make us read.
const maxFileSize = 16 << 20

// loader reads a config file and what it includes.
type loader struct {
	*diagnosis
	getenv func(string) (string, bool)
	files  []string // all files read
	open   []string // identities of the files being read, the outermost first
}

// file returns the mapping in the file at path, nil after reporting at from why there is none.
func (l *loader) file(path string, from place) *node {
	l.files = append(l.files, path)
	src, err := readFile(path)
	if err != nil {
		l.errorf(from, "%s", err)
		return nil
	}
	l.open = append(l.open, identity(path))
	defer func() { l.open = l.open[:len(l.open)-1] }()
	root := l.parse(path, src)
	if root != nil {
		l.include(root, path)
	}
	return root
}

// identity tells whether two paths lead to the same file.
func identity(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return path
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read config: %w", err)
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("read config: %w", err)
	}
	if len(src) > maxFileSize {
		return nil, fmt.Errorf("read config: %s is larger than %d bytes", path, maxFileSize)
	}
	return src, nil
}

func (l *loader) parse(name string, src []byte) *node {
	s := newSource(name, src)
	tree := s.parse(l.diagnosis)
	if tree == nil {
		return nil
	}
	root := convert(l.diagnosis, s, tree)
	if root.kind != mapping {
		l.errorf(root.place, "expected a mapping of sections like model_list, found %s", root.describe())
		return nil
	}
	return root
}

// include adds the files root lists to it: their lists are appended to lists, other keys replace what is there.
func (l *loader) include(root *node, path string) {
	n := root.get("include")
	if n == nil || n.kind == null {
		return
	}
	(&resolver{diagnosis: l.diagnosis, getenv: l.getenv}).resolve(n)
	items := n.items
	if n.kind != list {
		items = []*node{n}
	}
	for _, item := range items {
		if item.kind == null {
			l.errorf(item.place, "no file to include")
			continue
		}
		if name, ok := words.read(l.diagnosis, item); ok {
			l.includeFile(root, relativeTo(path, name), item.place)
		}
	}
}

func relativeTo(including, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(including), path)
}

func (l *loader) includeFile(root *node, path string, from place) {
	switch {
	case slices.Contains(l.open, identity(path)):
		l.errorf(from, "%s includes itself", path)
	case slices.Contains(l.files, path):
		l.warnf(from, "%s is already included", path)
	default:
		if included := l.file(path, from); included != nil {
			l.merge(root, included)
		}
	}
}

func (l *loader) merge(root, included *node) {
	for _, e := range included.entries {
		if e.key == "include" {
			continue
		}
		old := root.get(e.key)
		switch {
		case old == nil:
			root.entries = append(root.entries, e)
		case old.kind == list && e.value.kind == list:
			old.items = append(old.items, e.value.items...)
			old.rename(old.path)
		default:
			l.replaced(old, e)
			*old = *e.value
		}
	}
}

// replaced warns that an included file drops a whole section; dropping the master key would open the server.
func (l *loader) replaced(old *node, e entry) {
	if old.get("master_key") != nil && e.value.get("master_key") == nil {
		l.errorf(e.at(), "replaces the section of %s:%d and so drops its master_key", old.File, old.Line)
		return
	}
	if old.kind != null {
		l.warnf(e.at(), "replaces the section of %s:%d altogether", old.File, old.Line)
	}
}
