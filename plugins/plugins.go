// Package plugins holds the guests that come with Sluice and hands out their built modules.
//
// A release carries them inside the binary (build tag bundled, made by make). A plain checkout builds them from source
// when they are first asked for, and keeps them in the user's cache folder by the hash of what they were built from.
package plugins

import (
	"fmt"
	"slices"

	"github.com/sluice-gateway/sluice/hostabi"
)

// Module is one built guest.
type Module struct {
	Name string
	Wasm []byte
}

// Open returns the built module of a bundled plugin.
func Open(name string) (Module, error) {
	if !slices.Contains(Names(), name) {
		return Module{}, fmt.Errorf("no bundled plugin is called %q", name)
	}
	wasm, err := open(name)
	if err != nil {
		return Module{}, fmt.Errorf("open plugin %s: %w", name, err)
	}
	return Module{name, wasm}, nil
}

// Manifest returns the manifest of a bundled plugin without opening its module.
func Manifest(name string) (*hostabi.Manifest, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("no bundled plugin is called %q", name)
	}
	m, err := manifest(name)
	if err != nil {
		return nil, fmt.Errorf("read manifest of plugin %s: %w", name, err)
	}
	return m, nil
}
