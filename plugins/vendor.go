//go:build !bundled

package plugins

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

const sluice = "github.com/sluice-gateway/sluice"

// kitImports is what plugins and their tests may import.
var kitImports = []string{"sdk", "sdk/chat", "sdk/chat/relay", "sdk/sdktest", "hostabi"}

// kitTargets are where plugins are written and run. Files for other systems are half of what there would be.
var kitTargets = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "wasip1/wasm"}

// kit makes the archive of the checkout's sources, once for each state of them.
func kit() ([]byte, error) {
	building.Lock()
	defer building.Unlock()
	root := sourceRoot()
	sum, err := hashSources(root, []string{"testdata"}, "sdk", "hostabi", "plugins/vendor.go", "go.mod", "go.sum")
	if err != nil {
		return nil, err
	}
	file := cached("kit-" + sum + ".tar.gz")
	if archive, err := os.ReadFile(file); err == nil {
		return archive, nil
	}
	dir, err := os.MkdirTemp("", "sluice-kit-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := vendor(root, dir); err != nil {
		return nil, err
	}
	files, err := vendored(filepath.Join(dir, "vendor"))
	if err != nil {
		return nil, err
	}
	archive, err := archived(files)
	if err != nil {
		return nil, err
	}
	return archive, keep(file, archive)
}

// vendor lets the go command collect sources in dir, in the versions of the checkout.
func vendor(root, dir string) error {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return err
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(string(mod), "\n")
	text := fmt.Sprintf("module %s\n%s\nrequire %s %s\nreplace %[3]s => %[5]s\n", KitModule, rest, sluice, KitVersion, root)
	main := "package main\n"
	for _, pkg := range kitImports {
		main += fmt.Sprintf("import _ %q\n", sluice+"/"+pkg)
	}
	for name, content := range map[string]string{"go.mod": text, "go.sum": string(sums), "main.go": main} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	command := exec.Command("go", "mod", "vendor")
	command.Dir, command.Env = dir, append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go mod vendor: %w\n%s", err, out)
	}
	return nil
}

// vendored reads what is wanted of a vendor folder, by path in the archive, and adds the go.mod that belongs to it.
func vendored(dir string) (map[string][]byte, error) {
	contexts := targets()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !wanted(file, contexts) {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, file)
		files[path.Join("vendor", filepath.ToSlash(name))] = text
		return err
	})
	if err != nil {
		return nil, err
	}
	modules := usedModules(string(files["vendor/modules.txt"]))
	files["vendor/modules.txt"], files["go.mod"] = modules.list(), modules.goMod()
	return files, nil
}

func targets() []build.Context {
	var contexts []build.Context
	for _, target := range kitTargets {
		c := build.Default
		c.GOOS, c.GOARCH, _ = strings.Cut(target, "/")
		c.CgoEnabled = false
		contexts = append(contexts, c)
	}
	return contexts
}

// wanted tells sources for one of the systems, and licences, from the rest.
func wanted(file string, contexts []build.Context) bool {
	dir, name := filepath.Split(file)
	switch filepath.Ext(name) {
	case ".go", ".s":
		return slices.ContainsFunc(contexts, func(c build.Context) bool {
			match, err := c.MatchFile(dir, name)
			return match || err != nil
		})
	case ".h":
		return true
	}
	title := strings.ToUpper(name)
	return name == "modules.txt" || strings.HasPrefix(title, "LICENSE") || strings.HasPrefix(title, "NOTICE") || strings.HasPrefix(title, "PATENTS")
}

// module is a section of modules.txt.
type module struct{ name, version, goVersion, packages string }

type modules []module

// usedModules reads modules.txt. Modules of which no package is used are left out, and so is where Sluice came from.
func usedModules(text string) modules {
	var all modules
	for line := range strings.Lines(text) {
		title, isTitle := strings.CutPrefix(line, "# ")
		note, isNote := strings.CutPrefix(line, "## ")
		switch {
		case isTitle:
			words := append(strings.Fields(title), "")
			all = append(all, module{name: words[0], version: words[1]})
		case isNote:
			_, all[len(all)-1].goVersion, _ = strings.Cut(strings.TrimSpace(note), "; ")
		default:
			all[len(all)-1].packages += line
		}
	}
	return slices.DeleteFunc(all, func(m module) bool { return m.packages == "" })
}

// list is a modules.txt that agrees with goMod.
func (all modules) list() []byte {
	var b bytes.Buffer
	for _, m := range all {
		fmt.Fprintf(&b, "# %s %s\n## explicit", m.name, m.version)
		if m.goVersion != "" {
			b.WriteString("; " + m.goVersion)
		}
		b.WriteString("\n" + m.packages)
	}
	return b.Bytes()
}

func (all modules) goMod() []byte {
	var ours module
	var others strings.Builder
	for _, m := range all {
		if m.name == sluice {
			ours = m
			continue
		}
		fmt.Fprintf(&others, "\t%s %s // indirect\n", m.name, m.version)
	}
	return fmt.Appendf(nil, "module %s\n\n%s\n\nrequire %s %s\n\nrequire (\n%s)\n", KitModule, ours.goVersion, ours.name, ours.version, others.String())
}

// archived packs files: the same archive for the same files.
func archived(files map[string][]byte) ([]byte, error) {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	t := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name])), Format: tar.FormatPAX})
		if err == nil {
			_, err = t.Write(files[name])
		}
		if err != nil {
			return nil, err
		}
	}
	err := errors.Join(t.Close(), z.Close())
	return b.Bytes(), err
}
