// Package scaffold writes the folder of a new plugin: an example that builds and passes its tests without a network.
package scaffold

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/plugins"
)

// Kinds are the kinds of plugins that there are examples of.
var Kinds = []string{"guard", "provider", "observer", "router", "auth"}

// examples has a folder per kind; what they have in common is beside them.
//
//go:embed _kinds
var examples embed.FS

const root = "_kinds"

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

// New writes a plugin of a kind and a name to dir, which must not exist yet. It writes all of it or nothing.
func New(kind, name, dir string) error {
	switch {
	case !slices.Contains(Kinds, kind):
		return fmt.Errorf("there is no kind %q: choose one of %s", kind, strings.Join(Kinds, ", "))
	case !nameForm.MatchString(name):
		return fmt.Errorf("the name %q must be of small letters, digits and underscores, and begin with a letter", name)
	case slices.Contains(plugins.Names(), name):
		return fmt.Errorf("a plugin called %s comes with Sluice: choose another name", name)
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s exists already", dir)
	}
	files, err := content(kind, name)
	if err != nil {
		return fmt.Errorf("new plugin: %w", err)
	}
	if err := write(dir, files); err != nil {
		return fmt.Errorf("new plugin: %w", err)
	}
	return nil
}

// content returns the files of a new plugin by path.
func content(kind, name string) (map[string][]byte, error) {
	files, err := kit()
	if err != nil {
		return nil, err
	}
	words, err := filler(kind, name)
	if err != nil {
		return nil, err
	}
	put := func(name, from string) error {
		text, err := examples.ReadFile(path.Join(root, from))
		if err == nil {
			files[name] = []byte(words.Replace(string(text)))
		}
		return err
	}
	for _, name := range []string{"main.go", "main_test.go", "plugin.yaml", "cases/basic.yaml"} {
		if err := put(name, path.Join(kind, name)); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(put("README.md", "README.md"), put(".gitignore", "gitignore")); err != nil {
		return nil, err
	}
	files["go.mod"] = bytes.Replace(files["go.mod"], []byte("module "+plugins.KitModule), []byte("module example.com/"+name), 1)
	return files, nil
}

// filler fills in what the examples leave open.
func filler(kind, name string) (*strings.Replacer, error) {
	names := []string{"__NAME__", name, "__ENV__", strings.ToUpper(name), "__KIND__", kind}
	config, err := examples.ReadFile(path.Join(root, kind, "config.yaml"))
	if err != nil {
		return nil, err
	}
	filled := strings.NewReplacer(names...).Replace(string(config))
	return strings.NewReplacer(append(names, "__CONFIG__", filled)...), nil
}

// kit returns the files of the plugin author's kit, with this binary's version in them.
func kit() (map[string][]byte, error) {
	archive, err := plugins.Kit()
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			return nil, err
		}
	}
	const sluice = "github.com/sluice-gateway/sluice "
	for _, name := range []string{"go.mod", "vendor/modules.txt"} {
		files[name] = bytes.Replace(files[name], []byte(sluice+plugins.KitVersion), []byte(sluice+"v"+core.Version), 1)
	}
	return files, nil
}

// write makes the folder beside its place and then puts it there.
func write(dir string, files map[string][]byte) (err error) {
	dir = filepath.Clean(dir)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".new-plugin-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(tmp))
		}
	}()
	for name, text := range files {
		if !filepath.IsLocal(name) {
			return fmt.Errorf("%q is not a file of the plugin", name)
		}
		file := filepath.Join(tmp, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return err
		}
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	return os.Rename(tmp, dir)
}
