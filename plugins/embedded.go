//go:build bundled

package plugins

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"io"
	"strings"

	"github.com/sluice-gateway/sluice/hostabi"
)

//go:embed bundle/*.wasm.gz bundle/*.json bundle/kit.tar.gz
var bundle embed.FS

// Names lists the bundled plugins.
func Names() []string {
	entries, _ := bundle.ReadDir("bundle")
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".wasm.gz"); ok {
			names = append(names, name)
		}
	}
	return names
}

func open(name string) ([]byte, error) {
	packed, err := bundle.ReadFile("bundle/" + name + ".wasm.gz")
	if err != nil {
		return nil, err
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func manifest(name string) (*hostabi.Manifest, error) {
	text, err := bundle.ReadFile("bundle/" + name + ".json")
	if err != nil {
		return nil, err
	}
	var m hostabi.Manifest
	return &m, json.Unmarshal(text, &m)
}

func kit() ([]byte, error) { return bundle.ReadFile("bundle/" + kitFile) }
