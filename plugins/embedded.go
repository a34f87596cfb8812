//go:build bundled

package plugins

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io"
	"strings"
)

//go:embed bundle/*.wasm.gz
var bundle embed.FS

// Names lists the bundled plugins.
func Names() []string {
	entries, _ := bundle.ReadDir("bundle")
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".wasm.gz")
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
