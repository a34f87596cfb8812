// Package pack builds a plugin's folder into one self-describing .wasm file, and reads such files.
package pack

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/sluice-gateway/sluice/hostabi"
)

// ManifestFile is the manifest's name in a plugin's folder; vendors/*.yaml beside it add one vendor each.
const ManifestFile = "plugin.yaml"

// Build compiles the Go plugin in dir and returns the module with its manifest inside. It needs the go command.
func Build(ctx context.Context, dir string) ([]byte, error) {
	m, err := ReadFolder(dir)
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp("", "sluice-guest-")
	if err != nil {
		return nil, fmt.Errorf("build plugin %s: %w", m.Name, err)
	}
	defer os.RemoveAll(tmp)
	out := filepath.Join(tmp, m.Name+".wasm")
	build := exec.CommandContext(ctx, "go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build plugin %s: %w\n%s", m.Name, err, text)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		return nil, fmt.Errorf("build plugin %s: %w", m.Name, err)
	}
	return Attach(wasm, m)
}

// ReadFolder reads the manifest of a plugin's folder. Unknown keys are errors.
func ReadFolder(dir string) (*hostabi.Manifest, error) {
	var m hostabi.Manifest
	if err := decodeFile(filepath.Join(dir, ManifestFile), &m); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "vendors", "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("list vendors: %w", err)
	}
	slices.Sort(files)
	for _, file := range files {
		var v hostabi.Vendor
		if err := decodeFile(file, &v); err != nil {
			return nil, err
		}
		m.Vendors = append(m.Vendors, v)
	}
	return &m, check(&m)
}

func decodeFile(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read manifest: %w", err)
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read manifest %s: %w", file, err)
	}
	return nil
}

var hooks = []string{"request", "response", "chunk", "end", "error"}

func check(m *hostabi.Manifest) error {
	if m.Name == "" || m.Version == "" {
		return errors.New("manifest: name and version are required")
	}
	if m.Kind != "provider" {
		return fmt.Errorf("manifest of %s: kind %q is not known", m.Name, m.Kind)
	}
	for _, h := range m.Hooks {
		if !slices.Contains(hooks, h) {
			return fmt.Errorf("manifest of %s: hook %q is not known", m.Name, h)
		}
	}
	return nil
}

// Attach returns the module with the manifest in its custom section, replacing one that was there.
func Attach(wasm []byte, m *hostabi.Manifest) ([]byte, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	if _, err := Section(wasm, hostabi.ManifestSection); err == nil {
		return nil, errors.New("module has a manifest already")
	}
	name := hostabi.ManifestSection
	body := binary.AppendUvarint(nil, uint64(len(name)))
	body = append(append(body, name...), text...)
	out := append(slices.Clone(wasm), 0)
	out = binary.AppendUvarint(out, uint64(len(body)))
	return append(out, body...), nil
}

// Manifest reads and checks the manifest inside a module.
func Manifest(wasm []byte) (*hostabi.Manifest, error) {
	text, err := Section(wasm, hostabi.ManifestSection)
	if err != nil {
		return nil, err
	}
	var m hostabi.Manifest
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	return &m, check(&m)
}

// Errors of Section.
var (
	ErrNotWasm   = errors.New("not a WebAssembly module")
	ErrNoSection = errors.New("module has no such custom section")
)

// Section returns the content of the custom section of that name.
func Section(wasm []byte, name string) ([]byte, error) {
	if len(wasm) < 8 || string(wasm[:8]) != "\x00asm\x01\x00\x00\x00" {
		return nil, ErrNotWasm
	}
	for rest := wasm[8:]; len(rest) > 0; {
		id := rest[0]
		body, next, ok := sized(rest[1:])
		if !ok {
			return nil, ErrNotWasm
		}
		rest = next
		if id != 0 {
			continue
		}
		title, content, ok := sized(body)
		if !ok {
			return nil, ErrNotWasm
		}
		if string(title) == name {
			return content, nil
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrNoSection, name)
}

// sized splits off what a leading LEB128 length counts.
func sized(b []byte) (body, rest []byte, ok bool) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return nil, nil, false
	}
	return b[used : used+int(n)], b[used+int(n):], true
}
