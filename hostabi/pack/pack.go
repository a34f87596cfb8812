// Package pack builds a plugin's folder into one self-describing .wasm file, and reads such files.
package pack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"gopkg.in/yaml.v3"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/cases"
)

// ManifestFile is the manifest's name in a plugin's folder; vendors/*.yaml beside it add one vendor each.
const ManifestFile = "plugin.yaml"

// Build compiles the Go plugin in dir and returns the module with its manifest and its cases inside. It needs the go
// command.
func Build(ctx context.Context, dir string) ([]byte, error) {
	if _, _, err := readAll(dir); err != nil {
		return nil, err // before a compiler spends its seconds
	}
	tmp, err := os.MkdirTemp("", "sluice-guest-")
	if err != nil {
		return nil, fmt.Errorf("build plugin in %s: %w", dir, err)
	}
	defer os.RemoveAll(tmp)
	out := filepath.Join(tmp, "guest.wasm")
	build := exec.CommandContext(ctx, "go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build plugin in %s: %w\n%s", dir, err, text)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		return nil, fmt.Errorf("build plugin in %s: %w", dir, err)
	}
	return Pack(wasm, dir)
}

// Pack returns a module, built with whatever compiler, with the manifest and the cases of a plugin's folder inside.
func Pack(wasm []byte, dir string) ([]byte, error) {
	m, list, err := readAll(dir)
	if err != nil {
		return nil, err
	}
	if wasm, err = Attach(wasm, m); err != nil {
		return nil, err
	}
	return AttachCases(wasm, list)
}

func readAll(dir string) (*hostabi.Manifest, []cases.Case, error) {
	m, err := ReadFolder(dir)
	if err != nil {
		return nil, nil, err
	}
	list, err := ReadCases(dir, m)
	return m, list, err
}

// ReadFolder reads and checks the manifest of a plugin's folder. Unknown keys are errors.
func ReadFolder(dir string) (*hostabi.Manifest, error) {
	var m hostabi.Manifest
	if err := decodeFile(filepath.Join(dir, ManifestFile), &m); err != nil {
		return nil, err
	}
	files, err := vendorFiles(dir)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		var v hostabi.Vendor
		if err := decodeFile(file, &v); err != nil {
			return nil, err
		}
		m.Vendors = append(m.Vendors, v)
	}
	if err := check(&m); err != nil {
		return nil, err
	}
	return &m, nil
}

// vendorFiles lists the files of vendors beside the manifest, by name. There need not be any.
func vendorFiles(dir string) ([]string, error) {
	dir = filepath.Join(dir, "vendors")
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list vendors: %w", err)
	}
	var files []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".yaml" {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files, nil
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
	if err := d.Decode(new(yaml.Node)); err != io.EOF {
		return fmt.Errorf("read manifest %s: more than one document", file)
	}
	return nil
}

// Attach returns the module with the manifest in its custom section. A module that has one already is refused.
func Attach(wasm []byte, m *hostabi.Manifest) ([]byte, error) {
	text, err := json.Marshal(m)
	if err == nil {
		wasm, err = attach(wasm, hostabi.ManifestSection, text)
	}
	if err != nil {
		return nil, fmt.Errorf("attach manifest: %w", err)
	}
	return wasm, nil
}

// attach appends a section that is not there yet.
func attach(wasm []byte, name string, content []byte) ([]byte, error) {
	switch _, err := Section(wasm, name); {
	case err == nil:
		return nil, errors.New("module has one already")
	case !errors.Is(err, ErrNoSection):
		return nil, err
	}
	return withSection(wasm, name, content), nil
}

// Manifest reads and checks the manifest inside a module. Unknown keys are errors.
func Manifest(wasm []byte) (*hostabi.Manifest, error) {
	text, err := Section(wasm, hostabi.ManifestSection)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	var m hostabi.Manifest
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("read manifest: text after it")
	}
	if err := check(&m); err != nil {
		return nil, err
	}
	return &m, nil
}
